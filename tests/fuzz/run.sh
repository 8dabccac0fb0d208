#!/usr/bin/env bash
# run.sh [SECONDS [TARGET...]]: fuzzes every entry point (or those named) for that long each, 60 s
# unless told, one process a core, with AddressSanitizer and UBSan.
#
# Starts from tests/fuzz/corpus; what it finds out on the way is kept in build/fuzz/corpus, so that
# the next run goes on from there. An input that fails is left in build/fuzz/crashes, with the
# command that repeats it. Needs clang; installs it where it is missing. Exits 1 if anything failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. deploy/packages.sh

seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || {
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit 2
}
shift $(($# > 0 ? 1 : 0))

packages_install build test fuzz
compiler=$(command -v clang-14 || command -v clang-19 || command -v clang)
cmake --preset fuzz -DCMAKE_C_COMPILER="$compiler" >/dev/null
cmake --build --preset fuzz --target fuzzers -j "$(nproc)" >build/fuzz/build.log 2>&1 || {
    tail -n 40 build/fuzz/build.log
    exit 1
}

mkdir -p build/fuzz/crashes build/fuzz/logs
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1

# fuzz_one PROGRAM SEEDS: one target for $seconds; silent unless it fails.
fuzz_one() {
    local program=$1 seeds=$2 name kept log
    name=$(basename "$program")
    kept=build/fuzz/corpus/$name
    log=build/fuzz/logs/$name.log
    mkdir -p "$kept"
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -verbosity=1 \
        -artifact_prefix="build/fuzz/crashes/$name-" "$kept" "$seeds" >"$log" 2>&1; then
        echo "$name: $(sed -nE 's/^Done ([0-9]+) runs in ([0-9]+) second.*/\1 inputs in \2 s/p' "$log"), nothing found"
        return 0
    fi
    echo "$name: FAILED"
    grep -vE '^(#[0-9]+[[:space:]]+(NEW|REDUCE|INITED|RELOAD|pulse)|INFO)' "$log" | tail -n 40
    return 1
}
export -f fuzz_one
export seconds

wanted=$*
# shellcheck disable=SC2016 # expanded by the inner shell
while read -r program seeds; do
    [ -z "$wanted" ] || [[ " $wanted " == *" $(basename "$program") "* ]] || continue
    printf '%s\0%s\0' "$program" "$seeds"
done <build/fuzz/fuzz.list | xargs -0 -r -n 2 -P "$(nproc)" bash -c 'fuzz_one "$1" "$2"' fuzz_one || {
    echo "fuzz: something failed; repeat an input with build/fuzz/tests/TARGET build/fuzz/crashes/FILE"
    exit 1
}
