#!/usr/bin/env bash
# man.sh DIR...: mandoc has nothing to say about the man pages in DIR; skipped without mandoc.
set -euo pipefail
command -v mandoc >/dev/null || exit 77
mapfile -t pages < <(find "$@" -name '*.[1-9]' | sort)
[ ${#pages[@]} -gt 0 ] || {
    echo "man: no man pages in $*"
    exit 1
}
mandoc -T lint -W warning "${pages[@]}"
echo "man: ${#pages[@]} pages"
