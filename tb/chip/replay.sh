#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One image replayed alone gives the bits of the long run: same noise, same scores, same class. Last
# line: `PASS replay <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."

run() { # run OUT FIRST COUNT SEED
    sim/out/build/ohmic --rtl-lib "sim/out/build/$CONFIG-$MESH/libohm_rtl.so" \
        --net sim/networks/digits-16-16-10 \
        --data sim/data/digits/test-images-4x4.npy --labels sim/data/digits/test-labels.npy \
            --config "$CONFIG" --mesh "$MESH" \
        --device pcm-hermes --out "$OUT/$1" --first "$2" --count "$3" \
            --seed "$4" >"$OUT/$1.log" || { cat "$OUT/$1.log"; exit 1; }
}
row() { grep -E "^$2," "$OUT/$1/predictions.csv"; }

checks=0
run long 40 30 "$SEED"
for image in 40 53 69; do
    run one $image 1 "$SEED"
    if [ "$(row long $image)" != "$(row one $image)" ]; then
        echo "FAIL replay: image $image: alone '$(row one $image)'," \
            "in the long run '$(row long $image)'"
        exit 1
    fi
    checks=$((checks + 1))
done
run other 40 30 $((SEED + 1))
if cmp -s "$OUT/long/predictions.csv" "$OUT/other/predictions.csv"; then
    echo "FAIL replay: another seed gives the same scores: is there noise at all?"
    exit 1
fi
echo "PASS replay $((checks + 1)) checks"
