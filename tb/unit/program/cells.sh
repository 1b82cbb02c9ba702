#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the host measures and programs by itself, on the RTL's engine, every read, pulse and packet
# checked: the test of the cells, a network programmed around stuck devices, drift compensated, and
# a day under the refresh policy; all as on the golden model, with the same energy. The SystemC
# model says the same in the same cycles. Last line: PASS cells_rtl <n> checks.
# Usage: cells.sh; MESH and CONFIG: the chip with an engine, built before
set -euo pipefail
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/cells_rtl}
config=${CONFIG:-tiny_vc} mesh=${MESH:-2x2}
rtl=sim/out/build/$config-$mesh/libohm_rtl.so
mkdir -p "$OUT" sim/out/build
flock sim/out/build/lock make -s sim/out/build/ohmic sim/out/build/ohm-year tlm "$rtl" \
    CONFIG="$config" MESH="$mesh" >"$OUT/build.log" 2>&1 ||
    { tail -20 "$OUT/build.log"; echo "FAIL cells_rtl: build"; exit 1; }
fail() { echo "FAIL cells_rtl: $*"; exit 1; }
net=(--net sim/networks/digits-16-10 --data sim/data/digits/test-images-4x4.npy
     --labels sim/data/digits/test-labels.npy --config "$config" --mesh "$mesh")
# one short read where the shipped scheme takes sixteen long ones
sed 's/tick_bits_fine = 8/tick_bits_fine = 4/; s/average_fine = 4/average_fine = 0/' \
    sim/configs/programming/pcm.txt >"$OUT/quick.txt"
{ cat sim/configs/devices/pcm-pulses.txt; printf 'stuck_low = 0.005\nstuck_high = 0.005\n'; } \
    >"$OUT/stuck.txt"
for backend in golden rtl tlm; do
    with=(--backend "$backend" --energy sim/configs/energy.txt)
    [ $backend != tlm ] || with+=(--tlm-lib sim/out/build/libohm_tlm.so)
    [ $backend != rtl ] || with+=(--rtl-lib "$rtl")
    sim/out/build/ohmic "${net[@]}" "${with[@]}" --count 20 --device-file "$OUT/stuck.txt" \
        --program "$OUT/quick.txt" --spare-columns 2 --save-defects "$OUT/$backend.defects.txt" \
        --time 86400 --compensate --out "$OUT/$backend" >"$OUT/$backend.log" 2>&1 ||
        { tail -5 "$OUT/$backend.log"; fail "a network on $backend"; }
    grep '^defects\|^spare\|^drift\|^program\|^accuracy' "$OUT/$backend.log" >"$OUT/$backend.said"
    sed -n 's/.*; \(programming before: .* mJ\)$/\1/p' "$OUT/$backend.log" >>"$OUT/$backend.said"
    [ $backend != tlm ] || break
    sim/out/build/ohm-year "${net[@]}" "${with[@]}" --days 1 --count 10 --gain 4 --cell 5 \
        --device-file sim/configs/devices/pcm-pulses.txt --scheme "$OUT/quick.txt" \
        --out "$OUT/$backend" >"$OUT/$backend.year.log" 2>&1 ||
        { tail -5 "$OUT/$backend.year.log"; fail "a day on $backend"; }
done
[ "$(wc -l <"$OUT/rtl.said")" = 6 ] || fail "a line of the report is missing"
cmp "$OUT/golden.said" "$OUT/rtl.said" || fail "the report differs"
cmp "$OUT/tlm.said" "$OUT/rtl.said" || fail "the SystemC model's report differs"
diff <(grep '^cycles' "$OUT/rtl.log") <(grep '^cycles' "$OUT/tlm.log") || fail "cycles differ"
cmp "$OUT/golden/energy.csv" "$OUT/rtl/energy.csv" || fail "the energy differs"
cmp "$OUT/golden.defects.txt" "$OUT/rtl.defects.txt" || fail "the defect map differs"
cmp "$OUT/golden/year.csv" "$OUT/rtl/year.csv" || fail "the day differs"
awk -F, 'END { exit !($10 > 0 && $8 > 3) }' "$OUT/rtl/year.csv" ||
    fail "nothing was refreshed: that proves nothing"
total=$(sed -n 's/^VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$OUT/rtl.log")
[ "${total:-0}" -gt 0 ] || fail "no VMM was checked"
echo "PASS cells_rtl $((total + 8)) checks"
