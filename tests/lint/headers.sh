#!/usr/bin/env bash
# headers.sh ROOT CC CXX: every header compiles alone and twice. Public ones as C11 and as C++17
# without any of the library's own flags, as a user would; those in src/ as C11.
set -euo pipefail
root=$1 cc=$2 cxx=$3
status=0

# alone WHAT HEADER COMPILER FLAGS...
alone() {
    local what=$1 header=$2
    shift 2
    if ! printf '#include "%s"\n#include "%s"\n' "$header" "$header" | "$@" -fsyntax-only -; then
        echo "headers: $header does not compile alone as $what"
        status=1
    fi
}

count=0
for header in "$root"/include/dupd/*.h; do
    alone C11 "dupd/${header##*/}" "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" -xc
    if [ -n "$cxx" ]; then
        alone C++17 "dupd/${header##*/}" "$cxx" -std=c++17 -Wall -Wextra -Werror -I"$root/include" -xc++
    fi
    count=$((count + 1))
done
read -ra flags <<<"$(pkg-config --cflags libutf8proc libxxhash sqlite3 libzstd libuv hiredis openssl check)"
while read -r header; do
    alone C11 "${header#"$root"/src/}" "$cc" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror \
        -I"$root/include" -I"$root/src" "${flags[@]}" -xc
    count=$((count + 1))
done < <(find "$root/src" -name '*.h' | sort)
echo "headers: $count headers"
[ $count -gt 0 ] && exit $status
