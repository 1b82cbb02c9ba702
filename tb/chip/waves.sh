#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one image with waves; each signal that a view of sim/waves/ names must be in the file. Views
# look at one tile, so one tile is enough. Last line: `PASS waves <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
flock sim/out/build/lock make -s build CONFIG="$CONFIG" MESH="$MESH" WAVES=1
sim/out/build/ohmic --rtl-lib "sim/out/build/$CONFIG-$MESH-waves/libohm_rtl.so" \
    --net sim/networks/digits-16-10 \
    --data sim/data/digits/test-images-4x4.npy --labels sim/data/digits/test-labels.npy \
        --config "$CONFIG" --mesh "$MESH" \
    --device pcm-hermes --count 1 --seed "$SEED" --out "$OUT" \
        --waves "$OUT/wave.fst" >"$OUT/ohmic.log" || { cat "$OUT/ohmic.log"; exit 1; }
python3 scripts/waves.py fit "$OUT/wave.fst"
python3 scripts/waves.py check "$OUT/wave.fst" sim/waves/*.gtkw
