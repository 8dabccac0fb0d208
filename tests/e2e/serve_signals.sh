#!/usr/bin/env bash
# serve_signals.sh ROOT PROGRAM: the daemon as its supervisor sees it: exit statuses, SIGHUP, a second
# SIGTERM, what systemd is told, log formats; and `dupd add` through the socket of a daemon that has no
# Redis at all.
set -euo pipefail
root=$1 program=$2
. "$root/tests/e2e/daemon_kit.sh"
unset DUPD_REDIS

# exits STATUS option...: serve ends by itself with that status
exits() {
    local wanted=$1 status=0
    shift
    timeout 30 "$program" serve "$@" >"$dir/out" 2>&1 </dev/null || status=$?
    [ $status = "$wanted" ] || fail "serve $*: exit $status, not $wanted: $(cat "$dir/out")"
}
exits 64 --no-such-option
exits 64 operand
exits 64 --threads many
DUPD_THREADS=many exits 78
exits 78 --config "$dir/none.conf"
exits 78 --redis nonsense://x --store "$dir/s0"
exits 78 --agencies "$dir/none" --store "$dir/s0"
printf 'this is no store\n' >"$dir/file"
exits 65 --store "$dir/file/below"

# ---- no Redis at all: articles through the socket ----
long=$dir/$(printf 'd%.0s' {1..120})
mkdir "$long"
serve alone --store "file:$long/store"
eventually "the daemon without Redis is ready" logged alone event=ready
alone=$worker
exits 75 --store "$long/store" --lock-wait 0
"$program" add --store "$long/store" "$root/deploy/samples/articles.jsonl" >"$dir/out" 2>"$dir/err" ||
    fail "add: $(cat "$dir/err")"
grep -q '^30 articles added by the daemon of .*: [1-9][0-9]* copies; 0 there already; 0 not readable$' \
    "$dir/out" || fail "add: $(cat "$dir/out")"
"$program" add --store "$long/store" --json "$root/deploy/samples/articles.jsonl" >"$dir/out"
[ "$(grep -c '"replay":true' "$dir/out")" = 30 ] || fail "no replays"
# the order of answers is that of the lines, also when many are under way
articles 3000 s >"$dir/many.jsonl"
"$program" add --store "$long/store" --json "$dir/many.jsonl" | grep -o '"id":"s[0-9]*","coll' >"$dir/order"
awk -F'"' '$4 != "s" NR { exit 1 }' "$dir/order" || fail "answers out of order"
[ "$(wc -l <"$dir/order")" = 3000 ] || fail "answers: $(wc -l <"$dir/order")"
"$program" check --store "$long/store" "$root/deploy/samples/spun.txt" >/dev/null && fail "no copy found"
# several clients at once, one of which leaves in the middle; what is no article is refused by line
"$program" add --store "$long/store" --quiet "$dir/many.jsonl" &
first=$!
articles 5000 t | timeout -s KILL 0.3 "$program" add --store "$long/store" --quiet - || true
printf '{"id":"u1","body":"a few words of text"}\n{"id":"u2","body":7}\n' >"$dir/two.jsonl"
! "$program" add --store "$long/store" "$dir/two.jsonl" >"$dir/out" 2>"$dir/err" || fail "u2 was taken"
grep -q 'two.jsonl:2: field "body" is a number' "$dir/err" || fail "$(cat "$dir/err")"
wait "$first" || fail "the first client: exit $?"
python3 - "$long/store" <<'P' || fail "the socket's own protocol"
import os, socket, sys
os.chdir(sys.argv[1])
def talk(data):
    s = socket.socket(socket.AF_UNIX)
    s.connect("socket")
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    out = b""
    while True:
        more = s.recv(65536)
        if not more:
            return out.split(b"\n")
        out += more
