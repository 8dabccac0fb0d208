#!/usr/bin/env bash
# systemd_unit.sh ROOT PROGRAM: systemd has nothing to say about deploy/dupd.service, and it still is
# as confined as it was. Skipped without systemd-analyze, or where that cannot even read a unit of
# two lines. (The program of this build stands in for /usr/bin/dupd; the man page is not installed.)
set -euo pipefail
root=$1 program=$2
command -v systemd-analyze >/dev/null || exit 77
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf '[Service]\nExecStart=%s\n' "$program" >"$dir/trivial.service"
if ! said=$(systemd-analyze verify "$dir/trivial.service" 2>&1) || [ -n "$said" ]; then
    echo "systemd_unit: systemd-analyze does not work here: $said"
    exit 77
fi
sed "s|=/usr/bin/dupd |=$program |; /^Documentation=/d" "$root/deploy/dupd.service" >"$dir/dupd.service"
said=$(systemd-analyze verify "$dir/dupd.service" 2>&1) || said="failed: $said"
if [ -n "$said" ]; then
    echo "systemd_unit: $said"
    exit 1
fi
systemd-analyze security --offline=true --threshold=20 "$dir/dupd.service" >"$dir/out" 2>&1 || {
    if grep -q 'unrecognized option' "$dir/out"; then # before systemd 250
        exit 0
    fi
    cat "$dir/out"
    echo "systemd_unit: less confined than an exposure of 2.0"
    exit 1
}
