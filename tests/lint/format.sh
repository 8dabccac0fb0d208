#!/usr/bin/env bash
# format.sh ROOT: clang-format decides layout. Version 14, since others disagree with it in details;
# skipped where it is absent.
set -euo pipefail
command -v clang-format-14 >/dev/null || exit 77
cd "$1"
find include src tests bench -name '*.[ch]' -print0 | xargs -0 clang-format-14 --dry-run -Werror
