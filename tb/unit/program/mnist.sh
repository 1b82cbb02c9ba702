#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# MNIST, 784-240-10, whose five tiles the engines of the RTL program, every read, pulse and packet
# checked; then images. The fast model says the same of devices, pulses and scores.
# Usage: mnist.sh; CONFIG and MESH: a chip with engines, built before
# Last line: PASS program_mnist <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
config=${CONFIG:-large_program} mesh=${MESH:-3x2}
OUT=${OUT:-sim/out/unit/program_mnist}
rtl=sim/out/build/$config-$mesh/libohm_rtl.so
mkdir -p "$OUT" sim/out/build
flock sim/out/build/lock make -s sim/out/build/ohmic "$rtl" CONFIG="$config" MESH="$mesh" \
    >"$OUT/build.log" 2>&1 ||
    { tail -20 "$OUT/build.log"; echo "FAIL program_mnist: build"; exit 1; }
for backend in model rtl; do
    with=(--backend "$backend")
    [ $backend != rtl ] || with+=(--rtl-lib "$rtl")
    sim/out/build/ohmic "${with[@]}" --config "$config" --mesh "$mesh" --count 20 \
        --net sim/networks/mnist-784-240-10 --data sim/data/mnist/t10k-images-idx3-ubyte.gz \
        --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz \
        --device-file sim/configs/devices/pcm-pulses.txt \
        --program sim/configs/programming/pcm-quick.txt --out "$OUT/$backend" \
        >"$OUT/$backend.log" 2>&1 ||
        { tail -5 "$OUT/$backend.log"; echo "FAIL program_mnist: $backend"; exit 1; }
    grep '^program  \|^accuracy' "$OUT/$backend.log" >"$OUT/$backend.said"
done
[ "$(wc -l <"$OUT/rtl.said")" = 2 ] ||
    { echo "FAIL program_mnist: a line of the report is missing"; exit 1; }
for file in said /scores.csv /predictions.csv; do
    cmp "$OUT/model${file/said/.said}" "$OUT/rtl${file/said/.said}" ||
        { echo "FAIL program_mnist: RTL and fast model differ: $file"; exit 1; }
done
cat "$OUT/rtl.said"
total=$(sed -n 's/^VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$OUT/rtl.log")
[ "${total:-0}" -gt 0 ] || { echo "FAIL program_mnist: no VMM was checked"; exit 1; }
echo "PASS program_mnist $((total + 3)) checks"
