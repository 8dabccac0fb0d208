#!/usr/bin/env bash
# conf.sh ROOT PROGRAM: the configuration file that is installed is right as it stands, its examples
# are right once their '#' is gone, and a mistake in it is named by line and key. The sample of a file
# of agencies in the docs is one.
set -euo pipefail
root=$1 program=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$program" config --check "$root/deploy/dupd.conf"
sed -E 's/^# ([a-z_]+ = )/\1/' "$root/deploy/dupd.conf" >"$dir/all.conf"
grep -qE '^[a-z_]+ = ' "$dir/all.conf"
"$program" config --check "$dir/all.conf"
sed -E 's/^window = .*/windwo = 3d/' "$dir/all.conf" >"$dir/wrong.conf"
line=$(grep -n '^windwo' "$dir/wrong.conf" | cut -d: -f1)
status=0
"$program" config --check "$dir/wrong.conf" >"$dir/out" 2>&1 || status=$?
cat "$dir/out"
[ $status -eq 2 ]
grep -q "wrong.conf:$line: .*windwo.*window" "$dir/out"

awk '/^```/ { inside = !inside; next } inside' "$root/docs/agencies.md" >"$dir/agencies.conf"
grep -q '^\[agency ' "$dir/agencies.conf"
cd "$dir"
printf 'The ferry will close in May, Harbour Wire Service wrote.\n' >a.txt
"$program" compare --agencies="$dir/agencies.conf" a.txt a.txt >/dev/null || [ $? -eq 1 ]
