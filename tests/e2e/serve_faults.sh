#!/usr/bin/env bash
# serve_faults.sh ROOT PROGRAM file|redis: what the daemon must live through: Redis that is not there
# at the start, is killed and comes back, forgets scripts and groups; workers that are told to stop
# under load or are killed; entries that kill their workers. At the end every queue entry has one
# verdict, and nothing is pending.
set -euo pipefail
root=$1 program=$2 kind=$3
. "$root/tests/e2e/daemon_kit.sh"
[ "$kind" = file ] && store=file:$dir/store || store=$url
options=(--store "$store" --claim-idle 1s --lock-wait 60s)

entries=0
# push N PREFIX: N new articles into the queue
push() {
    articles "$1" "$2" | "$program" push --quiet -
    entries=$((entries + $1))
}
all_answered() {
    length_is dupd:verdicts $entries && pending_is 0 && length_is dupd:articles 0
}
# each entry has one verdict, each id is there
check_verdicts() {
    local n
    n=$(rc --raw XRANGE dupd:verdicts - + | grep -o '"entry":"[0-9-]*"' | sort -u | wc -l)
    [ "$n" = $entries ] || fail "$n of $entries entries have a verdict"
}

# ---- Redis is not there at the start, and says so once ----
serve one "${options[@]}"
eventually "the daemon waits" logged one event=queue_down
eventually "the daemon is ready though it waits" logged one event=ready
redis_start --loglevel notice
eventually "the queue is there" logged one event=queue_up
push 50 a
eventually "all is answered" all_answered
logged one event=queue_down 1 || fail "that Redis is away was said more than once"

# ---- Redis is killed under load, and comes back ----
push 400 b
redis_kill
eventually "the daemon notices" logged one event=queue_down 2
sleep 1
redis_start --loglevel notice
push 50 c
eventually "all is answered after Redis was killed" all_answered
check_verdicts

# ---- scripts and group are forgotten ----
rc SCRIPT FLUSH >/dev/null
rc XGROUP DESTROY dupd:articles dupd >/dev/null
rc XADD dupd:articles '*' id regroup body "an article that comes while there is no group" >/dev/null
entries=$((entries + 1))
eventually "the group is made again" all_answered
logged one event=group_gone || fail "nothing was said of the group"

# ---- SIGTERM under load: what is in work is finished, the rest is left ----
push 1500 d
kill -TERM "$worker"
ends "$worker" 0
serve two "${options[@]}"
eventually "the second worker has answered the rest" all_answered
check_verdicts

# ---- kill -9 under load: a second worker takes over ----
push 1500 e
some_answered() {
    [ "$(rc XLEN dupd:verdicts)" -gt $((entries - 1400)) ]
}
eventually "some are answered" some_answered
kill -KILL "$worker"
wait "$worker" 2>/dev/null || true
serve three "${options[@]}"
eventually "the third worker has answered all" all_answered
check_verdicts

# ---- an entry that kills its workers ----
kill -TERM "$worker"
ends "$worker" 0
poison=$(rc XADD dupd:articles '*' id poison body "this one is delivered again and again")
rc XREADGROUP GROUP dupd ghost COUNT 1 STREAMS dupd:articles '>' >/dev/null
rc XCLAIM dupd:articles dupd ghost 0 "$poison" RETRYCOUNT 4 >/dev/null
suspect=$(rc XADD dupd:articles '*' id suspect body "this one has been delivered once before")
rc XREADGROUP GROUP dupd ghost COUNT 1 STREAMS dupd:articles '>' >/dev/null
entries=$((entries + 1)) # the suspect's
serve four "${options[@]}"
eventually "the poison is buried" length_is dupd:dead 1
dead=$(rc XRANGE dupd:dead - +)
grep -qx poison <<<"$dead" || fail "not for poison: $dead"
grep -qx "$poison" <<<"$dead" || fail "another entry: $dead"
grep -qx 5 <<<"$dead" || fail "deliveries: $dead"
eventually "the suspect has a verdict" has_verdict suspect
[ -n "$suspect" ] || fail "no entry"
eventually "all is answered" all_answered

# ---- alerts and story events: each once, whenever a worker is killed ----
kill -TERM "$worker"
ends "$worker" 0
serve alerts "${options[@]}"
articles 600 k >"$dir/k.jsonl"
"$program" push --quiet "$dir/k.jsonl"
entries=$((entries + 600))
eventually "the originals are answered" all_answered
events() {
    rc --raw XRANGE dupd:stories - + | grep -o '"story":"[0-9]*","event":"new"' | sort
}
all_events() {
    [ "$(events | uniq | wc -l)" = "$wanted_events" ]
}
wanted_events=$(rc --raw XRANGE dupd:verdicts - + | grep -o '"copy":false.*"story":"[0-9]*"' |
    grep -o '"story":"[0-9]*"' | sort -u | wc -l)
eventually "each story is told" all_events
[ "$(events | uniq -d | wc -l)" = 0 ] || fail "stories told twice: $(events | uniq -d | head -3)"
alerts_before=$(rc XLEN dupd:alerts)
sed 's/"id":"k\([0-9]*\)","source":"[^"]*"/"id":"copy\1","source":"thief\1.example"/' "$dir/k.jsonl" |
    "$program" push --quiet -
entries=$((entries + 600))
for ((round = 0; round < 4; round++)); do
    sleep 0.$((RANDOM % 4 + 1))
    kill -KILL "$worker"
    wait "$worker" 2>/dev/null || true
    serve alerts "${options[@]}"
done
eventually "the copies are answered" all_answered
alerted() {
    rc --raw XRANGE dupd:alerts - + | grep -o '"id":"copy[0-9]*","source"' | sort
}
all_alerted() {
    [ "$(alerted | wc -l)" -ge 600 ]
}
eventually "each copy has its alert" all_alerted
[ "$(rc XLEN dupd:alerts)" = $((alerts_before + 600)) ] || fail "alerts: $(rc XLEN dupd:alerts)"
[ "$(alerted | uniq -d | wc -l)" = 0 ] || fail "alerts twice: $(alerted | uniq -d | head -3)"

# ---- trimmed by a producer: counted and said ----
kill -TERM "$worker"
ends "$worker" 0
lost=$(rc XADD dupd:articles '*' id lost body "this one is trimmed away before it is answered")
rc XREADGROUP GROUP dupd ghost COUNT 1 STREAMS dupd:articles '>' >/dev/null
rc XDEL dupd:articles "$lost" >/dev/null
serve five "${options[@]}"
eventually "the loss is said" logged five event=entries_lost
eventually "nothing is pending" pending_is 0

# ---- entries are kept for other readers ----
kill -TERM "$worker"
ends "$worker" 0
serve six "${options[@]}" --keep-entries
rc XADD dupd:articles '*' id kept body "this entry stays in the stream for others" >/dev/null
eventually "it has a verdict" has_verdict kept
length_is dupd:articles 1 || fail "the entry was deleted"
eventually "it is answered" pending_is 0
kill -TERM "$worker"
ends "$worker" 0
echo "serve_faults over $kind: $entries entries"
