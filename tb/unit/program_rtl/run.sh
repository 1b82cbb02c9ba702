#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tb/chip/program.c on one tile alone, of sizes and converters that no configuration has.
# Usage: run.sh [CASES [size …]], with SEED in the environment; sizes: odd cco sar.
# Last line: `PASS program_tile <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../../.."
cases=${1:-4}
[ $# -eq 0 ] || shift
out=${OUT:-sim/out/unit/program_tile}
mkdir -p "$out"
mapfile -t include < <(scripts/sources.sh include)
mapfile -t files < <(scripts/sources.sh c behav/macro tb/harness)
rooms=(-Irtl/common -Irtl/core -Irtl/program -Irtl/shell -Irtl/walk)
library=sim/out/build/libohmic.a
env -u MAKEFLAGS -u MFLAGS flock sim/out/build/lock make -s "$library" \
    sim/out/build/ohm-check >"$out/build.log" 2>&1 ||
    { tail -5 "$out/build.log"; echo "FAIL program_tile: library"; exit 1; }
objects=
for file in "${files[@]}" tb/chip/program.c; do
    object=$out/$(basename "$file" .c).o
    gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE "${include[@]}" \
        -c "$file" -o "$object"
    objects+=" $(realpath "$object")"
done
total=0
[ $# -gt 0 ] || set -- odd
for name in "$@"; do
    # ROWS COLS CODE_W ADC MUX ADC_CYCLES ADC_BITS NSTREAM WINDOW
    case $name in
    odd) sizes='20 40 10 0 1 1 10 2 1' ;;
    cco) sizes='16 17 9 1 1 1 9 1 0' ;;
    sar) sizes='32 64 10 2 8 3 8 3 1' ;;
    *) echo "program_tile: size '$name', expected odd, cco or sar"; exit 2 ;;
    esac
    read -r rows cols code_w adc mux cycles bits streams window <<<"$sizes"
    dir=$(realpath "$out")/$name
    flags="-std=c++17"
    for flag in "${include[@]}"; do flags+=" -I$PWD/${flag#-I}"; done
    rm -f "$dir/bench" # Verilator's make does not look at our objects
    # shellcheck disable=SC2086 # a list of words
    tb/unit/verilate.sh --x-initial unique --assert -Wall --top-module ohm_tile -Mdir "$dir" \
        -o bench -GROWS="$rows" -GCOLS="$cols" -GCODE_W="$code_w" -GADC="$adc" -GMUX="$mux" \
        -GADC_CYCLES="$cycles" -GADC_BITS="$bits" -GNSTREAM="$streams" -GWINDOW="$window" \
        -GIBUF_WORDS=1024 -GPROGRAM=1 -CFLAGS "$flags" "${rooms[@]}" rtl/chip/ohm_tile.v \
        tb/harness/ohm_macro_dpi.sv tb/harness/ohm_trace_dpi.sv \
        "$PWD/tb/unit/program_rtl/tile.cpp" $objects \
        -LDFLAGS "$PWD/$library -lcjson -lz -lm -ldl -lpthread" \
        >"$dir.build.log" 2>&1 || { tail -20 "$dir.build.log"; exit 1; }
    CONFIG=small_program MESH=1x1 OUT=$out SIZES=$sizes RECORD=$dir.rec \
        "$dir/bench" "${SEED:-1}" "$cases" >"$dir.log" || { tail -3 "$dir.log"
            echo "      rerun: SEED=${SEED:-1} tb/unit/program_rtl/run.sh $cases $name"; exit 1; }
    n=$(sed -n 's/^PASS program_rtl \([0-9]*\) checks$/\1/p' "$dir.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL program_tile $name: no checks"; exit 1; }
    total=$((total + n))
    # The recording holds the pulses; with one bit of a mask changed it does not pass.
    said=$(sim/out/build/ohm-check "$dir.rec" 2>&1) || said="fails: $said"
    grep -q '^pulses [1-9]' <<<"$said" ||
        { echo "FAIL program_tile $name: the recording: $said"; exit 1; }
    awk '/^P / && ++n == 3 {$16 = substr($16, 1, 7) (substr($16, 8) == "1" ? "3" : "1")} {print}' \
        "$dir.rec" >"$dir.bent.rec"
    if said=$(sim/out/build/ohm-check "$dir.bent.rec" 2>&1) ||
        ! grep -q 'pulse: lines 0 to 31' <<<"$said"; then
        echo "FAIL program_tile $name: a mask changed in the recording: $said"; exit 1
    fi
    total=$((total + 2))
    rm -f "$dir.rec" "$dir.bent.rec"
    echo "$name: ok"
done
echo "PASS program_tile $total checks"
