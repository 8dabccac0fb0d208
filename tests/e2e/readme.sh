#!/usr/bin/env bash
# readme.sh ROOT PROGRAM: every command in a fenced sh block of README.md runs as it stands, in a
# copy of the tree, in order, with the program as built on the PATH and a store of its own. The two
# set-up commands are not run whole, since this test is part of what they do: the quick start uses
# the given program, and tests/run.sh only shows its help. redis://localhost and redis-cli mean a
# redis-server of the test's own; without one those commands are left out.
set -euo pipefail
root=$1 program=$2
dir=$(mktemp -d)
pids=()
end() {
    local pid
    for pid in "${pids[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$dir"
}
trap end EXIT
mkdir -p "$dir/tree/tests" "$dir/bin"
cp -r "$root/deploy" "$root/README.md" "$dir/tree/"
cp "$root/tests/run.sh" "$dir/tree/tests/"
ln -s "$program" "$dir/bin/dupd"
export PATH=$dir/bin:$PATH XDG_DATA_HOME=$dir/data HOME=$dir NO_COLOR=1
cd "$dir/tree"

redis=no
if command -v redis-server >/dev/null; then
    redis=yes
    redis-server --port 0 --unixsocket "$dir/r.sock" --save '' --dir "$dir" >"$dir/redis.log" &
    pids+=($!)
    printf '#!/bin/sh\nexec %s -s %s "$@"\n' "$(command -v redis-cli)" "$dir/r.sock" >"$dir/bin/redis-cli"
    chmod +x "$dir/bin/redis-cli"
fi

count=0
while IFS= read -r line; do
    case $line in
    '' | '#'*) continue ;;
    deploy/quickstart.sh*) run="$line --program $program" ;;
    tests/run.sh*) run="tests/run.sh --help" ;;
    *redis*)
        [ $redis = yes ] || continue
        run=${line//redis:\/\/localhost/redis+unix:\/\/$dir/r.sock}
        ;;
    *) run=$line ;;
    esac
    run=${run//127.0.0.1:8080/127.0.0.1:0} # no fixed ports in tests
    if [[ $line == *' &' ]]; then
        bash -c "exec ${run%&}" >"$dir/background" 2>&1 </dev/null &
        pids+=($!)
        count=$((count + 1))
        continue
    fi
    status=0
    timeout 60 bash -euo pipefail -c "$run" >"$dir/out" 2>&1 </dev/null || status=$?
    # dupd check says with exit 1 that there is a copy
    if [ $status -ne 0 ] && ! [[ $status -eq 1 && $line == dupd\ @(check|compare)* ]]; then
        cat "$dir/out"
        echo "readme: exit $status from: $line"
        exit 1
    fi
    count=$((count + 1))
done < <(awk '/^```/ {inside = ($0 == "```sh"); next} inside' README.md)
echo "readme: $count commands"
[ $count -ge 2 ]
