#!/usr/bin/env bash
# tree.sh ROOT: what no file may have: more than 600 lines, a note to do it later, a path of some
# one machine, trailing blanks, tabs in C; and every C file opens with a comment that says what it is.
set -euo pipefail
cd "$1"
status=0
complain() {
    echo "tree: $*"
    status=1
}

while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 600 ] || complain "$file has $lines lines; 600 are the limit"
    [ "$file" = tests/lint/tree.sh ] && continue
    if grep -nE '\b(TODO|FIXME|XXX)\b' "$file"; then
        complain "$file leaves something to be done"
    fi
    if grep -nE '(^|[^.[:alnum:]])/(work|root|home)/' "$file"; then
        complain "$file names a path of one machine"
    fi
    if grep -nE '[[:blank:]]+$' "$file"; then
        complain "$file has trailing blanks"
    fi
    case $file in
    *.c | *.h)
        if grep -n $'\t' "$file"; then
            complain "$file has tabs"
        fi
        [ "$(head -c 2 "$file")" = '/*' ] || complain "$file does not open with a comment that says what it is"
        ;;
    esac
done < <(find CMakeLists.txt cmake include src tests bench deploy docs README.md .ci -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.cmake' -o -name CMakeLists.txt -o -name '*.md' -o -name run \) | sort)
exit $status
