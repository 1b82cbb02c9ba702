#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one image with waves; each signal that a view of sim/waves/ names must be in the file. The
# file is there whole or not at all. Views look at one tile, so a chip of one is enough. Last line:
# `PASS waves <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
flock sim/out/build/lock make -s build CONFIG="$CONFIG" MESH="$MESH" WAVES=1
run() { # FILE of the waves
    sim/out/build/ohmic --rtl-lib "sim/out/build/$CONFIG-$MESH-waves/libohm_rtl.so" \
        --net sim/networks/digits-16-10 --data sim/data/digits/test-images-4x4.npy \
        --labels sim/data/digits/test-labels.npy --config "$CONFIG" --mesh "$MESH" \
        --device pcm-hermes --count 1 --seed "$SEED" --out "$OUT" --waves "$1"
}
fail() {
    echo "FAIL waves: $*"
    exit 1
}
# A limit on the size of files stands for a full disk, early and late.
for blocks in 1 60; do
    (ulimit -f $blocks; trap '' XFSZ; run "$OUT/full.fst" >"$OUT/full.log" 2>&1) &&
        fail "a full disk was not seen"
    grep -q 'full.fst: not written completely' "$OUT/full.log" || { cat "$OUT/full.log";
        fail "a full disk: no clear line"; }
    [ -z "$(find "$OUT" -name 'full.fst*')" ] ||
        fail "a full disk left $(find "$OUT" -name 'full.fst*')"
done
run "$OUT/wave.fst" >"$OUT/ohmic.log" || { cat "$OUT/ohmic.log"; exit 1; }
[ -z "$(find "$OUT" -name '*.part*')" ] || fail "a file under a temporary name is left"
python3 scripts/waves.py fit "$OUT/wave.fst"
python3 scripts/waves.py check "$OUT/wave.fst" sim/waves/*.gtkw
