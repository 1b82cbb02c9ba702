#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# loss.c on a chip with parity in whose mesh one flit flips a bit, which costs its packet. The chip
# and the test are built from a copy of the sources: the configuration has PARITY = 1, and a
# router's queue asks C whether a word that enters is hit. Usage: loss.sh [HITS], 30 of each number
# of lanes without it, 0: every flit. CONFIG, MESH, SEED and OUT in the environment; last line:
# `PASS loss <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
tree=$OUT/tree
rm -rf "$tree"
mkdir -p "$tree/sim/out"
cp -r Makefile rtl behav tb scripts docs README.md ohmic.core "$tree"
cp -r sim/configs sim/host sim/kernels "$tree/sim"
cache=$(realpath -m sim/out/cache)
cd "$tree"
fail() {
    echo "FAIL loss: $*"
    exit 1
}
sed -i "s/\"$CONFIG\": {\"like\": \"tiny\",/& \"PARITY\": 1,/" sim/configs/ohmic.json
grep -q "\"$CONFIG\":.*\"PARITY\": 1" sim/configs/ohmic.json ||
    fail "$CONFIG: expected a configuration like tiny"
python3 scripts/gen.py write >/dev/null
# 35 bits with the parity: a flit of the mesh; bit 3 flips
flip="in_data ^ ((W == 35 \&\& ohm_hit() != 0) ? {{W-4{1'b0}}, 4'd8} : {W{1'b0}})"
sed "s/mem\[tail_q\] <= in_data;/mem[tail_q] <= $flip;/
     s/^    reg .*mem *\[/    import \"DPI-C\" function int ohm_hit();\n&/" \
    rtl/common/ohm_fifo.v >rtl/common/ohm_fifo.sv
rm rtl/common/ohm_fifo.v
[ "$(grep -c ohm_hit rtl/common/ohm_fifo.sv)" = 2 ] ||
    fail "ohm_fifo.v has changed, the flip has no place"
sed -i 's|rtl/common/ohm_fifo.v|rtl/common/ohm_fifo.sv|' rtl/rtl.f
cat >>tb/harness/ohm_dpi.c <<'END'

/* Counts flits while OHM_HIT is there; 1 for the one that it names. */
int ohm_hit(void)
{
    const char *at = getenv("OHM_HIT"), *count = getenv("OHM_HIT_COUNT");
    char text[24];

    if (!at || !count)
        return 0;
    const long n = strtol(count, NULL, 10);
    snprintf(text, sizeof text, "%ld", n + 1);
    setenv("OHM_HIT_COUNT", text, 1);
    return n == strtol(at, NULL, 10);
}
END
sed -i '0,/^#include/s//#include <stdio.h>\n#include <stdlib.h>\n#include/' tb/harness/ohm_dpi.c
sed -i 's/^\(void ohm_dpi_vec\)/int ohm_hit(void);\n\1/' tb/harness/ohm_dpi.h
OHM_CACHE=$cache make -s "sim/out/build/$CONFIG-$MESH/test_loss" CONFIG="$CONFIG" MESH="$MESH" \
    >build.log 2>&1 || { tail -20 build.log; fail "the chip did not build"; }
"sim/out/build/$CONFIG-$MESH/test_loss" "$SEED" "$@"
cd - >/dev/null
rm -rf "$tree"
