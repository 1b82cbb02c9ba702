#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Calibration (docs/explain/calibration.md): the RTL's tiles measure themselves, every code and sum
# checked, and golden and SystemC model measure the same; columns that were 21 % apart are corrected
# in every coding of inputs and weights; a 256 x 256 macro of HERMES cells stays within the chip's
# published figures. full: that macro on the RTL. Last line: PASS calib <n> checks.
# Usage: run.sh [full]; MESH and CONFIG: the chip, built before
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/calib}
config=${CONFIG:-small} mesh=${MESH:-3x3}
rtl=sim/out/build/$config-$mesh/libohm_rtl.so
mkdir -p "$out"
make -s sim/out/build/ohmic tlm "$rtl" CONFIG="$config" MESH="$mesh"
python3 tb/unit/calib/matrix.py "$out/m256" 256
digits=(--net sim/networks/digits-64-32-10 --data sim/data/digits/test-images.npy \
    --labels sim/data/digits/test-labels.npy --count 60)
matrix=(--net "$out/m256" --data "$out/m256/x.npy" --labels "$out/m256/labels.npy" --count 16 \
    --config large --mesh 1x1)
bad=(--set gain_spread=0.21 --set offset=2)
total=0
fail() { echo "FAIL calib: $*"; exit 1; }
run() { # name, options: leaves log
    local name=$1
    shift
    sim/out/build/ohmic --out "$out/$name" "$@" >"$out/$name.log" 2>&1 || { cat "$out/$name.log";
        fail "$name"; }
    total=$((total + 1))
}
# name, before or after, spread|error: the figure in thousandths of a percent
figure() {
    awk -v when="$2" -v what="$3" '
        here { if (what == "error") printf "%.0f", 1000 * $5; here = 0 }
        $1 == when && $2 == "slopes" {
            if (what == "spread") printf "%.0f", 1000 * $3
            here = 1
        }' "$out/$1.log"
}
within() { # name, figure, most
    local f
    f=$(figure "$1" after "$2")
    [ -n "$f" ] && [ "$f" -le "$3" ] || fail \
        "$1: $2 ${f:-missing}, expected at most $3 thousandths of a percent"
    total=$((total + 1))
}
apart() { # name: the columns were apart before
    [ "$(figure "$1" before spread)" -gt 15000 ] ||
        fail "$1: columns only $(figure "$1" before spread) thousandths of a percent apart:" \
            "that proves nothing"
}

if [ "${1:-}" = full ]; then
    make -s sim/out/build/large-1x1/libohm_rtl.so CONFIG=large MESH=1x1
    run large "${matrix[@]}" --backend rtl --rtl-lib sim/out/build/large-1x1/libohm_rtl.so \
        --set gain_spread=0.21 --calibrate 2048
    apart large && within large spread 7000 && within large error 1940
    run model "${matrix[@]}" --backend model --set gain_spread=0.21 --calibrate 2048
    cmp -s <(grep '^  [ab].*slopes' "$out/large.log") \
        <(grep '^  [ab].*slopes' "$out/model.log") ||
        fail "RTL and golden model differ"
    echo "PASS calib $((total + 1)) checks"
    exit
fi

chip=(--config "$config" --mesh "$mesh")
run rtl --backend rtl --rtl-lib "$rtl" "${digits[@]}" "${chip[@]}" "${bad[@]}" --calibrate 200
grep -q '^VMMs checked: [1-9][0-9]*, mismatches: 0' "$out/rtl.log" ||
    fail "rtl: nothing was checked"
apart rtl && within rtl spread 7000
run tlm --backend tlm --tlm-lib sim/out/build/libohm_tlm.so "${digits[@]}" "${chip[@]}" \
    "${bad[@]}" --calibrate 200
run model --backend model "${digits[@]}" "${chip[@]}" "${bad[@]}" --calibrate 200
measured() { grep '^  [ab][fe].*slopes' "$out/$1.log"; }
[ "$(measured rtl)" = "$(measured tlm)" ] && [ "$(measured rtl)" = "$(measured model)" ] ||
    fail "RTL, SystemC model and golden model measure otherwise"
