#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the shipped programming schemes reach on the engine of the RTL, every read, pulse and packet
# checked: yield, iterations, pulses and errors; of pcm-quick at 256 x 256 also cycles and
# seconds. Golden, fast and SystemC model say the same and leave the same conductances, cell by
# cell, and each step has cost the same energy; the SystemC model takes the same cycles.
# Usage: schemes.sh SCHEME…; CONFIG: of one tile, with an engine, built before
# Last line: PASS program_schemes <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
config=${CONFIG:-large_program}
OUT=${OUT:-sim/out/unit/program_schemes}
rtl=sim/out/build/$config-1x1/libohm_rtl.so
[ $# -gt 0 ] || { echo "schemes.sh: expected names of sim/configs/programming" >&2; exit 2; }
mkdir -p "$OUT" sim/out/build
flock sim/out/build/lock make -s sim/out/build/ohm-program tlm "$rtl" CONFIG="$config" MESH=1x1 \
    >"$OUT/build.log" 2>&1 ||
    { tail -20 "$OUT/build.log"; echo "FAIL program_schemes: build"; exit 1; }
total=0
expect() { # expect SCHEME WHAT AWK-CONDITION, of the numbers of that line
    if ! awk -v name="$2" '$1 == name && !n++ { gsub(/[,%]/, ""); ok = '"$3"' } END { exit !ok }' \
        "$OUT/$1.rtl.log"; then
        cat "$OUT/$1.rtl.log"
        echo "FAIL program_schemes: $config, $1: $2: expected $3"
        exit 1
    fi
    total=$((total + 1))
}
for scheme in "$@"; do
    for backend in rtl golden model tlm; do
        with=(--backend "$backend" --config "$config" --energy sim/configs/energy.txt)
        [ $backend != rtl ] || with+=(--rtl-lib "$rtl")
        [ $backend != tlm ] || with+=(--tlm-lib sim/out/build/libohm_tlm.so)
        sim/out/build/ohm-program "${with[@]}" --scheme "sim/configs/programming/$scheme.txt" \
            --device-file "sim/configs/devices/${scheme%%-*}-pulses.txt" \
            --cells "$OUT/$backend.cells" >"$OUT/$scheme.$backend.log" ||
            { echo "FAIL program_schemes: $config, $scheme on $backend"; exit 1; }
        grep -v '^cycles\|^time\|^  row\|^  array' "$OUT/$scheme.$backend.log" \
            >"$OUT/$backend.numbers"
        for what in cells numbers; do
            cmp "$OUT/rtl.$what" "$OUT/$backend.$what" || {
                echo "FAIL program_schemes: $config, $scheme: $backend and RTL differ: $what"
                exit 1
            }
        done
        total=$((total + 2))
    done
    timed='^cycles\|^  row\|^  array'
    diff <(grep "$timed" "$OUT/$scheme.rtl.log") <(grep "$timed" "$OUT/$scheme.tlm.log") || {
        echo "FAIL program_schemes: $config, $scheme: SystemC model and RTL differ: cycles"
        exit 1
    }
    total=$((total + 1))
    expect "$scheme" yield '$2 >= 99'
    case $scheme in
    pcm*)
        expect "$scheme" iterations '$NF <= 30'
        expect "$scheme" final '$9 + $11 + $13 + $15 + $17 + $19 >= 99'
        expect "$scheme" error '$3 <= 5' ;;
    rram)
        expect "$scheme" pulses '$2 <= 8.6'
        expect "$scheme" error '$7 <= 1' ;;
    esac
    if [ "$scheme $config" = "pcm-quick large_program" ]; then
        expect "$scheme" cycles '$2 <= 9e6'
        expect "$scheme" time '$7 <= 60'
    fi
    echo "$config $scheme:" "$(awk '$1 ~ /^(yield|cycles|time)$/' "$OUT/$scheme.rtl.log" | xargs)"
done
echo "PASS program_schemes $total checks"
