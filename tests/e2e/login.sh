#!/usr/bin/env bash
# login.sh ROOT PROGRAM [SHOTS]: logging in and out of a daemon with a token, in a real browser;
# skipped where there is none (browser_kit.sh).
set -euo pipefail
root=$1 program=$2 shots=${3-}
. "$root/tests/e2e/browser_kit.sh"
browser_kit login
browser_twice node "$root/tests/e2e/login.js" "$program" "$shots"
