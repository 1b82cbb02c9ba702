#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# For planted faults: the 64-32-10 network on the 4x4 tiny chip of this tree, driven by the sound
# ohmic in $GOOD.
cd "$(dirname "$0")/../.." || exit 1
exec "$GOOD/ohmic" --rtl-lib sim/out/build/tiny-4x4/libohm_rtl.so \
    --net sim/networks/digits-64-32-10 \
    --data sim/data/digits/test-images.npy --labels sim/data/digits/test-labels.npy --config tiny \
        --mesh 4x4 --device ideal \
    --count 40 --out sim/out/planted
