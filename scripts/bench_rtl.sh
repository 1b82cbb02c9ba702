#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The chip simulated in units, tiles and routers compiled once each (tb/harness/ohm_unit.h), against
# one model of the whole, without and with waves: processor time of the build and of a cycle,
# everything checked. A compiler cache would spoil the first: it is off.
#   bench_rtl.sh [CONFIG:MESH…]      takes minutes for a mesh of 64 tiles; MODELS="units whole
#                                    waves" or some of them
set -euo pipefail
cd "$(dirname "$0")/.."
out=sim/out/bench-rtl
export CCACHE_DISABLE=1
make -s sim/out/build/ohmic
digits=(--data sim/data/digits/test-images.npy --labels sim/data/digits/test-labels.npy)
small_digits=(--data sim/data/digits/test-images-4x4.npy --labels sim/data/digits/test-labels.npy)
mnist=(--data sim/data/mnist/t10k-images-idx3-ubyte.gz \
    --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz)

# processor COMMAND…: its processor time in seconds
processor() {
    local TIMEFORMAT='%U'
    { time "$@" >"$out/log" 2>&1; } 2>&1 || { tail -5 "$out/log" >&2;
        echo "bench_rtl.sh: $* failed" >&2; exit 1; }
}
cycles() { sed -n 's/^cycles .* \([0-9]*\) in all.*/\1/p' "$out/log"; }

# The rate is that of the images a long run has more than a short one: programming and mapping fall
# out.
printf '%-10s %-7s %-13s %10s %14s\n' chip model network build/s cycles/s
[ $# -gt 0 ] || set -- tiny:2x2 base:4x4 small:8x8 base:8x8
for chip; do
    config=${chip%:*} mesh=${chip#*:}
    case $chip in
        tiny:*) network=(digits-16-16-10 "${small_digits[@]}" --count) short=50 long=500 ;;
        small:8x8) network=(mnist-cnn "${mnist[@]}" --count) short=1 long=8 ;;
        small:*) network=(digits-64-32-10 "${digits[@]}" --count) short=50 long=500 ;;
        base:8x8) network=(mnist-784-240-10 "${mnist[@]}" --device ideal --mapping exact \
            --count) short=1 long=11 ;;
        *) network=(mnist-784-240-10 "${mnist[@]}" --count) short=50 long=350 ;;
    esac
    for model in ${MODELS:-units whole waves}; do
        dir=$out/$config-$mesh-$model waves=() whole=0
        [ $model = units ] && whole=1
        [ $model = waves ] && waves=(--waves "$dir/wave.fst")
        rm -rf "$dir"
        mkdir -p "$dir"
        build=$(UNITS=$whole processor make -s rtl CONFIG="$config" MESH="$mesh" RTL_DIR="$dir" \
            WAVES=$((${#waves[@]} > 0))) || exit 1
        run=(sim/out/build/ohmic --rtl-lib "$dir/libohm_rtl.so" --config "$config" --mesh "$mesh" \
            --out "$dir/run"
             --net "sim/networks/${network[0]}" "${network[@]:1}")
        [ $model = waves ] && long=$((short + (long - short + 9) / 10))
        t0=$(processor "${run[@]}" $short "${waves[@]}") || exit 1
        c0=$(cycles)
        t1=$(processor "${run[@]}" $long "${waves[@]}") || exit 1
        c1=$(cycles)
        rm -f "$dir/wave.fst"
        printf '%-10s %-7s %-13s %10.0f %14.0f\n' "$chip" $model "${network[0]}" "$build" \
            "$(awk -v t="$t0 $t1" -v c="$c0 $c1" 'BEGIN {
                split(t, a); split(c, b); print (b[2] - b[1]) / (a[2] - a[1] + 1e-9) }')"
    done
done
