#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the shipped programming schemes reach on one array of 256 x 256 cells, and that the golden
# and the fast model say the same. Last line: PASS program_numbers <n> checks.
set -eu
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/program_numbers}
mkdir -p "$OUT" sim/out/build
flock sim/out/build/lock make -s sim/out/build/ohm-program sim/out/build/ohm-year \
    sim/out/build/ohmic \
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
# A second pass after relaxation: devices that have moved within the hour are brought back; both
# models alike.
{ cat sim/configs/programming/rram.txt; echo "relax = 3600"; } >"$OUT/relax.txt"
for scheme in sim/configs/programming/rram.txt "$OUT/relax.txt"; do
    for model in model golden; do
        sim/out/build/ohm-program --backend $model --config tiny --arrays 4 --time 3600 \
            --device-file sim/configs/devices/rram-pulses.txt --scheme "$scheme" |
            grep -v '^time' >"$OUT/$(basename "$scheme").$model.numbers" ||
            { echo "FAIL program_numbers: $scheme on $model"; exit 1; }
    done
    cmp "$OUT/$(basename "$scheme").model.numbers" "$OUT/$(basename "$scheme").golden.numbers" ||
        { echo "FAIL program_numbers: $scheme: golden and fast model differ"; exit 1; }
done
awk '$1 == "error" { e[n++] = $3 } END { exit !(n == 2 && e[0] > 5 && e[1] < 2) }' \
    "$OUT/rram.txt.model.numbers" "$OUT/relax.txt.model.numbers" ||
    { cat "$OUT/relax.txt.model.numbers"; echo "FAIL program_numbers: relax"; exit 1; }
total=$((total + 3))
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
if digits --device-file sim/configs/devices/rram-pulses.txt --program "$OUT/relax.txt" ||
    ! grep -q -e '--time: 0, expected at least 3600' "$OUT/digits.log" ||
    ! digits --device-file sim/configs/devices/rram-pulses.txt --program "$OUT/relax.txt" \
        --time 7200 --compensate; then
    cat "$OUT/digits.log"
    echo "FAIL program_numbers: a network after relaxation"
    exit 1
fi
if digits --program $scheme || ! grep -q -e '--program: with pcm-hermes' "$OUT/digits.log"; then
    echo "FAIL program_numbers: a device without switching model"
    exit 1
fi
total=$((total + 5))
# The test of a chip writes a map that a run takes; each model writes the same one.
for model in model golden; do
    sim/out/build/ohm-program --backend $model --device-file "$OUT/stuck.txt" --scheme $scheme \
        --config tiny --mesh 2x2 --defects "$OUT/defects.$model.txt" >"$OUT/defects.log" 2>&1 &&
        grep -q '^defects .* 2048 devices tested, [1-9]' "$OUT/defects.log" ||
        { cat "$OUT/defects.log"; echo "FAIL program_numbers: test of a chip"; exit 1; }
done
cmp "$OUT/defects.model.txt" "$OUT/defects.golden.txt" ||
    { echo "FAIL program_numbers: golden and fast model find other defects"; exit 1; }
if ! digits --device-file "$OUT/stuck.txt" --program $scheme --defects "$OUT/defects.model.txt" \
    --spare-columns 4 --time 86400 --compensate ||
    ! grep -q '^spare .* [1-9][0-9]* of them moved' "$OUT/digits.log" ||
    ! grep -q '^drift .* tiles conduct 1/1\.' "$OUT/digits.log"; then
    cat "$OUT/digits.log"
    echo "FAIL program_numbers: known defects"
    exit 1
fi
echo "0 0 plus 99 1 5" >>"$OUT/defects.model.txt"
if digits --device-file "$OUT/stuck.txt" --program $scheme --defects "$OUT/defects.model.txt" ||
    ! grep -q 'defects.model.txt:[0-9]*: row: 99, expected 0 to 15' "$OUT/digits.log"; then
    echo "FAIL program_numbers: a map with a wrong row"
    exit 1
fi
# Two months of a small network: the policy holds what gains alone and no care lose.
sim/out/build/ohm-year --net sim/networks/digits-64-32-10 --config small --days 60 --count 200 \
    --data sim/data/digits/test-images.npy --labels sim/data/digits/test-labels.npy --cell 8 \
    --device-file sim/configs/devices/pcm-pulses.txt --scheme $scheme \
    --energy sim/configs/energy.txt --out "$OUT/year" >"$OUT/year.log" 2>&1 ||
    { cat "$OUT/year.log"; echo "FAIL program_numbers: year"; exit 1; }
awk -F, 'NR > 1 { n++; after += $3; gains += $4; alone += $5; tiles = $10
                  first = first ? first : $3 }
    END { after /= n; gains /= n; alone /= n
          exit !(n > 20 && tiles > 0 && first - after < 1 && after > gains + 0.5 \
                 && gains > alone + 2) }' "$OUT/year/year.csv" ||
    { tail -3 "$OUT/year.log"; echo "FAIL program_numbers: year"; exit 1; }
total=$((total + 6))
echo "PASS program_numbers $total checks"
