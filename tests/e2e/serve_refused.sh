#!/usr/bin/env bash
# serve_refused.sh ROOT PROGRAM file|redis: the daemon beside a Redis that refuses what it must write:
# a key of another type where a stream should be, a right that is missing, no memory left because the
# queue itself has filled it, a replica that takes no writes. No entry is lost, what is wrong is said,
# and when it is mended everything is answered without a restart.
set -euo pipefail
root=$1 program=$2 kind=$3
. "$root/tests/e2e/daemon_kit.sh"
command -v python3 >/dev/null || exit 77
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis_start --port "$port" --bind 127.0.0.1
store=()
[ "$kind" = redis ] || store=(--store "file:$dir/store")

# add ID [TEXT]: by hand, as users do
add() {
    rc XADD dupd:articles '*' id "$1" source "$1.example" body \
        "${2-The ferry $1 between the islands will not run before the spring, the harbour office said.}" >/dev/null
}

waits() {
    [ "$(rc XLEN dupd:articles)" = "$1" ] && ! has_verdict "${2-none}"
}

ready() {
    logged "$1" event=ready
}

# ---- a key of another type: at the start, and while the daemon runs ----
rc SET dupd:dead text >/dev/null
if [ "$kind" = file ]; then
    serve types "${store[@]}"
    eventually "it is said that the dead stream is none" logged types 'event=queue_unfit.*dupd:dead is a string'
    add early
    rc DEL dupd:dead >/dev/null
else
    rc DEL dupd:dead >/dev/null
    serve types "${store[@]}"
    add early
fi
eventually "an article is answered" has_verdict early
rc SET dupd:dead text >/dev/null
add empty ''
eventually "the refusal is told" logged types 'event=redis_error.*WRONGTYPE'
waits 1 || fail "the entry without words is gone"
rc DEL dupd:dead >/dev/null
eventually "it is in the dead stream once that is there" length_is dupd:dead 1
eventually "and gone from the queue" length_is dupd:articles 0
rc RENAME dupd:verdicts aside >/dev/null
rc SET dupd:verdicts text >/dev/null
[ "$kind" = file ] || eventually "the store is refused" logged types 'event=store_refused.*dupd:verdicts is a string'
add held
sleep 0.5
waits 1 held || fail "an answer while there was nowhere to write it"
rc DEL dupd:verdicts >/dev/null
eventually "answered when the stream can be" has_verdict held
eventually "once" length_is dupd:verdicts 1
eventually "and gone from the queue" length_is dupd:articles 0
# the alerts: a copy waits, and has its alert in the end
text=$(printf 'The %s bakery will give away its bread at noon, as it did in the year of the flood. ' Ash Birch Cedar Elm Fir Hazel Larch Oak)
add bread "$text"
eventually "the original is answered" has_verdict bread
rc SET dupd:alerts text >/dev/null
add toast "$text"
sleep 0.3
rc DEL dupd:alerts >/dev/null
eventually "the copy is answered" has_verdict toast
eventually "and has its alert" length_is dupd:alerts 1
# a verdict that somebody has deleted is given again
rc DEL dupd:verdict:default:toast >/dev/null
told=$(rc XLEN dupd:verdicts)
add toast "$text"
eventually "the same again has an answer" length_is dupd:verdicts $((told + 1))
[ "$(rc XLEN dupd:dead)" = 1 ] || fail "given up: $(rc XREVRANGE dupd:dead + - COUNT 1)"
# killed between the store and the answer, with an older version under the key
if [ "$kind" = file ]; then
    rc RENAME dupd:verdicts aside2 >/dev/null
    rc SET dupd:verdicts text >/dev/null
    add bread "$text And a last word that was not there before, of the baker and of his daughter."
    sleep 1
    kill -KILL "$worker"
    wait "$worker" 2>/dev/null || true
    rc DEL dupd:verdicts >/dev/null
    serve again "${store[@]}" --claim-idle 1s
    eventually "the held answer is given" length_is dupd:articles 0
    rc XREVRANGE dupd:verdicts + - COUNT 1 | grep -o '"content_hash":"[0-9a-f]*"' >"$dir/newest"
    verdict bread | grep -qF "$(cat "$dir/newest")" || fail "the key has another version: $(verdict bread)"
