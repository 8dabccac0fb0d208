#!/usr/bin/env bash
# browser_kit.sh: for scripts that run a browser test: `. browser_kit.sh`, then browser_kit NAME, which
# exports NODE_PATH and CHROMIUM, or exits 77 without chromium or node (deploy/packages.sh browser) or
# when playwright-core cannot be had from npm, or when the browser does not even show an empty page
# (a machine whose kernel lets it make no process of its own); and browser_twice COMMAND....
#
# playwright-core is installed beside the user's caches, not in the tree, once.

browser_kit() {
    local version=1.48.2 place
    CHROMIUM=$(command -v chromium || command -v chromium-browser) || exit 77
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        exit 77
    fi
    place=${XDG_CACHE_HOME:-$HOME/.cache}/dupd-tests/playwright-core-$version
    if [ ! -d "$place/node_modules/playwright-core" ]; then
        mkdir -p "$place"
        npm install --silent --no-audit --no-fund --prefix "$place" "playwright-core@$version" >/dev/null 2>&1 || {
            echo "$1: playwright-core cannot be installed; skipped"
            exit 77
        }
    fi
    timeout 60 "$CHROMIUM" --headless --no-sandbox --dump-dom about:blank >/dev/null 2>&1 || {
        echo "$1: $CHROMIUM does not run here; skipped"
        exit 77
    }
    NODE_PATH=$place/node_modules
    export CHROMIUM NODE_PATH
}

# A browser starves on a machine that is busy with other things: what fails twice is wrong.
browser_twice() {
    "$@" || { echo "once more" && "$@"; }
}
