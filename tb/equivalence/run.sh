#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One chip, several models, the same bits: random cases (equivalence.c) and the networks that this
# chip runs. Prints the cycles of RTL and SystemC model side by side; they must be equal. Usage:
# run.sh [cases], with CONFIG, MESH, SEED and OUT in the environment. Last line: `PASS equivalence
# <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=sim/out/build
library=$build/$CONFIG-$MESH/libohm_rtl.so
mkdir -p "$OUT"
flock $build/lock make -s $build/equivalence $build/ohmic tlm "$library" CONFIG="$CONFIG" \
    MESH="$MESH"

tlm=$build/libohm_tlm.so
"$build/equivalence" "$library" "$tlm" "$CONFIG" "$MESH" "$SEED" "${1:-60}" >"$OUT/random.log" ||
    { tail -1 "$OUT/random.log"; exit 1; }
grep -v '^PASS' "$OUT/random.log"
checks=$(sed -n 's/^PASS equivalence \([0-9]*\) checks/\1/p' "$OUT/random.log")

digits=(--data sim/data/digits/test-images.npy --labels sim/data/digits/test-labels.npy)
small_digits=(--data sim/data/digits/test-images-4x4.npy --labels sim/data/digits/test-labels.npy)
mnist=(--data sim/data/mnist/t10k-images-idx3-ubyte.gz \
    --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz)

# network DEVICE MAPPING COUNT NAME DATA…: the run on RTL, SystemC model and fast model
network() {
    local device=$1 mapping=$2 count=$3 net=sim/networks/$4
    shift 4
    local backend cycles=()
    for backend in rtl tlm model; do
        if ! "$build/ohmic" --backend $backend --rtl-lib "$library" --tlm-lib "$tlm" \
            --net "$net" "$@" --config "$CONFIG" --mesh "$MESH" \
            --device "$device" --mapping "$mapping" --seed "$SEED" --count "$count" \
                --energy sim/configs/energy.txt --out "$OUT/$backend" >"$OUT/$backend.log" 2>&1;
                then
            cat "$OUT/$backend.log"
            echo "FAIL equivalence: $net on $backend"
            exit 1
        fi
        cycles+=("$(sed -n 's/^cycles *\(.*programming\).*/\1/p' "$OUT/$backend.log")")
        if ! cmp "$OUT/rtl/predictions.csv" "$OUT/$backend/predictions.csv"; then
            echo "FAIL equivalence: $net: rtl and $backend have other scores"
            exit 1
        fi
        # the SystemC model's routers count their flits themselves, as far as the run goes
        if [ $backend != tlm ] && ! cmp "$OUT/rtl/energy.csv" "$OUT/$backend/energy.csv"; then
            echo "FAIL equivalence: $net: rtl and $backend have counted other energies"
            exit 1
        fi
    done
    echo "$net, $CONFIG $MESH, $device, $mapping, $count images:"
    echo "  RTL          ${cycles[0]}"
    echo "  SystemC      ${cycles[1]}"
    if [ -z "${cycles[0]}" ] || [ "${cycles[0]}" != "${cycles[1]}" ]; then
        echo "FAIL equivalence: $net: cycles differ"
        exit 1
    fi
    if [ "${cycles[2]}" != "${cycles[0]}" ]; then # the fast model has as many images timed
        echo "FAIL equivalence: $net: the fast model reports ${cycles[2]}"
        exit 1
    fi
    checks=$((checks + 3 * count + 3))
}

case $CONFIG:$MESH in
    tiny:2x2)
        network pcm-hermes pwm 60 digits-16-16-10 "${small_digits[@]}"
        network rram-ihp pwm 20 digits-16-16-10 "${small_digits[@]}" ;;
    tiny:4x4) network ideal pwm 60 digits-64-32-10 "${digits[@]}" ;;
    small_cco:2x2 | small_sar:2x2) network pcm-hermes pwm 60 digits-64-32-10 "${digits[@]}" ;;
    small:2x2) network pcm-hermes pwm 100 digits-64-32-10 "${digits[@]}" ;;
    small_link:4x1) network pcm-hermes pwm 100 digits-64-32-10 "${digits[@]}" --links durations ;;
    small:4x4) network pcm-hermes pwm 5 mnist-cnn "${mnist[@]}" ;;
    small:3x3) network ideal exact 40 digits-64-32-10 "${digits[@]}" ;;
    base:4x4) network pcm-hermes pwm 200 mnist-784-240-10 "${mnist[@]}" ;;
    base:8x8) network ideal exact 20 mnist-784-240-10 "${mnist[@]}" ;;
    large:3x2) network pcm-hermes pwm 100 mnist-784-240-10 "${mnist[@]}" ;;
esac
echo "PASS equivalence $checks checks"
