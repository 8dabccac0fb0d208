#!/usr/bin/env bash
# redis_commands.sh ROOT PROGRAM: the commands over a store in Redis, without a daemon: --redis is the
# store of all of them; what is not there is said and not made; figures are called what they are
# there; waiting for a server is said; an archive is never scanned into it unawares.
set -euo pipefail
root=$1 program=$2
. "$root/tests/e2e/daemon_kit.sh"
redis_start --loglevel notice
unset DUPD_REDIS

# says STATUS PATTERN COMMAND...: the program ends with the status and says the pattern on stderr
says() {
    local expected=$1 pattern=$2 status=0
    shift 2
    "$program" "$@" >"$dir/out" 2>"$dir/err" || status=$?
    [ $status = "$expected" ] || fail "$*: exit $status: $(cat "$dir/err")"
    grep -q -- "$pattern" "$dir/err" || fail "$*: $(cat "$dir/err")"
}

# ---- a store that is not there ----
says 2 'no store with the prefix typo yet' forget --store "$url" --prefix typo x
says 2 'the store is empty' check --redis "$url" --prefix typo "$root/deploy/samples/spun.txt"
[ "$(rc DBSIZE)" = 0 ] || fail "looking made $(rc KEYS '*')"

# ---- --redis is the store ----
"$program" add --redis "$url" --quiet "$root/deploy/samples/articles.jsonl"
"$program" stats --redis "$url" >"$dir/out"
grep -q ' 30  articles$' "$dir/out" || fail "stats: $(cat "$dir/out")"
grep -q 'B  memory of this Redis' "$dir/out" || fail "stats: $(cat "$dir/out")"
! grep -qE 'disk|places for' "$dir/out" || fail "stats speaks of a disk: $(cat "$dir/out")"
"$program" show --redis "$url" wire-4101 | grep -qx 'id         wire-4101' || fail "show --redis"
"$program" explain --redis "$url" wire-4101 wire-4101 >/dev/null || fail "explain --redis"
status=0
"$program" check --redis "$url" "$root/deploy/samples/spun.txt" >"$dir/out" || status=$?
[ $status -le 1 ] || fail "check --redis: $status"
says 2 "collection 'typo' holds no article" check --redis "$url" --collection typo \
    "$root/deploy/samples/spun.txt"
# among very many it is not looked for to the end, but asked
seq 1001 | sed 's/.*/{"id":"n&","body":"number &"}/' >"$dir/many.jsonl"
"$program" add --redis "$url" --prefix many --quiet "$dir/many.jsonl"
says 0 "of other collections than 'typo'" check --redis "$url" --prefix many --collection typo \
    "$root/deploy/samples/spun.txt"
"$program" forget --redis "$url" wire-4101 | grep -qx '1 article forgotten' || fail "forget --redis"
says 2 'no such article' forget --redis "$url" wire-4101
"$program" stats --redis redis://nowhere.invalid --store "$url" >/dev/null || fail "--store outranks --redis"

# ---- an archive has a store of its own ----
before=$(rc GET dupd:seq)
cp "$root/deploy/samples/articles.jsonl" "$dir/archive.jsonl"
DUPD_STORE=$url "$program" scan "$dir/archive.jsonl" >"$dir/out"
grep -q "^Store: $dir/archive.jsonl.dupd " "$dir/out" || fail "scan: $(tail -1 "$dir/out")"
[ "$(rc GET dupd:seq)" = "$before" ] || fail "scan wrote to the live store"
"$program" scan --store "$url" --prefix archive "$dir/archive.jsonl" >"$dir/out"
tail -1 "$dir/out" | grep -q 'a second run continues)' || fail "scan --store: $(tail -1 "$dir/out")"

# ---- waiting is said ----
# waits PATTERN COMMAND...: it says after a second what it waits for, and goes on waiting
waits() {
    local pattern=$1 pid
    shift
    "$program" "$@" >/dev/null 2>"$dir/err" </dev/null &
    pid=$!
    workers+=("$pid")
    eventually "$1 says that it waits" grep -q -- "$pattern.*; waiting" "$dir/err"
    kill -0 "$pid" || fail "$1 has ended: $(cat "$dir/err")"
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null || true
}
waits 'no such file' stats --store "redis+unix://$dir/none.sock"
waits 'no such file' dead list --redis "redis+unix://$dir/none.sock"
waits 'no such file' forget --store "redis+unix://$dir/none.sock" x
rc CONFIG SET requirepass secret >/dev/null
waits 'WRONGPASS' show --store "$url?password=wrong" x
waits 'WRONGPASS' push --redis "$url?password=wrong" "$dir/archive.jsonl"
"$program" add --quiet --redis "$url?password=wrong" "$dir/archive.jsonl" >/dev/null 2>"$dir/err" &
pid=$!
workers+=("$pid")
status=0
wait "$pid" || status=$?
[ "$status $(wc -l <"$dir/err")" = "2 1" ] || fail "--quiet: $(cat "$dir/err")"
echo "commands over Redis: nothing made unawares, waiting is said"