lines = talk(b'\n{"id":"v1","body":"some words"}\r\n\n{"id":\n{"body":"last line without an end"}')
assert len(lines) == 4 and lines[3] == b"", lines
assert b'"id":"v1"' in lines[0] and b'"code":"SYNTAX"' in lines[1] and b'"verdict"' in lines[2], lines
lines = talk(b"x" * (17 << 20))
assert b'"code":"TOOBIG"' in lines[0], lines
assert talk(b"") == [b""]
P
kill -TERM "$alone"
ends "$alone" 0
[ ! -e "$long/store/socket" ] || fail "the socket is left"
"$program" add --store "$long/store" --quiet "$dir/many.jsonl" || fail "add without the daemon"

# ---- SIGHUP ----
export DUPD_REDIS=$url
redis_start --loglevel notice
printf 'log_level = info\ndrain = 10s\n' >"$dir/dupd.conf"
serve hup --config "$dir/dupd.conf" --store "file:$dir/store"
eventually "the daemon is ready" logged hup event=ready
printf 'log_level = debug\ndrain = 20s\nshort_words = 40\n' >"$dir/dupd.conf"
kill -HUP "$worker"
eventually "it was read again" logged hup event=reloaded
logged hup 'event=reload_needs_restart .*options=drain' || fail "drain is not named"
printf 'log_level = debug\nshort_word = 40\n' >"$dir/dupd.conf"
kill -HUP "$worker"
eventually "the mistake is said" logged hup 'event=reload_failed .*short_word.*did you mean'
printf 'agencies = %s/none\n' "$dir" >"$dir/dupd.conf"
kill -HUP "$worker"
eventually "the missing file is said" logged hup 'event=reload_failed .*none: cannot be opened'
rc XADD dupd:articles '*' id after body "it goes on after all that" >/dev/null
eventually "a verdict after the reloads" has_verdict after
# under load
articles 800 h | "$program" push --quiet -
printf 'log_level = info\n' >"$dir/dupd.conf"
kill -HUP "$worker"
eventually "it was read again under load" logged hup event=reloaded 2
eventually "all is answered" length_is dupd:verdicts 801

# ---- a second signal ends it at once, though Redis does not let go ----
articles 200 z | "$program" push --quiet -
kill -STOP "$redis_pid"
sleep 0.5
kill -TERM "$worker"
eventually "it is stopping" logged hup event=stopping
kill -TERM "$worker"
ends "$worker" 0
kill -CONT "$redis_pid"

# ---- what systemd is told, by path and by abstract name ----
cat >"$dir/listen.py" <<'P'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
s.bind("\0" + name[1:] if name[0] == "@" else name)
s.settimeout(60)
print("listening", flush=True)
while True:
    text = s.recv(4096).decode()
    print(text, flush=True)
    if "STOPPING" in text:
        break
P
for name in "$dir/notify" "@dupd-test-$$"; do
    rm -f "$dir/told"
    python3 "$dir/listen.py" "$name" >"$dir/told" &
    listener=$!
    workers+=("$listener")
    eventually "somebody listens" grep -q listening "$dir/told"
    NOTIFY_SOCKET=$name WATCHDOG_USEC=1000000 serve told --store "file:$dir/store2"
    eventually "READY" grep -q READY=1 "$dir/told"
    eventually "WATCHDOG" grep -q WATCHDOG=1 "$dir/told"
    kill -HUP "$worker"
    eventually "RELOADING" grep -q MONOTONIC_USEC= "$dir/told"
    kill -TERM "$worker"
    ends "$worker" 0
    wait "$listener"
    grep -q STOPPING=1 "$dir/told" || fail "STOPPING: $(cat "$dir/told")"
done

# ---- log formats ----
"$program" serve --store "file:$dir/store" --log-format json 2>"$dir/json.log" </dev/null &
worker=$!
workers+=("$worker")
eventually "JSON in the log" grep -q '"event":"ready"' "$dir/json.log"
kill -TERM "$worker"
ends "$worker" 0
python3 -c 'import json, sys
for line in open(sys.argv[1]): assert {"ts", "level", "event", "msg"} <= set(json.loads(line))' "$dir/json.log"
echo "serve_signals: done"
