#!/usr/bin/env bash
# shell.sh ROOT: shellcheck on every script; skipped where it is absent.
set -euo pipefail
command -v shellcheck >/dev/null || exit 77
cd "$1"
find . -path ./build -prune -o -path ./.git -prune -o -type f \( -name '*.sh' -o -path './.ci/run' \) -print0 |
    xargs -0 shellcheck -x
