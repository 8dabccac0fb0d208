#!/usr/bin/env bash
# arrows.sh ROOT: includes go one way, cli -> engine -> store -> core -> public headers.
# A room may include the public headers, itself (by room/name.h or bare name.h) and the rooms that
# its line below names. The public headers and the core may use only the system headers listed.
set -euo pipefail
cd "$1"
status=0

rooms_for() {
    case $1 in
    include) echo ;;
    core) echo core ;;
    store) echo store redis ;;
    input) echo input ;;
    settings) echo settings ;;
    engine) echo engine store redis ;;
    cli) echo cli daemon engine store redis input settings ;;
    redis) echo redis ;;
    http) echo http ;;
    daemon) echo daemon http engine store redis input settings ;;
    *) return 1 ;;
    esac
}
pure='stdbool|stddef|stdint|string|stdlib|stdarg|stdio|limits|float|math|assert|inttypes|errno'
pure="<($pure)\.h>|<xxhash\.h>|<utf8proc\.h>|<(imm|emm|tmm|smm)intrin\.h>"

# check ROOM FILE: complains about every include of FILE that ROOM may not have.
check() {
    local room=$1 file=$2 allowed name what
    allowed=" $(rooms_for "$room") "
    while read -r what; do
        name=${what#[<\"]}
        name=${name%[>\"]}
        case $what in
        \"dupd/*) [ -f "include/$name" ] && continue ;;
        \"*..*) ;;
        \"*/*) [[ $allowed == *" ${name%%/*} "* ]] && continue ;;
        \"*) [ -f "$(dirname "$file")/$name" ] && [ "$room" != include ] && continue ;;
        \<*)
            [[ $room != include && $room != core ]] && continue
            grep -qxE "$pure" <<<"$what" && continue
            ;;
        esac
        echo "arrows: $file ($room) may not include $what"
        status=1
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"][^>"]*[>"]).*/\1/p' "$file")
}

for file in include/dupd/*.h; do
    check include "$file"
done
while read -r file; do
    room=${file#src/}
    room=${room%%/*}
    if ! rooms_for "$room" >/dev/null; then
        echo "arrows: src/$room is a room that tests/lint/arrows.sh does not know"
        status=1
        continue
    fi
    check "$room" "$file"
done < <(find src -name '*.[ch]' | sort)
exit $status
