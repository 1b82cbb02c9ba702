#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Nothing that begins as X reaches a port: a network's packets on a chip whose macros are emulated,
# under Icarus, where registers and memories begin as X, also with a reset in the middle of the
# traffic. Its packets are those of the Verilated chip. CONFIG, MESH, SEED and OUT in the
# environment; x.sh [PART…]: behind which hundredths of the words the reset comes (30 70 97).
# Last line: PASS x <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- 30 70 97
die() { echo "FAIL x: $1"; exit 1; }
rm -rf "$OUT"
mkdir -p "$OUT"
sim/out/build/ohmic --rtl-lib "sim/out/build/$CONFIG-$MESH/libohm_rtl.so" --config "$CONFIG" \
    --mesh "$MESH" --net sim/networks/digits-16-16-10 --data sim/data/digits/test-images-4x4.npy \
    --device ideal --count 1 --record "$OUT/run.rec" --out "$OUT/run" >"$OUT/run.log" ||
    die "$(tail -1 "$OUT/run.log")"
words=$(python3 tb/chip/x_script.py make "$OUT/run.rec" "$OUT/script.hex")
python3 scripts/gen.py flags verilator "$CONFIG" "$MESH" | tr ' ' '\n' |
    sed 's/^-G\([A-Z_]*\)=\(.*\)/.\1(\2)/' | paste -sd, | sed 's/^/`define OHM_PARAMETERS /' \
    >"$OUT/x_parameters.vh"
# shellcheck disable=SC2046 # lists of files
iverilog -g2005 -o "$OUT/bench" -I "$OUT" -I rtl/common -s x_bench tb/chip/x_bench.v \
    $(scripts/sources.sh rtl) rtl/macro/ohm_macro_emu.v rtl/macro/ohm_emu_*.v \
    >"$OUT/build.log" 2>&1 ||
    die "build: $(head -1 "$OUT/build.log")"
total=0
# Somewhere: while it is configured, programmed, and while images pass.
for part; do
    cut=$((words * part / 100 + SEED % 7))
    vvp -n "$OUT/bench" +script="$OUT/script.hex" +words="$words" +cut=$cut \
        >"$OUT/$part.log" 2>&1 ||
        die "vvp: $(tail -1 "$OUT/$part.log")"
    grep -q '^done ' "$OUT/$part.log" || die "$(grep -m1 FAIL "$OUT/$part.log" || echo no end)"
    n=$(python3 tb/chip/x_script.py check "$OUT/run.rec" "$OUT/$part.log") || die "$n"
    cycles=$(sed -n 's/^done //p' "$OUT/$part.log")
    echo "reset behind word $cut of $words: $n packets, $cycles cycles"
    total=$((total + n))
done
echo "PASS x $total checks"
