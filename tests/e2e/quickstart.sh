#!/usr/bin/env bash
# quickstart.sh ROOT PROGRAM: the quick start gives both true verdicts with the program as built, is
# repeatable, and says what the README promises of it.
set -euo pipefail
root=$1 program=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for run in first second; do
    bash "$root/deploy/quickstart.sh" --program "$program" --dir "$dir" >"$dir/out" 2>&1 </dev/null || {
        cat "$dir/out"
        echo "quickstart: the $run run failed"
        exit 1
    }
    for words in 'wire\.example' 'rewritten' 'shared_quotes|quotations' "I was shown a photograph"; do
        grep -qiE "$words" "$dir/out" || {
            cat "$dir/out"
            echo "quickstart: the $run run does not mention $words"
            exit 1
        }
    done
done
