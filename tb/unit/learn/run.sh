#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Updates of arrays: golden model, fast model and the document's sentences. With sanitizers. Last
# line: PASS learn <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/learn}
export OUT
mkdir -p "$OUT"
mapfile -t files < <(scripts/sources.sh c \
    behav/{common,device,crossbar,converter,golden,fast,energy})
objects=$(tb/unit/sanitized.sh "${files[@]}" tb/unit/learn/test_update.c) \
    || { echo "FAIL learn: build"; exit 1; }
mapfile -t objects <<<"$objects"
gcc -fsanitize=address,undefined "${objects[@]}" -lcmocka -lm -lpthread -o "$OUT/test_update"
"$OUT/test_update" >"$OUT/log" 2>&1 || { tail -20 "$OUT/log"; echo "FAIL learn"; exit 1; }
n=$(sed -n 's/^checks \([0-9]*\)$/\1/p' "$OUT/log")
[ "${n:-0}" -gt 0 ] || { echo "FAIL learn: no checks"; exit 1; }
echo "PASS learn $n checks"
