#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every coding of docs/explain/sweep.md that the exact mapping can have, on the RTL with ideal
# devices: every code is checked, and every accumulator equals W·x of the integer network. Unsigned
# inputs (digits) and signed ones (a random matrix). Last line: PASS exact <n> checks. MESH and
# CONFIG: the chip, built before
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/exact}
config=${CONFIG:-small} mesh=${MESH:-4x4}
mkdir -p "$out"
python3 tb/unit/calib/matrix.py "$out/matrix" 24 s8
python3 tb/unit/exact/tables.py sim/networks/digits-16-16-10 "$out"
total=0
fail() { echo "FAIL exact: $*"; exit 1; }
run() { # options
    sim/out/build/ohmic --backend rtl --rtl-lib "sim/out/build/$config-$mesh/libohm_rtl.so" \
        --config "$config" --mesh "$mesh" --device ideal --mapping exact \
        --out "$out/run" "$@" >"$out/run.log" 2>&1 || { cat "$out/run.log"; fail "$config $*"; }
    layers=$(grep -c 'error RMS' "$out/run.log")
    [ "$layers" -gt 0 ] &&
        [ "$(grep -c 'error RMS 0.000 % of full scale.*; exact$' "$out/run.log")" = "$layers" ] ||
        { cat "$out/run.log"; fail "$config $*: not exact"; }
    n=$(sed -n 's/^VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$out/run.log")
    [ "${n:-0}" -gt 0 ] || fail "$config $*: nothing was checked"
    total=$((total + n))
}
both() { # options
    run --net sim/networks/digits-16-16-10 --data sim/data/digits/test-images-4x4.npy \
        --labels sim/data/digits/test-labels.npy --count 6 "$@"
    run --net "$out/matrix" --data "$out/matrix/x.npy" --labels "$out/matrix/labels.npy" \
        --count 16 "$@"
}
chip() { # config, mesh
    config=$1 mesh=$2
    make -s sim/out/build/ohmic "sim/out/build/$1-$2/libohm_rtl.so" CONFIG="$1" MESH="$2"
}

chip "$config" "$mesh"
both                                                        # bit-serial, 2-bit cells in one pair
both --slices 8 --cell-bits 1 --row-groups 16               # pulse width
both --slices 8 --cell-bits 1 --row-groups 16 --pulse-count # pulse count
both --pulse-count
both --slices 4+4 --row-groups 8
both --slices 2+3+3 --row-groups 4
both --slices 2+2+2+2
both --cell-bits 1
both --cell-bits 3
both --cell-bits 4
both --apart inputs                                         # two phases
both --apart weights                                        # columns apart
both --apart both --slices 2+2+2+2                          # four phases
both --apart both --slices 4+4 --cell-bits 1 --row-groups 2
both --row-groups 2
both --spare-columns 8
# activations: every byte of the hidden layer, and so every result, as the integer network has it
digits=(--data sim/data/digits/test-images-4x4.npy --labels sim/data/digits/test-labels.npy)
for network in sigmoid tanh step sign; do
    run --net "$out/$network" "${digits[@]}" --count 30
    grep -q 'accuracy  *chip \(.*\) %, ideal chip \1 %, software \1 %' "$out/run.log" ||
        { cat "$out/run.log"; fail "$network: other classes than software"; }
    sim/out/build/ohmic --backend golden --config "$config" --mesh "$mesh" --device ideal \
        --net "$out/$network" "${digits[@]}" --count 30 --out "$out/pwm" >"$out/pwm.log" 2>&1 ||
        { cat "$out/pwm.log"; fail "$network, pwm"; }
    total=$((total + 2))
done
! sim/out/build/ohmic --backend golden --config tiny --mesh 2x2 --net "$out/tanh" "${digits[@]}" \
    --out "$out/refused" >"$out/refused.log" 2>&1 || fail "tanh on tiny was taken"
grep -q 'layer fc1: activation by table or threshold, expected none or relu: MODES of tiny is 0' \
    "$out/refused.log" || { cat "$out/refused.log"; fail "refusal"; }
chip small_cco 3x3
both
both --slices 2+3+3 --apart weights --cell-bits 1 --row-groups 2
echo "PASS exact $total checks"
