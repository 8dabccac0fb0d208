#!/usr/bin/env bash
# quickstart.sh: from a bare Debian 12 or 13 or Ubuntu 24.04 with git to two true verdicts.
#
#   deploy/quickstart.sh                  installs packages, builds, shows           (under 5 min)
#   deploy/quickstart.sh --program FILE   shows with this dupd, installs and builds nothing
#   deploy/quickstart.sh --dir DIR        keeps the sample store in DIR, not in build/quickstart
#
# Indexes thirty invented articles into a store of its own, which is made afresh each time, then
# checks a machine-spun copy of one of them and an independent report of the same event. Your own
# store is not touched. Exits 1 if a verdict is not what it should be, 2 if something went wrong.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
program='' dir=$root/build/quickstart
while [ $# -gt 0 ]; do
    case $1 in
    --program | --dir)
        [ $# -gt 1 ] || {
            echo "quickstart: $1 needs a value" >&2
            exit 2
        }
        if [ "$1" = --dir ]; then dir=$2; else program=$2; fi
        shift
        ;;
    -h | --help)
        sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    *)
        echo "quickstart: no such option: $1 (see --help)" >&2
        exit 2
        ;;
    esac
    shift
done

# quietly LOG COMMAND...: shows the output only if it fails
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null || {
        tail -n 40 "$log"
        echo "quickstart: failed: $* (all of its output: $log)" >&2
        exit 2
    }
}

heading() {
    printf '\n== %s\n' "$*"
}

mkdir -p "$dir"
if [ -z "$program" ]; then
    heading "Packages"
    # shellcheck source=deploy/packages.sh
    . "$here/packages.sh"
    packages_install build || exit 2
    heading "Build"
    cd "$root"
    options=()
    [ -f build/release/CMakeCache.txt ] || options=(-DDUPD_BUILD_TESTS=OFF -DDUPD_BUILD_BENCH=OFF)
    quietly "$dir/configure.log" cmake --preset release "${options[@]}"
    quietly "$dir/build.log" cmake --build --preset release --target dupd_cli -j "$(nproc)"
    program=build/release/src/cli/dupd
    echo "$program"
fi

store=$dir/store
rm -rf "$store"
status=0

# check WHAT FILE EXPECTED-EXIT: shows the report; 0 no copy, 1 a copy, 2 trouble
check() {
    local got=0
    heading "$1: dupd check ${2#"$root"/}"
    "$program" check --store "file:$store" "$2" || got=$?
    [ $got -ne 2 ] || exit 2
    if [ $got -ne "$3" ]; then
        echo "quickstart: this verdict is wrong" >&2
        status=1
    fi
}

heading "Index thirty articles: dupd add deploy/samples/articles.jsonl"
quietly "$dir/add.log" "$program" add --store "file:$store" "$here/samples/articles.jsonl"
tail -n 3 "$dir/add.log"
check "A machine-spun copy of a wire story" "$here/samples/spun.txt" 1
check "An independent report that quotes the same speech" "$here/samples/independent.txt" 0

heading "Next"
cat <<END
  $program add FILE...      index your own articles (JSON Lines, HTML or text) in your own store
  $program check FILE       is this one a copy of any of them?
  $program scan FILE...     find the copies within a whole corpus
  $program --help           everything else
END
exit $status
