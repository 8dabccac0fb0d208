#!/usr/bin/env bash
# serve_away.sh ROOT PROGRAM: the daemon and its clients where Redis is not next door: over TLS with a
# client's certificate and a password, and by Sentinel, through a failover. push, serve, tail, dead and
# check, as a user would; what is wrong with a certificate is said so that it can be mended.
set -euo pipefail
root=$1 program=$2
. "$root/tests/e2e/daemon_kit.sh"
command -v openssl >/dev/null && command -v python3 >/dev/null || exit 77
unset DUPD_REDIS

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ---- TLS ----
(
    cd "$dir"
    new=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
    for ca in ca other; do
        openssl req -x509 "${new[@]}" -days 2 -subj "/CN=$ca" -keyout $ca.key -out $ca.crt
    done
    for who in server client; do
        openssl req "${new[@]}" -subj "/CN=$who" -keyout $who.key -out $who.csr
        echo 'subjectAltName=DNS:localhost' >$who.ext
        openssl x509 -req -in $who.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $who.ext -out $who.crt
    done
) >"$dir/openssl.out" 2>&1 || fail "no certificates: $(tail -n 3 "$dir/openssl.out")"
port=$(free_port)
redis_start --tls-port "$port" --tls-cert-file "$dir/server.crt" --tls-key-file "$dir/server.key" \
    --tls-ca-cert-file "$dir/ca.crt" --tls-auth-clients yes --bind 127.0.0.1
rc ACL SETUSER desk on '>a secret' '~*' '&*' +@all >/dev/null
echo 'a secret' >"$dir/password"
tls=(--redis "rediss://desk@localhost:$port" --redis-ca "$dir/ca.crt" --redis-cert "$dir/client.crt"
    --redis-key "$dir/client.key" --redis-password-file "$dir/password")
samples=$root/deploy/samples/articles.jsonl
"$program" push --quiet "${tls[@]}" "$samples" || fail "push over TLS"
serve tls "${tls[@]}"
eventually "what was pushed is answered" length_is dupd:articles 0
[ "$(rc XLEN dupd:verdicts)" = 30 ] || fail "not 30 verdicts"
"$program" tail "${tls[@]}" --from 0 --limit 30 >"$dir/tail.out" || fail "tail over TLS"
[ "$(wc -l <"$dir/tail.out")" = 30 ] || fail "tail: $(cat "$dir/tail.out")"
"$program" dead list "${tls[@]}" >/dev/null || fail "dead over TLS"
"$program" stats --store "rediss://desk@localhost:$port" "${tls[@]:2}" >"$dir/stats.out" || fail "stats over TLS"
grep -q 30 "$dir/stats.out" || fail "stats: $(cat "$dir/stats.out")"
status=0
"$program" push --quiet "${tls[@]}" --redis-ca "$dir/other.crt" --deadline 2s "$samples" 2>"$dir/wrong.out" || status=$?
if [ $status = 0 ] || ! grep -qi certificate "$dir/wrong.out"; then
    fail "another authority: $status $(cat "$dir/wrong.out")"
fi
kill -TERM "$worker"
ends "$worker" 0
rc SHUTDOWN NOSAVE >/dev/null 2>&1 || true
wait "$redis_pid" 2>/dev/null || true
redis_pid=''
rm -rf "$dir/appendonlydir"

# ---- Sentinel ----
one=$(free_port) two=$(free_port) watch=$(free_port)
node() {
    mkdir -p "$dir/$1"
    redis-server --port "$1" --bind 127.0.0.1 --save '' --dir "$dir/$1" --repl-diskless-sync-delay 0 "${@:2}" >>"$dir/node.log" 2>&1 &
    workers+=($!)
    eventually "redis-server $1 answers" redis-cli -p "$1" PING
}
node "$one"
node "$two" --replicaof 127.0.0.1 "$one"
printf 'port %s\nbind 127.0.0.1\ndir %s\nsentinel monitor news 127.0.0.1 %s 1\nsentinel down-after-milliseconds news 2000\n' \
    "$watch" "$dir" "$one" >"$dir/sentinel.conf"
redis-server "$dir/sentinel.conf" --sentinel >>"$dir/node.log" 2>&1 &
workers+=($!)
in_sync() { redis-cli -p "$two" INFO replication | grep -q master_link_status:up; }
known() { redis-cli -p "$watch" SENTINEL MASTER news | grep -qx -A1 num-slaves && redis-cli -p "$watch" SENTINEL REPLICAS news | grep -q "$two"; }
eventually "the replica follows" in_sync
eventually "the sentinel knows both" known
news=(--redis "redis-sentinel://127.0.0.1:$watch/news")
head -n 15 "$samples" | "$program" push --quiet "${news[@]}" - || fail "push by Sentinel"
serve sentinel "${news[@]}"
answered() { [ "$(redis-cli -p "$1" XLEN dupd:articles)" = 0 ] && [ "$(redis-cli -p "$1" XLEN dupd:verdicts)" = "$2" ]; }
eventually "the first half is answered" answered "$one" 15
eventually "and the replica has it" answered "$two" 15
redis-cli -p "$watch" SENTINEL FAILOVER news >/dev/null
# until then what is pushed goes to the old one, and is lost with it: Redis's own promise
is_master() { redis-cli -p "$watch" SENTINEL GET-MASTER-ADDR-BY-NAME news | grep -qx "$two"; }
eventually "the other is the master" is_master
tail -n +16 "$samples" >"$dir/rest.jsonl"
pushed() { "$program" push --quiet "${news[@]}" "$dir/rest.jsonl"; }
eventually "the rest is pushed" pushed
rest_answered() { [ "$(redis-cli -p "$two" XLEN dupd:articles)" = 0 ] && [ "$(redis-cli -p "$two" XLEN dupd:verdicts)" -ge 30 ]; }
eventually "the rest is answered by the new master" rest_answered
kill -TERM "$worker"
ends "$worker" 0
