#!/usr/bin/env bash
# daemon_kit.sh: for tests of the daemon: a redis-server of the test's own on a Unix socket in a
# temporary directory, `dupd serve` in the background, and waiting for what must become true. Sourced
# with $program set. Everything that was started is ended, by its process id.
: "${program:?}"
command -v redis-server >/dev/null && command -v redis-cli >/dev/null || exit 77
dir=$(mktemp -d)
url=redis+unix://$dir/r.sock
export DUPD_REDIS=$url XDG_DATA_HOME=$dir/data HOME=$dir NO_COLOR=1
redis_pid='' workers=()

kit_end() {
    local pid
    for pid in "${workers[@]}" $redis_pid; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$dir"
}
trap kit_end EXIT

fail() {
    echo "${0##*/}: $*"
    tail -n 20 "$dir"/*.log 2>/dev/null | cut -c 1-300 || true
    [ -z "$redis_pid" ] || echo "articles $(rc XLEN dupd:articles) verdicts $(rc XLEN dupd:verdicts) dead $(rc XLEN dupd:dead)" \
        "pending $(rc XPENDING dupd:articles dupd | tr '\n' ' ')" || true
    exit 1
}

# eventually WHAT COMMAND...: the command succeeds within a minute
eventually() {
    local what=$1 n
    shift
    for ((n = 0; n < 600; n++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "never happened: $what"
}

rc() {
    redis-cli -s "$dir/r.sock" "$@"
}

# redis_start [option...]: each command is in the kernel's hands before it is answered, so that a
# killed server has lost nothing. With appendfsync everysec it holds writes back while the disk is slow.
redis_start() {
    redis-server --port 0 --unixsocket "$dir/r.sock" --save '' --appendonly yes --appendfsync no --dir "$dir" \
        --enable-debug-command yes "$@" >>"$dir/redis.log" 2>&1 &
    redis_pid=$!
    eventually "redis-server answers" redis_answers
}

redis_answers() {
    [ "$(rc PING 2>/dev/null)" = PONG ]
}

redis_kill() {
    kill -KILL "$redis_pid"
    wait "$redis_pid" 2>/dev/null || true
    redis_pid=''
}

# serve NAME [option...]: a worker whose log is $dir/NAME.log; its process id is in $worker
serve() {
    local name=$1
    shift
    "$program" serve --log-format logfmt "$@" 2>>"$dir/$name.log" </dev/null &
    worker=$!
    workers+=("$worker")
}

# ends PID STATUS: the process has ended with it
ends() {
    local status=0
    wait "$1" || status=$?
    [ "$status" = "$2" ] || fail "exit $status of $1, not $2"
}

# logged NAME TEXT [N]: the log holds the text (N times)
logged() {
    local n
    n=$(grep -c -- "$2" "$dir/$1.log" || true)
    [ "$n" -ge 1 ] && [ "${3:-$n}" = "$n" ]
}

length_is() {
    [ "$(rc XLEN "$1")" = "$2" ]
}

pending_is() {
    [ "$(rc XPENDING dupd:articles dupd | head -1)" = "$1" ]
}

# verdict ID: the object under the article's key
verdict() {
    rc GET "dupd:verdict:default:$1"
}

has_verdict() {
    [ -n "$(verdict "$1")" ]
}

# articles N [PREFIX]: N different articles as JSON Lines
articles() {
    awk -v n="$1" -v p="${2:-n}" 'BEGIN { for (i = 1; i <= n; i++) {
        s = ""
        for (k = 0; k < 60; k++) s = s sprintf("w%d ", (i * 7919 + k * 104729) % 1000003)
        printf "{\"id\":\"%s%d\",\"source\":\"s%d.example\",\"body\":\"%s\"}\n", p, i, i % 7, s } }'
}
