#!/usr/bin/env bash
# man.sh PROGRAM DIR: the man pages as the program prints them: dupd.1, and dupd-COMMAND.1 for each
# command of its overview.
set -euo pipefail
program=$1 dir=$2
mkdir -p "$dir"
"$program" help-man >"$dir/dupd.1.new"
for command in $("$program" --help | sed -nE 's/^  ([a-z]+)( .*)?$/\1/p'); do
    "$program" help-man "$command" >"$dir/dupd-$command.1"
done
[ -s "$dir/dupd-check.1" ] # the overview was understood
mv "$dir/dupd.1.new" "$dir/dupd.1"
