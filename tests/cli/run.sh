#!/usr/bin/env bash
# run.sh [--accept] ROOT PROGRAM CASE.t...: the program's exact output, errors and exit status.
#
# A case is a transcript; its commands run one after the other in a directory of its own, in which the
# files of deploy/samples and tests/cli/data lie:
#
#   # a comment
#   $ dupd check story.txt      a command for bash; `dupd` is PROGRAM
#   > and                       more lines of it
#   | text                      a line on standard output
#   ! text                      a line on standard error
#   ? 2                         the exit status, if it is not 0
#
# The transcript is made again from the commands and compared. --accept writes it instead: read the
# difference before you commit it.
set -euo pipefail
accept=false
if [ "$1" = --accept ]; then
    accept=true
    shift
fi
root=$1 program=$(realpath -e "$2")
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$program" "$work/bin/dupd"
status=0

# run COMMAND: appends what it prints to the transcript
run() {
    local code=0
    env -i PATH="$work/bin:$PATH" HOME="$work/home" LC_ALL=C.UTF-8 \
        ASAN_OPTIONS="${ASAN_OPTIONS:-}" \
        bash -c "$1" >"$work/out" 2>"$work/err" </dev/null || code=$?
    sed -e 's/^/| /' -e 's/ *$//' "$work/out"
    sed -e 's/^/! /' -e 's/ *$//' "$work/err"
    if [ $code -ne 0 ]; then
        echo "? $code"
    fi
}

# replay CASE: the transcript as it is now
replay() {
    local line command='' pending=false
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        '> '*)
            command+=$'\n'${line#> }
            printf '%s\n' "$line"
            continue
            ;;
        esac
        if $pending; then
            run "$command"
            pending=false
        fi
        case $line in
        '$ '*)
            command=${line#\$ }
            pending=true
            printf '%s\n' "$line"
            ;;
        '|'* | '!'* | '?'*) ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$1"
    if $pending; then
        run "$command"
    fi
}

for case in "$@"; do
    case=$(realpath "$case")
    rm -rf "${work:?}/dir" "${work:?}/home"
    mkdir "$work/dir" "$work/home"
    cp "$root"/deploy/samples/* "$root"/tests/cli/data/* "$work/dir"
    (cd "$work/dir" && replay "$case") >"$work/transcript"
    if $accept; then
        cp "$work/transcript" "$case"
    elif ! diff -u "$case" "$work/transcript"; then
        echo "run.sh: $case: the output differs (left: expected)"
        status=1
    fi
done
exit $status
