#!/usr/bin/env bash
# readme.sh ROOT PROGRAM: every command in a fenced sh block of README.md runs as it stands, in a
# copy of the tree, in order, with the program as built on the PATH and a store of its own. The two
# set-up commands are not run whole, since this test is part of what they do: the quick start uses
# the given program, and tests/run.sh only shows its help.
set -euo pipefail
root=$1 program=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tree/tests" "$dir/bin"
cp -r "$root/deploy" "$root/README.md" "$dir/tree/"
cp "$root/tests/run.sh" "$dir/tree/tests/"
ln -s "$program" "$dir/bin/dupd"
export PATH=$dir/bin:$PATH XDG_DATA_HOME=$dir/data HOME=$dir NO_COLOR=1
cd "$dir/tree"

count=0
while IFS= read -r line; do
    case $line in
    '' | '#'*) continue ;;
    deploy/quickstart.sh*) run="$line --program $program" ;;
    tests/run.sh*) run="tests/run.sh --help" ;;
    *) run=$line ;;
    esac
    status=0
    bash -euo pipefail -c "$run" >"$dir/out" 2>&1 </dev/null || status=$?
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
