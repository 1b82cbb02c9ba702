#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Updates of arrays: golden model, fast model and the document's sentences; matrices that learn.
# With sanitizers. Last line: PASS learn <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/learn}
export OUT
mkdir -p "$OUT"
mapfile -t files < <(scripts/sources.sh c \
    behav/{common,device,crossbar,converter,golden,fast,energy} sim/host/learn)
total=0
for name in update learn; do
    objects=$(tb/unit/sanitized.sh "${files[@]}" tb/unit/learn/test_$name.c) \
        || { echo "FAIL learn: build"; exit 1; }
    mapfile -t objects <<<"$objects"
    gcc -fsanitize=address,undefined "${objects[@]}" -lcmocka -lm -lpthread -o "$OUT/test_$name"
    "$OUT/test_$name" >"$OUT/$name.log" 2>&1 || {
        tail -20 "$OUT/$name.log"; echo "FAIL learn: test_$name"; exit 1; }
    n=$(sed -n 's/^checks \([0-9]*\)$/\1/p' "$OUT/$name.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL learn: test_$name made no check"; exit 1; }
    total=$((total + n))
done
echo "PASS learn $total checks"
