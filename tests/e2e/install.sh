#!/usr/bin/env bash
# install.sh ROOT BUILD CC [SANITIZERS]: installs into a temporary prefix and uses what is there as
# a stranger would: the README's C example is compiled with dupd.pc and with find_package and run,
# the installed program says its version, and nothing was installed outside the prefix.
set -euo pipefail
root=$1 build=$2 cc=$3 sanitize=${4-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
prefix=$dir/usr
expected='19 of 21 words stand in the other, 19 of them outside quotation marks'

# same WHAT EXPECTED ACTUAL
same() {
    [ "$2" = "$3" ] && return
    printf 'install: %s\nexpected: %s\nactual:   %s\n' "$1" "$2" "$3"
    exit 1
}

cmake --install "$build" --prefix "$prefix" >"$dir/log"
outside=$(grep -E '^-- (Installing|Up-to-date):' "$dir/log" | grep -v " $prefix/" || true)
same "installed outside the prefix" '' "$outside"
same "private headers installed" '' "$(find "$prefix/include" -type f ! -path "$prefix/include/dupd/*.h")"

awk '/^```/ {inside = ($0 == "```c"); next} inside' "$root/README.md" >"$dir/main.c"
pkgconfig=$(dirname "$(find "$prefix" -name dupd.pc)")
export PKG_CONFIG_PATH=$pkgconfig
read -ra flags <<<"$(pkg-config --cflags --libs dupd)"
flags+=(${sanitize:+-fsanitize="$sanitize"})
"$cc" -std=c11 -Wall -Wextra -Werror -o "$dir/example" "$dir/main.c" "${flags[@]}"
same "the README's example, with dupd.pc" "$expected" "$("$dir/example")"

cmake -G Ninja -S "$root/tests/e2e/consumer" -B "$dir/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DMAIN="$dir/main.c" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="${sanitize:+-fsanitize=$sanitize}" >"$dir/log"
cmake --build "$dir/consumer" >"$dir/log" || {
    cat "$dir/log"
    exit 1
}
same "the README's example, with find_package" "$expected" "$("$dir/consumer/consumer")"

if grep -q dupd_cli "$build/CMakeFiles/TargetDirectories.txt"; then
    version=$("$prefix/bin/dupd" --version | head -n 1)
    same "dupd --version" "dupd $(pkg-config --modversion dupd)" "${version%% (*}"
    [ -f "$prefix/share/bash-completion/completions/dupd" ]
fi
