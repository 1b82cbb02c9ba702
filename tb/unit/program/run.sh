#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The programming engine: golden and fast model against one that is written a second time from
# docs/reference/programming.md and works the macro by its pins, decision for decision and device
# for device. With sanitizers. Last line: PASS program <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/program}
export OUT
mkdir -p "$OUT"
mapfile -t files < <(scripts/sources.sh c \
    behav/{common,device,crossbar,converter,golden,macro,fast,energy})
objects=$(tb/unit/sanitized.sh "${files[@]}" tb/unit/program/pins.c \
    tb/unit/program/test_program.c) || { echo "FAIL program: build"; exit 1; }
mapfile -t objects <<<"$objects"
gcc -fsanitize=address,undefined "${objects[@]}" -lcmocka -lm -lpthread -o "$OUT/test_program"
"$OUT/test_program" >"$OUT/log" 2>&1 || { tail -20 "$OUT/log"; echo "FAIL program"; exit 1; }
n=$(sed -n 's/^checks \([0-9]*\)$/\1/p' "$OUT/log")
[ "${n:-0}" -gt 0 ] || { echo "FAIL program: no checks"; exit 1; }
echo "PASS program $n checks"
