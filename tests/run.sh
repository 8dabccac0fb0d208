#!/usr/bin/env bash
# run.sh: installs what the tests need, builds with AddressSanitizer and UBSan, runs all of CTest.
#
#   tests/run.sh               everything: asan, then the release build, then the tests that use
#                              threads under ThreadSanitizer, then the .deb, then a few seconds of
#                              fuzzing for each entry point          (under 15 min on 2 cores)
#   tests/run.sh --quick       the asan tests without those labelled slow     (under 5 min)
#   tests/run.sh --no-install  as above, but installs nothing
#   tests/run.sh -R sketch     other arguments go to the asan run of ctest
#
# Can be run again at any time; builds are in build/<preset>, logs in build/logs. Goes on after a
# failed stage, so that the summary at the end tells all; exits 1 if any stage failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

quick=no ctest_args=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes ;;
    --no-install) export PACKAGES_INSTALL=no ;;
    -h | --help)
        sed -n '2,12s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) ctest_args+=("$1") ;;
    esac
    shift
done

jobs=$(nproc)
summary=() failed=no ctest_line=
logs=build/logs
mkdir -p "$logs"

# stage NAME COMMAND...: runs it with its output in a log; shows the log's end if it fails.
stage() {
    local name=$1 start=$SECONDS log
    shift
    log=$logs/${name// /-}.log
    printf '%-24s' "$name"
    if "$@" >"$log" 2>&1 </dev/null; then
        echo "ok ($((SECONDS - start)) s)"
        return 0
    fi
    echo "FAILED ($((SECONDS - start)) s), end of $log:"
    tail -n 60 "$log"
    failed=yes
    summary+=("$(printf '%-24s FAILED, see %s' "$name" "$log")")
    return 1
}

# build PRESET: configures and builds; the preset is what CMakePresets.json says.
build() {
    stage "configure $1" cmake --preset "$1" -DDUPD_BUILD_TESTS=ON -DDUPD_BUILD_BENCH=ON && stage "build $1" cmake --build --preset "$1" -j "$jobs"
}

package() {
    packages_install package && cmake --preset deb && cmake --build --preset deb -j "$jobs" && cpack --preset deb
}

# run_ctest PRESET ARGS...: runs the tests in the open; keeps ctest's closing line for the summary.
run_ctest() {
    local preset=$1 start=$SECONDS log=$logs/ctest-$1.log status=0 line
    shift
    ctest --preset "$preset" -j "$jobs" --no-tests=error --schedule-random "$@" \
        </dev/null 2>&1 | tee "$log" || status=$?
    line=$(grep -E '^[0-9]+% tests passed' "$log" || echo 'no test ran')
    [ $status -eq 0 ] || failed=yes
    [ "$preset" != asan ] || ctest_line=$line
    summary+=("$(printf '%-24s %s (%d s)' "tests $preset" "$line" $((SECONDS - start)))")
    return $status
}

has_label() { # the labels are read whole: under pipefail, grep -q would fail ctest by leaving early
    local labels
    labels=$(ctest --preset "$1" --print-labels 2>/dev/null) || return 1
    grep -qx " *$2" <<<"$labels"
}

packages_install build test

if build asan; then
    [ $quick = no ] || ctest_args+=(-LE slow)
    run_ctest asan "${ctest_args[@]}" || true
fi
if [ $quick = no ]; then
    if build release; then
        run_ctest release -LE 'lint|fuzz' || true
    fi
    if stage "configure tsan" cmake --preset tsan && has_label tsan threads; then
        ! stage "build tsan" cmake --build --preset tsan -j "$jobs" || run_ctest tsan -L threads || true
    fi
    ! stage "package" package || summary+=("$(printf '%-24s %s' package "$(ls build/deb/*.deb)")")
    if stage "fuzzing" tests/fuzz/run.sh 5; then
        summary+=("$(printf '%-24s %s entry points, nothing found' fuzzing "$(grep -c 'nothing found' "$logs/fuzzing.log")")")
    fi
fi

echo
echo "== summary ($((SECONDS / 60)) min $((SECONDS % 60)) s) =="
printf '%s\n' "${summary[@]}"
[ $failed = no ] && echo "all passed" || echo "SOMETHING FAILED: the lines above say what"
[ -z "$ctest_line" ] || echo "$ctest_line"
[ $failed = no ]
