#!/usr/bin/env bash
# eval.sh ROOT PROGRAM: `dupd eval` on the sample articles: right figures in both forms, mistakes
# named, bad pairs said and left out, nothing left in TMPDIR.
set -euo pipefail
root=$1 program=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/tmp"
export TMPDIR=$dir/tmp XDG_DATA_HOME=$dir/data
fail() {
    cat "$dir/out" "$dir/err"
    echo "eval: $1"
    exit 1
}
run() { # STATUS ARGUMENT...
    local want=$1 got=0
    shift
    "$program" eval "$@" >"$dir/out" 2>"$dir/err" </dev/null || got=$?
    [ "$got" -eq "$want" ] || fail "exit status $got, not $want: $*"
    [ -z "$(ls -A "$TMPDIR")" ] || fail "something is left in TMPDIR"
}
has() {
    grep -qF -- "$1" "$dir/$2" || fail "no '$1' in $2"
}
articles=$root/deploy/samples/articles.jsonl
cat >"$dir/good.jsonl" <<'EOF'
{"a":"post-2207","b":"wire-4101","label":"copy"}
{"b":"wire-4101","a":"lantern-880","label":"derived"}
EOF
head -n 30 "$articles" | grep -o '"id": *"[^"]*"' | head -n 30 | sed 's/.*"\([^"]*\)"$/\1/' >"$dir/ids"
other=$(grep -vE '^(post-2207|wire-4101|lantern-880)$' "$dir/ids" | tail -n 1)
echo "{\"a\":\"wire-4101\",\"b\":\"$other\",\"label\":\"same_event_independent\"}" >"$dir/more.jsonl"

run 0 --articles "$articles" --pairs "$dir/good.jsonl" "$dir/more.jsonl" --json
has '"precision":1,"recall":1,"f1":1' out
has '"mistakes":[]' out
run 0 --articles "$articles" --pairs "$dir/good.jsonl" --pairwise
has 'recall 1.000' out

# Clusters: one story in three copies, another apart.
for id in wire-4101 post-2207 lantern-880; do echo "{\"id\":\"$id\",\"cluster\":\"bridge\"}"; done >"$dir/clusters.jsonl"
echo "{\"id\":\"$other\",\"cluster\":7}" >>"$dir/clusters.jsonl"
run 0 --articles "$articles" --clusters "$dir/clusters.jsonl"
has 'ARI 1.000  precision 1.000  recall 1.000  F1 1.000' out
has '4 articles, 2 clusters, 2 stories' out
sed 's/bridge/7/' "$dir/clusters.jsonl" >"$dir/one.jsonl"
run 0 --articles "$articles" --clusters "$dir/one.jsonl" --json
has '"ari":0,"precision":1,"recall":0.5' out

# A wrong label is a mistake, shown with its figures.
echo "{\"a\":\"wire-4101\",\"b\":\"$other\",\"label\":\"copy\"}" >"$dir/wrong.jsonl"
run 0 --articles "$articles" --pairs "$dir/wrong.jsonl" "$dir/good.jsonl"
has 'recall 0.667' out
has "missed  copy  wire-4101 + $other" out

# Bad lines are said with their place, the rest is scored.
printf '%s\n' '{"a":1,"b":"x","label":"copy"}' '{"a":"post-2207","b":"nowhere","label":"copy"}' >"$dir/bad.jsonl"
run 2 --articles "$articles" --pairs "$dir/bad.jsonl" "$dir/good.jsonl" --pairwise
has "bad.jsonl:1: a, b and label must be strings" err
has "1 of 3 pairs left out" err
has 'recall 1.000' out

run 2 --articles "$articles" --pairs "$dir/absent.jsonl"
has 'cannot be opened' err
run 2 --articles "$articles"
has 'eval needs --articles' err
echo "eval: all is as it should be"
