#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What programming by pulses promises of MNIST, 784-240-10, 10,000 images: day 0, a day later with
# and without compensation, one device in a hundred stuck, a simulated year under the refresh
# policy; and arrays a minute on two cores. Last line: PASS program_full <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/program_full}
mkdir -p "$OUT" sim/out/build
flock sim/out/build/lock make -s sim/out/build/ohm-program sim/out/build/ohm-year \
    sim/out/build/ohmic >"$OUT/build.log" 2>&1 ||
    { tail -20 "$OUT/build.log"; echo "FAIL program_full: build"; exit 1; }
scheme=sim/configs/programming/pcm.txt
pulses=sim/configs/devices/pcm-pulses.txt
mnist=(--net sim/networks/mnist-784-240-10 --data sim/data/mnist/t10k-images-idx3-ubyte.gz
       --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz --config large)
total=0
fail() { echo "FAIL program_full: $*"; exit 1; }
run() { # run NAME POINTS DEVICE-FILE OPTIONS…: at most so far below the ideal chip
    local name=$1 points=$2 device=$3
    shift 3
    sim/out/build/ohmic "${mnist[@]}" --backend model --count 10000 --device-file "$device" \
        --program $scheme --out "$OUT/$name" "$@" >"$OUT/$name.log" 2>&1 ||
        { tail -20 "$OUT/$name.log"; fail "$name"; }
    sed -n "s/^accuracy/$name: accuracy/p" "$OUT/$name.log"
    awk -v most="$points" '$1 == "accuracy" { ok = $7 - $4 <= most } END { exit !ok }' \
        <(sed 's/chip \([0-9.]*\) %, ideal chip \([0-9.]*\)/chip x \1 ideal x \2/' \
            "$OUT/$name.log") || fail "$name: more than $points points below the ideal chip"
    total=$((total + 1))
}
{ cat $pulses; printf 'stuck_low = 0.005\nstuck_high = 0.005\n'; } >"$OUT/stuck.txt"
run day0 0.3 $pulses
scheme=sim/configs/programming/pcm-quick.txt run quick 0.3 $pulses
run day 100 $pulses --time 86400
run compensated 0.5 $pulses --time 86400 --compensate
run stuck 0.5 "$OUT/stuck.txt"
run spare 0.5 "$OUT/stuck.txt" --spare-columns 8

sim/out/build/ohm-year "${mnist[@]}" --device-file $pulses --scheme $scheme --count 1000 \
    --energy sim/configs/energy.txt --out "$OUT/year" --threads 2 >"$OUT/year.log" 2>&1 ||
    { tail -3 "$OUT/year.log"; fail year; }
tail -1 "$OUT/year.log"
awk -F, 'NR == 2 { first = $3 } NR > 1 && first - $2 > 1 { bad = 1 } END { exit bad || NR < 20 }' \
    "$OUT/year/year.csv" || fail "year: more than a point lost before some check"
total=$((total + 1))

sim/out/build/ohm-program --device-file $pulses --scheme $scheme --arrays 8 --threads 2 \
    >"$OUT/arrays.log"
awk '$1 == "time" { print "arrays a minute: " 60 * 8 / $2; ok = 60 * 8 / $2 >= 50 }
     END { exit !ok }' "$OUT/arrays.log" || fail "less than 50 arrays a minute"
total=$((total + 1))
echo "PASS program_full $total checks"
