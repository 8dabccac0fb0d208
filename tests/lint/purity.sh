#!/usr/bin/env bash
# purity.sh ARCHIVE [NM]: libdupd reads no clock, environment, file, socket or global, and keeps no
# state between calls. Proof by its symbols: all that it takes from outside is in purity.allow, and
# nothing of it lives in writable memory (.data.rel.ro is constant after relocation).
# Fails, naming symbol and object, otherwise. What sanitizers and fortification add is allowed.
set -euo pipefail
archive=$1 nm=${2:-nm}
here=$(dirname "${BASH_SOURCE[0]}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
status=0

# What may be called: the list, and what the archive itself defines.
grep -vE '^(#|$)' "$here/purity.allow" >"$dir/allowed"
"$nm" --defined-only --extern-only "$archive" | awk 'NF == 3 {print $3}' >>"$dir/allowed"
while read -r object symbol; do
    echo "purity: $object calls $symbol, which is not in tests/lint/purity.allow"
    status=1
done < <("$nm" -A --undefined-only "$archive" | awk '{n = split($1, p, ":"); print p[n - 1], $NF}' |
    sort -u | awk '{print $2 " " $1}' | grep -vE "^($(paste -sd'|' "$dir/allowed")) " |
    awk '{print $2, $1}')

# Name|Value|Class|Type|Size|Line|Section of what is defined
while read -r symbol section; do
    echo "purity: $symbol is writable state (section $section)"
    status=1
done < <("$nm" --format=sysv --defined-only "$archive" | tr -d ' ' |
    awk -F'|' 'NF == 7 && $4 != "SECTION" && $7 ~ /^\.(data|bss|tdata|tbss)|COM/ &&
        $7 !~ /^\.data\.rel\.ro/ && $1 !~ /^__(asan|ubsan|tsan|odr_asan)/ {print $1, $7}')
exit $status
