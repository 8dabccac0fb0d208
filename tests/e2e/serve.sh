#!/usr/bin/env bash
# serve.sh ROOT PROGRAM file|redis: the daemon with its queue in Redis, over the one or the other
# store, by hand as a user would: XADD and LPUSH with redis-cli, the verdict read back; every message
# that must be refused is found in dupd:dead with its reason while the rest goes on; push, tail, dead.
set -euo pipefail
root=$1 program=$2 kind=$3
. "$root/tests/e2e/daemon_kit.sh"
redis_start --loglevel notice
[ "$kind" = file ] && store=file:$dir/store || store=$url
serve one --store "$store" --max-message 64KiB --max-article 32KiB
eventually "the daemon is ready" logged one event=ready

# ---- by hand ----
text=$(sed -n '1{s/.*"body": "//; s/[\\"].*//p}' "$root/deploy/samples/articles.jsonl")
[ ${#text} -gt 200 ] || fail "the sample has no text"
rc XADD dupd:articles '*' id wire-1 source wire.example published_at 2022-01-27 body "$text" >/dev/null
eventually "a verdict by key" has_verdict wire-1
grep -q '"verdict":"unique"' <<<"$(verdict wire-1)" || fail "not unique: $(verdict wire-1)"
rc LPUSH dupd:queue "{\"id\":\"farm-1\",\"url\":\"https://farm.example/1\",\"body\":\"$text\"}" >/dev/null
eventually "a verdict for what was pushed to the list" has_verdict farm-1
grep -q '"verdict":"identical","copy":true' <<<"$(verdict farm-1)" || fail "no copy: $(verdict farm-1)"
grep -q '"origin":{"id":"wire-1"' <<<"$(verdict farm-1)" || fail "wrong origin: $(verdict farm-1)"
eventually "two verdicts in the stream" length_is dupd:verdicts 2
length_is dupd:articles 0 || fail "answered entries are not deleted"

# the same again: the stored verdict, once for each entry
rc XADD dupd:articles '*' json "{\"id\":\"farm-1\",\"body\":\"$text\"}" >/dev/null
eventually "a third verdict" length_is dupd:verdicts 3
rc XREVRANGE dupd:verdicts + - COUNT 1 | grep -q '"replay":true' || fail "no replay"
grep -q '"replay":false' <<<"$(verdict farm-1)" || fail "the key lost the verdict that was given: $(verdict farm-1)"

# ---- what must be refused ----
refused=0
# refuse REASON XADD-words...: it is in dupd:dead with the reason, and the original fields
refuse() {
    local reason=$1 dead
    shift
    rc XADD dupd:articles '*' "$@" >/dev/null
    refused=$((refused + 1))
    eventually "$reason is refused" length_is dupd:dead $refused
    dead=$(rc XREVRANGE dupd:dead + - COUNT 1)
    grep -qx "$reason" <<<"$dead" || fail "refused, but not for $reason: $dead"
    grep -qx "$1" <<<"$dead" || fail "the field $1 is gone: $dead"
    [ "$(grep -cxE 'error|reason|deliveries|first_seen|worker' <<<"$dead")" = 5 ] || fail "fields: $dead"
}
refuse no_id body "$text"
refuse no_id json "{\"body\":\"some text of a few words\"}"
refuse empty id e1
refuse empty id e2 body ''
refuse empty id e3 body '... !!! ...'
refuse empty id e4 html '<html><body></body></html>'
refuse syntax json '{"id":"s1",'
refuse syntax json '[1,2]'
refuse syntax id s2 id s2 body "$text"
refuse syntax json "{\"id\":\"s3\",\"body\":\"$text\"}" json "{\"id\":\"s4\",\"body\":\"$text\"}"
refuse syntax title "must stand alone" json "{\"id\":\"s5\",\"body\":\"$text\"}"
refuse type json '{"id":"t1","body":42}'
refuse too_big id b1 body "$(head -c 40000 /dev/zero | tr '\0' x)"
refuse too_big id "$(head -c 600 /dev/zero | tr '\0' i)" body "$text"
refuse too_big json "{\"id\":\"b2\",\"body\":\"$(head -c 100000 /dev/zero | tr '\0' x)\"}"
rc XREVRANGE dupd:dead + - COUNT 1 | grep -qx truncated || fail "not truncated"
refuse empty nothing known
# so large that the reply is not even read: recovered from what is pending
head -c 400000 /dev/zero | tr '\0' y | rc -x XADD dupd:articles '*' id b3 body >/dev/null
refused=$((refused + 1))
eventually "a message over the reply's limit is refused" length_is dupd:dead $refused
rc XREVRANGE dupd:dead + - COUNT 1 | grep -qx too_big || fail "not too big"
# of the list
rc LPUSH dupd:queue '{"id":' >/dev/null
refused=$((refused + 1))
eventually "bad JSON of the list is refused" length_is dupd:dead $refused
head -c 100000 /dev/zero | tr '\0' z | rc -x LPUSH dupd:queue >/dev/null
refused=$((refused + 1))
eventually "a large element of the list is refused" length_is dupd:dead $refused
[ "$(rc LLEN dupd:queue)" = 0 ] || fail "the list is not empty"
# a byte order mark in front of an object is none of its bytes
rc LPUSH dupd:queue $'\xef\xbb\xbf'"{\"id\":\"mark\",\"body\":\"${text:0:100}\"}" >/dev/null
eventually "an object with a byte order mark is taken" has_verdict mark
# any bytes at all are taken, and replaced
printf 'broken \xff\xfe utf-8 in a text of some words' | rc -x XADD dupd:articles '*' id bytes body >/dev/null
eventually "invalid UTF-8 is taken" has_verdict bytes
eventually "nothing is pending" pending_is 0
length_is dupd:articles 0 || fail "entries are left"
length_is dupd:verdicts 5 || fail "verdicts: $(rc XLEN dupd:verdicts)"

# ---- dead ----
"$program" dead list | tail -1 | grep -qx "$refused dead entries in dupd:dead" || fail "dead list"
[ "$("$program" dead list --json | wc -l)" = $refused ] || fail "dead list --json"
entry=$("$program" dead list | sed -n 's/ .*//; 1p')
"$program" dead requeue "$entry" | grep -qx '1 entry put back into the queue' || fail "dead requeue"
back() {
    length_is dupd:dead $refused && ! rc XRANGE dupd:dead "$entry" "$entry" | grep -q .
}
eventually "what is put back dies again" back
truncated=$("$program" dead list | sed -n '/truncated/{s/ .*//; p; q}')
! "$program" dead requeue "$truncated" >/dev/null 2>"$dir/err" || fail "a truncated entry was put back"
grep -q 'was cut because it is too large' "$dir/err" || fail "$(cat "$dir/err")"
! "$program" dead drop 1-1 >/dev/null 2>"$dir/err" || fail "dropped what is not there"
grep -q 'there is no such dead entry' "$dir/err" || fail "$(cat "$dir/err")"
"$program" dead drop --all | grep -qx "$refused entries dropped" || fail "dead drop"
length_is dupd:dead 0 || fail "dead entries are left"

# ---- push and tail ----
"$program" tail --limit 30 >"$dir/tail" &
tail_pid=$!
workers+=("$tail_pid")
blocked() {
    rc CLIENT LIST | grep -q 'name=dupd-cli.*cmd=xread'
}
eventually "tail is reading" blocked
status=0
"$program" push "$root/deploy/samples/articles.jsonl" - <<'LINES' >"$dir/out" 2>"$dir/err" || status=$?
{"id":"p1"}
{"body":"no id here, but words"}
not json
LINES
[ $status = 2 ] || fail "push: exit $status"
grep -qx '30 articles pushed to dupd:articles; 3 refused' "$dir/out" || fail "push: $(cat "$dir/out")"
[ "$(grep -c '^dupd: standard input:[123]: ' "$dir/err")" = 3 ] || fail "push: $(cat "$dir/err")"
ends "$tail_pid" 0
[ "$(grep -c '^[0-9:]* *\(COPY \)\? *[a-z_]* ' "$dir/tail")" = 30 ] || fail "tail: $(cat "$dir/tail")"
grep -q 'COPY .* from wire-4101 of wire.example' "$dir/tail" || fail "tail: $(cat "$dir/tail")"
"$program" tail --from 0 --limit 3 --json | grep -c '^{"v":1,.*}$' | grep -qx 3 || fail "tail --json"

kill -TERM "$worker"
ends "$worker" 0
logged one event=stopped || fail "no word of the end"
status=0
"$program" serve --store "$url?db=1" 2>"$dir/err" || status=$?
[ $status = 78 ] || fail "two Redis: $status"
grep -q 'event=two_redis' "$dir/err" || fail "two Redis: $(cat "$dir/err")"
# A store of another format: what it is and what to do, and nothing is touched.
rc HSET dupd:meta format 1 >/dev/null
status=0
"$program" serve --redis "$url" 2>"$dir/err" || status=$?
[ $status = 78 ] || fail "another format: $status"
grep 'event=store_refused' "$dir/err" | grep -q 'index format 1, and this dupd needs 2.*--prefix' ||
    fail "another format: $(cat "$dir/err")"
rc HSET dupd:meta format 2 >/dev/null
[ "$(rc XINFO CONSUMERS dupd:articles dupd | grep -c name || true)" = 0 ] || fail "its consumer is left"
echo "serve over $kind: $refused kinds of refusal, verdicts by hand, push, tail, dead"
