#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bad_packets on a chip with PARITY = 1 in whose mesh bits flip: the table `hits` of bad_packets.h,
# with the rest of that test. The chip is built from a copy of the sources, in which a router's
# queue takes in two words with a wrong bit: 4yx07C00 (a first flit) and BAD0B175 (any other). Once
# it is wrong, a word is another one and not hit again. GOOD: where the test was built, for planted
# faults. CONFIG, MESH, SEED and OUT in the environment; last line: `PASS bad_packets <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
built=${GOOD:-sim/out/build}/$CONFIG-$MESH
[ -n "${GOOD:-}" ] || flock sim/out/build/lock make \
    -s "$built/test_bad_packets" CONFIG="$CONFIG" MESH="$MESH"
tree=$OUT/tree
rm -rf "$tree"
mkdir -p "$tree/sim"
cp -r Makefile rtl behav tb scripts "$tree"
cp -r sim/configs "$tree/sim"
fifo=$tree/rtl/common/ohm_fifo.v
# 35 bits with the parity: a flit of the mesh; bit 3 flips
first="(in_data[31:0] | 32'h0FF00000) == 32'h4FF07C00"
hit="W == 35 \&\& ($first || in_data[31:0] == 32'hBAD0B175)"
flip="in_data ^ (($hit) ? {{W-4{1'b0}}, 4'd8} : {W{1'b0}})"
sed -i "s/mem\[tail_q\] <= in_data;/mem[tail_q] <= $flip;/" "$fifo"
grep -q BAD0B175 "$fifo" || { echo "FAIL hits: ohm_fifo.v has changed, the flip has no place";
    exit 1; }
make -s -C "$tree" rtl CONFIG="$CONFIG" MESH="$MESH" RTL_DIR=hit >"$OUT/build.log" 2>&1 ||
    { tail -20 "$OUT/build.log"; echo "FAIL hits: the chip did not build"; exit 1; }
cp "$built/test_bad_packets" "$tree/hit/"
"$tree/hit/test_bad_packets" "$SEED" hits
rm -rf "$tree"
