#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The macro's emulation view against the formulas of docs/reference/numeric.md, several sizes and
# seeds. Usage: run.sh [READS]
# Last line: PASS emu <n> checks.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=${OUT:-$root/sim/out/unit/emu}
mkdir -p "$out"
reads=${1:-60}
rtl=${RTL:-$root/rtl}
total=0
# rows, columns, CODE_W, ADC, MUX, ADC_CYCLES, SERIAL, PROGRAM, TRANSPOSE
for size in "16 16 10 0 1 1 0 1 0" "5 7 5 0 1 1 0 0 1" "64 33 11 0 1 1 0 1 1" \
    "16 16 10 1 1 1 0 0 0" "5 6 5 2 3 2 0 0 0" "16 16 10 0 1 1 1 0 0" "5 7 5 0 1 1 1 1 0" \
    "20 18 10 0 1 1 1 1 0"; do
    # shellcheck disable=SC2086
    set -- $size
    dir=$out/$1x$2-$4-$7
    "$root/tb/unit/verilate.sh" -Wall --x-assign unique --x-initial unique --top-module ohm_macro \
        -I"$root/rtl/common" \
        -GROWS="$1" -GCOLS="$2" -GCODE_W="$3" -GADC="$4" -GMUX="$5" -GADC_CYCLES="$6" \
            -GSERIAL="$7" -GPROGRAM="$8" -GTRANSPOSE="$9" \
        -CFLAGS "-std=c++17 -Wall -Wextra -DROWS=$1 -DCOLS=$2 -DCODE_W=$3 -DADC=$4 -DMUX=$5" \
        -CFLAGS "-DADC_CYCLES=$6 -DSERIAL=$7 -DPROGRAM=$8 -DTRANSPOSE=$9" \
        --Mdir "$dir" -o bench "$rtl"/macro/ohm_macro_emu.v "$rtl"/macro/ohm_emu_*.v \
        "$here/bench.cpp" >"$dir.build.log" \
            2>&1 ||
        { tail -20 "$dir.build.log"; echo "FAIL emu: build $size"; exit 1; }
    for seed in 1 2; do
        "$dir/bench" "$seed" "$reads" "+verilator+seed+$seed" +verilator+rand+reset+2 \
            >"$dir.$seed.log" 2>&1 ||
            { tail -3 "$dir.$seed.log"; echo "FAIL emu: $size seed $seed"; exit 1; }
        n=$(sed -n 's/^checks //p' "$dir.$seed.log")
        [ "${n:-0}" -gt 0 ] || { echo "FAIL emu: $size seed $seed: no checks"; exit 1; }
        total=$((total + n))
    done
done
echo "PASS emu $total checks"
