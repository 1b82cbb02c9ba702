#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A network of sequences through the RTL, every VMM and every vector instruction checked: one
# sequence at a time, some side by side, and more than partial sums have slots for. The scores are
# the golden model's. Last line: PASS sequences <n> checks.
# Usage: run.sh; MESH and CONFIG: the chip, built before
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${OUT:-sim/out/chip/sequences}
config=${CONFIG:-tiny_vec} mesh=${MESH:-2x2} build=sim/out/build
rm -rf "$out" && mkdir -p "$out"
python=python3
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
"$python" tb/unit/sequences/make.py "$out" "${SEED:-1}"

# run BACKEND LANES: mismatches are the program's to find
run() {
    "$build/ohmic" --backend "$1" --rtl-lib "$build/$config-$mesh/libohm_rtl.so" --lanes "$2" \
        --net "$out/rnn_16" --data "$out/rnn_16/x.npy" --config "$config" --mesh "$mesh" \
        --out "$out/$1-$2" >"$out/$1-$2.log" 2>&1 ||
        { tail -4 "$out/$1-$2.log"; echo "FAIL sequences: $1, $2 lanes"; exit 1; }
}
total=0
for lanes in 1 2 5; do
    run rtl "$lanes"
    run golden "$lanes"
    cmp "$out/rtl-$lanes/scores.csv" "$out/golden-$lanes/scores.csv" || exit 1
    checked=$(sed -n 's/^VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$out/rtl-$lanes.log")
    [ "${checked:-0}" -gt 0 ] || { echo "FAIL sequences: nothing was checked"; exit 1; }
    total=$((total + checked))
done
echo "PASS sequences $total checks"
