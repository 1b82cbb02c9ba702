#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Spare columns on the RTL, every VMM checked: with stuck devices the exact mapping is not exact;
# with enough spares it is again, and pulses and ranges are those of a clean chip. Last line: PASS
# spare <n> checks.
# Usage: run.sh [build directory]; MESH and CONFIG: the chip, built before
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-${OUT:-sim/out/unit/spare}}
config=${CONFIG:-small} mesh=${MESH:-3x3}
rtl=sim/out/build/$config-$mesh/libohm_rtl.so
mkdir -p "$out"
make -s sim/out/build/ohmic "$rtl" CONFIG="$config" MESH="$mesh"
printf 'device = ideal\nstuck_low = 0.0003\nstuck_high = 0.0002\n' >"$out/stuck.txt"
total=0
run() { # name, mapping, options: leaves log
    local name=$1 mapping=$2
    shift 2
    sim/out/build/ohmic --backend rtl --rtl-lib "$rtl" --net sim/networks/digits-64-32-10 \
        --data sim/data/digits/test-images.npy \
        --labels sim/data/digits/test-labels.npy --config "$config" --mesh "$mesh" \
            --mapping "$mapping" --count 12 --seed 5 --out "$out/$name" \
        "$@" >"$out/$name.log" 2>&1 || { cat "$out/$name.log"; echo "FAIL spare: $name"; exit 1; }
    total=$((total + $(sed -n 's/^VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$out/$name.log")))
}
fail() { echo "FAIL spare: $*"; exit 1; }
errors() { grep -E '^  fc[12] .*error RMS' "$1"; }
stuck=(--device-file "$out/stuck.txt")

run clean exact --device ideal
[ "$(errors "$out/clean.log" | grep -c '; exact$')" = 2 ] || fail "a clean chip is not exact"
run none exact "${stuck[@]}"
[ "$(errors "$out/none.log" | grep -c '; exact$')" = 0 ] ||
    fail "stuck devices have changed nothing: that proves nothing"
run spares exact "${stuck[@]}" --spare-columns 16
[ "$(errors "$out/spares.log" | grep -c '; exact$')" = 2 ] ||
    fail "not exact with spares: $(grep '^spare' "$out/spares.log")"
all_moved='\([1-9][0-9]*\) columns of [1-9] tiles failed, \1 of them moved'
grep -q "^spare      16 columns a tile; $all_moved; error of a cell 0.000 %" "$out/spares.log" ||
    fail "report: $(grep '^spare' "$out/spares.log")"
moved=$(sed -n 's/^spare .* failed, \([0-9]*\) of them.*/\1/p' "$out/spares.log")
[ "$(grep -c 'fails, error .* of G_max a cell; moved to ' "$out/spares/run.log")" = "$moved" ] ||
    fail "run.log does not name the $moved columns"

run pwm_clean pwm --device ideal --spare-columns 8
printf 'device = ideal\nstuck_low = 0.001\nstuck_high = 0.0005\n' >"$out/stuck.txt"
run pwm pwm "${stuck[@]}" --spare-columns 8
grep -q '^spare .*; \([1-9][0-9]*\) columns of [1-9] tiles failed, \1 of them moved' \
    "$out/pwm.log" || fail "pwm: $(grep '^spare' "$out/pwm.log")"
[ "$(errors "$out/pwm.log")" = "$(errors "$out/pwm_clean.log")" ] ||
    fail "pwm: other errors than those of a clean chip"

refused() { # expected text, options
    local text=$1
    shift
    ! sim/out/build/ohmic --backend golden --net sim/networks/digits-64-32-10 \
        --data sim/data/digits/test-images.npy \
        --labels sim/data/digits/test-labels.npy --config "$config" --mesh "$mesh" --count 1 \
            --out "$out/refused" "$@" >"$out/refused.log" 2>&1 || fail "$*: was taken"
    grep -q -- "$text" "$out/refused.log" || { cat "$out/refused.log"; fail "$*: expected $text"; }
    total=$((total + 1))
}
refused 'needs at least 4 columns, configuration small has 64 and 62 are spare' --spare-columns 62
refused 'spare-columns.*: x, expected a number from 0 to 255' --spare-columns x
refused '--spare-columns: 4, expected 0 with --links durations' --links durations --spare-columns 4
echo "PASS spare $total checks"
