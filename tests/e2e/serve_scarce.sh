#!/usr/bin/env bash
# serve_scarce.sh ROOT PROGRAM file|redis SCARCE: a daemon whose allocations fail now and then, those
# of its libraries too (tests/support/scarce.c, preloaded): it lives, each queue entry has a verdict or
# is given up for want of memory and nothing else, and once there is memory again all is as before.
set -euo pipefail
root=$1 program=$2 kind=$3 scarce=$4
. "$root/tests/e2e/daemon_kit.sh"
command -v curl >/dev/null || exit 77
store=$url
[ "$kind" = redis ] || store=file:$dir/store

entries=0 port='' answered=0
# push N PREFIX
push() {
    articles "$1" "$2" | "$program" push --quiet -
    entries=$((entries + $1))
}
# Each entry is over: a verdict or a dead letter, and nothing pending.
all_over() {
    [ $(($(rc XLEN dupd:verdicts) + $(rc XLEN dupd:dead))) = $entries ] && pending_is 0 && length_is dupd:articles 0
}
listening() {
    port=$(sed -n 's/.*event=http_up.* port=\([0-9]*\).*/\1/p' "$dir/$1.log")
    [ -n "$port" ]
}
look_around() {
    local path
    for path in metrics api/v1/stats api/v1/verdicts api/v1/stories api/v1/outlets 'api/v1/verdicts?q=w1'; do
        curl -s -m 20 -o "$dir/answer" "http://127.0.0.1:$port/$path" || continue
        answered=$((answered + 1))
    done
}

redis_start --loglevel notice
for every in 3000 300; do
    name=scarce$every
    # The worker inherits them; whoever pushes and looks must not.
    export LD_PRELOAD=$scarce SCARCE_EVERY=$every SCARCE_SEED=7 SCARCE_WHILE=$dir/scarce
    serve "$name" --store "$store" --http 127.0.0.1:0 --claim-idle 1s
    unset LD_PRELOAD
    eventually "the daemon is ready" logged "$name" event=ready
    eventually "it listens" listening "$name"
    # libuv ends the process when it cannot make its threads, or watch one more socket: so before.
    push 1 "$name-before-"
    eventually "the first entry is over" all_over
    look_around
    answered=0
    touch "$dir/scarce"
    push 600 "$name-"
    for _ in 1 2 3 4 5; do look_around; done
    eventually "every entry is over, 1 of $every allocations failing" all_over
    logged "$name" event=no_memory || logged "$name" event=view_failed || fail "nothing failed: 1 of $every is too few"
    [ $answered -ge 5 ] || fail "$answered of 30 requests had an answer"
    rm "$dir/scarce"
    before=$(rc XLEN dupd:dead)
    push 50 "$name-after-"
    eventually "every entry is over, with memory" all_over
    length_is dupd:dead "$before" || fail "an article is given up though there is memory"
    eventually "the dashboard is whole" curl -sf -m 20 -o "$dir/answer" "http://127.0.0.1:$port/api/v1/verdicts"
    kill -TERM "$worker"
    ends "$worker" 0
done

others=$(rc --raw XRANGE dupd:dead - + | grep -x -A 1 reason | grep -cvxE 'reason|memory|--' || true)
[ "$others" = 0 ] || fail "$others entries were given up for another reason than memory"
n=$(rc --raw XRANGE dupd:verdicts - + | grep -o '"entry":"[0-9-]*"' | sort -u | wc -l)
length_is dupd:verdicts "$n" || fail "an entry has two verdicts"
[ "$(rc XLEN dupd:dead)" -lt $((entries / 4)) ] || fail "$(rc XLEN dupd:dead) of $entries entries were given up"
echo "serve_scarce: $entries entries, $n verdicts, $(rc XLEN dupd:dead) given up for want of memory"
