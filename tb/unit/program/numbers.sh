#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the shipped programming schemes reach on one array of 256 x 256 cells, and that the golden
# and the fast model say the same. Last line: PASS program_numbers <n> checks.
set -eu
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/program_numbers}
mkdir -p "$OUT" sim/out/build
flock sim/out/build/lock make -s sim/out/build/ohm-program sim/out/build/ohmic \
    >"$OUT/build.log" 2>&1 ||
    { tail -20 "$OUT/build.log"; echo "FAIL program_numbers: build"; exit 1; }
program() { # program NAME BACKEND OPTIONS…
    name=$1
    log=$OUT/$name.$2.log
    backend=$2
    shift 2
    sim/out/build/ohm-program --backend "$backend" \
        --device-file "sim/configs/devices/$name-pulses.txt" \
        --scheme "sim/configs/programming/$name.txt" "$@" >"$log" ||
        { echo "FAIL program_numbers: $name"; exit 1; }
}
total=0
expect() { # expect NAME WHAT AWK-CONDITION, of the numbers of that line
    if ! awk -v name="$2" '$1 == name { gsub(/[,%]/, ""); ok = '"$3"' } END { exit !ok }' \
        "$OUT/$1.model.log"; then
        cat "$OUT/$1.model.log"
        echo "FAIL program_numbers: $1: $2: expected $3"
        exit 1
    fi
    total=$((total + 1))
}
# within 5 codes of the ADC at a read of its own, in 30 iterations, error below 5 % of the range
program pcm model
expect pcm yield '$2 >= 99'
expect pcm iterations '$NF <= 30'
expect pcm final '$9 + $11 + $13 + $15 + $17 + $19 >= 99'
expect pcm error '$3 <= 5'
# within 1 uS, 8.6 pulses a device
program rram model
expect rram yield '$2 >= 99'
expect rram pulses '$2 <= 8.6'
expect rram error '$7 <= 1'
for name in pcm rram; do
    program "$name" model --config tiny
    program "$name" golden --config tiny
    for model in model golden; do
        grep -v '^time' "$OUT/$name.$model.log" >"$OUT/$name.$model.numbers"
    done
    cmp "$OUT/$name.model.numbers" "$OUT/$name.golden.numbers" ||
        { echo "FAIL program_numbers: $name: golden and fast model differ"; exit 1; }
    total=$((total + 1))
done
# A network whose cells are programmed so, some images again on the golden model; what is refused.
digits() { # digits OPTIONS…
    sim/out/build/ohmic --backend model --config tiny --mesh 2x2 --count 200 --out "$OUT/digits" \
        --net sim/networks/digits-16-16-10 --data sim/data/digits/test-images-4x4.npy \
        --labels sim/data/digits/test-labels.npy "$@" >"$OUT/digits.log" 2>&1
}
scheme=sim/configs/programming/pcm.txt
if ! digits --device-file sim/configs/devices/pcm-pulses.txt --program $scheme ||
    ! grep -q '^program .* 99\.[0-9]* % accepted\|^program .* 100\.000 % accepted' \
        "$OUT/digits.log"; then
    cat "$OUT/digits.log"
    echo "FAIL program_numbers: digits"
    exit 1
fi
{ cat sim/configs/devices/pcm-pulses.txt; echo "stuck_high = 0.02"; } >"$OUT/stuck.txt"
if ! digits --device-file "$OUT/stuck.txt" --program $scheme ||
    ! grep -q '^program .* [1-9][0-9]* cells made up for' "$OUT/digits.log"; then
    cat "$OUT/digits.log"
    echo "FAIL program_numbers: stuck devices"
    exit 1
fi
if digits --program $scheme || ! grep -q -e '--program: with pcm-hermes' "$OUT/digits.log"; then
    echo "FAIL program_numbers: a device without switching model"
    exit 1
fi
total=$((total + 3))
echo "PASS program_numbers $total checks"
