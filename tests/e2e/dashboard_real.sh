#!/usr/bin/env bash
# dashboard_real.sh ROOT PROGRAM [SHOTS]: the dashboard in a real browser on thousands of real articles:
# long titles, odd dates, extraction noise; once added to the embedded store, once pushed into a queue
# in a Redis of its own. The articles are others' and not in this tree; the test is skipped where there
# are none: DUPD_CORPUS, or ../shared/corpus beside the tree, is a directory with en_allsides.jsonl.zst.
# DUPD_CORPUS_ARTICLES: how many of them [3000]. SHOTS as for dashboard.sh: what is in those pictures,
# and in what a failure prints, is theirs as well.
set -euo pipefail
root=$1 program=$2 shots=${3-}
file=${DUPD_CORPUS:-$root/../shared/corpus}/en_allsides.jsonl.zst
if [ ! -r "$file" ] || ! command -v zstd >/dev/null; then
    echo "dashboard_real: no corpus, or no zstd to read it; skipped"
    exit 77
fi
. "$root/tests/e2e/browser_kit.sh"
browser_kit dashboard_real
articles=$(mktemp)
trap 'rm -f "$articles"' EXIT
zstd -dc "$file" >"$articles"
look() {
    echo "with ${1:-the embedded store}"
    browser_twice node "$root/tests/e2e/dashboard_real.js" "$program" "$articles" "${DUPD_CORPUS_ARTICLES:-3000}" \
        "$root/bench/data/synonyms.txt" "$shots" "$1"
}
look ''
redis=${REDIS_SERVER:-redis-server}
if command -v "$redis" >/dev/null; then
    look "$redis"
fi