fi
kill -TERM "$worker"
ends "$worker" 0

# ---- a right that is missing while it runs, and then is there ----
rc ACL SETUSER desk on '>secret' '~*' '&*' +@all >/dev/null
echo secret >"$dir/password"
serve rights "${store[@]}" --redis "redis://desk@127.0.0.1:$port" --redis-password-file "$dir/password"
eventually "ready" ready rights
rc ACL SETUSER desk -xadd >/dev/null
add denied
eventually "the missing right is told" logged rights "xadd\|can't run this command"
waits 1 denied || fail "an answer without the right to give it"
[ "$(rc XLEN dupd:dead)" = 1 ] || fail "given up for want of a right"
rc ACL SETUSER desk +xadd >/dev/null
eventually "answered once the right is there" has_verdict denied
eventually "and gone from the queue" length_is dupd:articles 0
kill -TERM "$worker"
ends "$worker" 0

# ---- the queue has filled the memory: only who reads on makes room ----
rc CONFIG SET maxmemory-policy noeviction >/dev/null
rc CONFIG SET maxmemory "$(($(rc INFO memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p') + 6000000))" >/dev/null
full=$(printf 'words of a long article that fills the queue %.0s' {1..200})
n=0
while add "full$n" "$n $full" 2>/dev/null && [ "$(rc XLEN dupd:articles)" -gt $n ]; do n=$((n + 1)); done
[ $n -gt 100 ] || fail "only $n articles fit"
serve full "${store[@]}"
eventually "the full queue is answered" length_is dupd:articles 0
[ "$(rc XLEN dupd:dead)" = 1 ] || fail "given up for want of memory: $(rc XREVRANGE dupd:dead + - COUNT 1)"
has_verdict full0 || fail "no verdict of the first"
has_verdict "full$((n - 1))" || fail "no verdict of the last"
rc CONFIG SET maxmemory 0 >/dev/null

# ---- an id that no clock has given ----
rc XADD dupd:articles 9999999999999-0 id future source f.example body 'One entry whose id somebody has made up for a test.' >/dev/null
text=$(printf 'The council of %s has voted for the new bridge over the river. ' Ashford Burwell Cranleigh Dunmore Elstead Farnham Godalming)
today=$(date -u +%Y-%m-%d)
rc XADD dupd:articles '*' id late source late.example published_at "${today}T00:00:02Z" body "$text" >/dev/null
rc XADD dupd:articles '*' id first source first.example published_at "${today}T00:00:01Z" body "$text" >/dev/null
eventually "they are answered" has_verdict first
logged full event=entry_undated || fail "no word of the id"
verdict first | grep -q '"copy":false' || fail "who was first: $(verdict first)"
verdict first | grep -q "\"received_at\":\"${today%-*}" || fail "when it came: $(verdict first)"
kill -TERM "$worker"
ends "$worker" 0

# ---- a replica that takes no writes: not asked faster and faster ----
if [ "$kind" = redis ]; then
    rc REPLICAOF 127.0.0.1 1 >/dev/null
    rc CONFIG RESETSTAT >/dev/null
    serve replica
    sleep 4
    made=$(rc INFO stats | sed -n 's/^total_connections_received:\([0-9]*\).*/\1/p')
    [ "$made" -lt 250 ] || fail "$made connections in four seconds"
    rc REPLICAOF NO ONE >/dev/null
    add writable
    eventually "answered when it takes writes" has_verdict writable
    kill -TERM "$worker"
    ends "$worker" 0
fi
echo "serve over $kind: types, rights, memory, ids, a replica: nothing lost"
