#!/usr/bin/env bash
# promtool.sh TEST_METRICS: Prometheus's own checker has nothing to say about our metrics; skipped
# where there is no promtool (Debian package prometheus).
set -euo pipefail
command -v promtool >/dev/null || exit 77
file=$(mktemp)
trap 'rm -f "$file"' EXIT
"$1" metrics >"$file"
lines=$(wc -l <"$file")
if [ "$lines" -le 200 ]; then
    echo "promtool: only $lines lines of metrics"
    exit 1
fi
said=$(promtool check metrics <"$file" 2>&1) || said="failed: $said"
if [ -n "$said" ]; then
    echo "promtool: $said"
    exit 1
fi
echo "promtool: $lines lines, nothing to say"