[ "$(grep '^calibrate ' "$out/rtl.log")" = "$(grep '^calibrate ' "$out/tlm.log")" ] \
    || fail "RTL and SystemC model take other times:" \
        "$(grep -h '^calibrate ' "$out/rtl.log" "$out/tlm.log")"
cmp -s "$out/rtl/predictions.csv" "$out/tlm/predictions.csv" ||
    fail "RTL and SystemC model predict otherwise"
total=$((total + 3))

# errors of the network, with and without
rms() { sed -n 's/^  fc[12] .*error RMS \([0-9]*\)\.\([0-9]*\) % of full.*/\1\2/p' "$out/$1.log" |
    sed 's/^0*\([0-9]\)/\1/' | sort -n | tail -1; }
run without --backend golden --device ideal "${digits[@]}" "${chip[@]}" "${bad[@]}"
run with --backend golden --device ideal "${digits[@]}" "${chip[@]}" "${bad[@]}" --calibrate 200
[ $((4 * $(rms with))) -lt "$(rms without)" ] ||
    fail "error $(rms with), $(rms without) without calibration: expected a quarter"

# copies of a weight: more of them, less error of the devices
run single --backend golden "${digits[@]}" "${chip[@]}"
run copies --backend golden "${digits[@]}" "${chip[@]}" --copies 4
[ $((10 * $(rms copies))) -lt $((8 * $(rms single))) ] ||
    fail "error $(rms single), $(rms copies) with copies: expected four fifths"

# every coding; ideal devices, so that nothing but gains and offsets is off
coding() { # name, options
    run "$1" --backend golden --device ideal "${digits[@]}" "${chip[@]}" --set gain_spread=0.21 \
        --set offset=0.5 --calibrate 300 "${@:2}"
    apart "$1" && within "$1" spread 1000
}
coding exact --mapping exact
coding serial --slices 8x1
coding slices --slices 2+3+3
coding weights --apart weights
coding both --apart both --slices 4+4
coding groups --row-groups 4
coding cells --cell-bits 4
coding count --pulse-count
coding spares --spare-columns 8
coding copies --copies 4
chip=(--config small_sar --mesh 3x3)
coding sar
chip=(--config small_cco --mesh 3x3)
coding cco

# the published chip: residual spread 7 %, error 1.94 % of the range
run hermes "${matrix[@]}" --backend golden --set gain_spread=0.21 --calibrate 2048
apart hermes && within hermes spread 7000 && within hermes error 1940
run phases "${matrix[@]}" --backend golden --set gain_spread=0.21 --calibrate 2048 --apart both
within phases spread 7000 && within phases error 1940
# columns so weak that their gain alone would pass its 16 bits
run weak "${matrix[@]}" --backend golden --device ideal --set gain_spread=0.4 --calibrate 1024
apart weak && within weak spread 1000

refused() { # expected text, options
    local text=$1
    shift
    ! sim/out/build/ohmic --backend golden "${digits[@]}" --config small --mesh 3x3 \
        --out "$out/refused" "$@" >"$out/refused.log" 2>&1 || fail "$*: was taken"
    grep -q -- "$text" "$out/refused.log" || { cat "$out/refused.log"; fail "$*: expected $text"; }
    total=$((total + 1))
}
refused '--calibrate: x, expected a number from 0 to 65535' --calibrate x
refused '--calibrate: 65536, expected a number' --calibrate 65536
refused '--calibrate: 1, expected 0 or at least 2' --calibrate 1
refused '--calibrate: with --compensate, expected none of' --calibrate 9 --compensate
refused '--calibrate: with --reload, expected none of' --calibrate 9 --reload
refused '--calibrate: with --links durations, expected none of' --calibrate 9 --config small_link \
    --links durations
refused '--calibrate: configuration tiny has MODES 0' --calibrate 9 --config tiny
echo "PASS calib $total checks"
