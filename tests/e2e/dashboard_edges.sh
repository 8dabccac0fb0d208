#!/usr/bin/env bash
# dashboard_edges.sh ROOT PROGRAM [SHOTS]: dashboard_edges.js in a real browser; skipped where there is
# none (browser_kit.sh). SHOTS as for dashboard.sh.
set -euo pipefail
root=$1 program=$2 shots=${3-}
. "$root/tests/e2e/browser_kit.sh"
browser_kit dashboard_edges
browser_twice node "$root/tests/e2e/dashboard_edges.js" "$program" "$shots"
