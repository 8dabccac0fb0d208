#!/usr/bin/env bash
# dashboard.sh ROOT PROGRAM [SHOTS]: a real browser on the dashboard of a running daemon; skipped
# without chromium or node (deploy/packages.sh browser), or when playwright-core cannot be had from
# npm. SHOTS: a directory that screenshots are put into.
#
# playwright-core is installed beside the user's caches, not in the tree, once.
set -euo pipefail
root=$1 program=$2 shots=${3-}
chromium=$(command -v chromium || command -v chromium-browser) || exit 77
command -v node >/dev/null && command -v npm >/dev/null || exit 77

version=1.48.2
place=${XDG_CACHE_HOME:-$HOME/.cache}/dupd-tests/playwright-core-$version
if [ ! -d "$place/node_modules/playwright-core" ]; then
    mkdir -p "$place"
    npm install --silent --no-audit --no-fund --prefix "$place" "playwright-core@$version" >/dev/null 2>&1 || {
        echo "dashboard: playwright-core cannot be installed; skipped"
        exit 77
    }
fi
export NODE_PATH=$place/node_modules CHROMIUM=$chromium
look() { node "$root/tests/e2e/dashboard.js" "$program" "$root/deploy/samples" "$shots"; }
# A browser starves on a machine that is busy with other things: what fails twice is wrong.
look || { echo "dashboard: once more" && look; }
