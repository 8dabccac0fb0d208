#!/usr/bin/env bash
# dashboard.sh ROOT PROGRAM [SHOTS]: a real browser on the dashboard of a running daemon; skipped
# where there is none (browser_kit.sh). SHOTS: a directory that screenshots are put into.
set -euo pipefail
root=$1 program=$2 shots=${3-}
. "$root/tests/e2e/browser_kit.sh"
browser_kit dashboard
browser_twice node "$root/tests/e2e/dashboard.js" "$program" "$root/deploy/samples" "$shots"
