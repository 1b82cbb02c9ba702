#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The chip in units, each compiled once (tb/harness/ohm_unit.h), against the chip as one model,
# which builds with waves are: the same scores and the same cycles. Last line: `PASS units <n>
# checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=sim/out/build
flock $build/lock make -s build CONFIG="$CONFIG" MESH="$MESH" WAVES=1

run() { # run LIBRARY OUT
    $build/ohmic --rtl-lib "$build/$1/libohm_rtl.so" --net sim/networks/digits-16-16-10 \
        --data sim/data/digits/test-images-4x4.npy --labels sim/data/digits/test-labels.npy \
            --config "$CONFIG" --mesh "$MESH" \
        --device pcm-hermes --count 200 --seed "$SEED" --out "$OUT/$2" >"$OUT/$2.log" ||
            { cat "$OUT/$2.log"; exit 1; }
    grep '^cycles' "$OUT/$2.log"
}
units=$(run "$CONFIG-$MESH" units)
whole=$(run "$CONFIG-$MESH-waves" whole)
echo "units  $units"
echo "whole  $whole"
[ -n "$units" ] && [ "$units" = "$whole" ] || { echo "FAIL units: cycles differ"; exit 1; }
cmp "$OUT/units/predictions.csv" "$OUT/whole/predictions.csv" ||
    { echo "FAIL units: scores differ"; exit 1; }
echo "PASS units 201 checks"
