#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Images per second of the fast model, on one thread and on all processors. Usage: bench.sh [build
# directory [images]]
set -eu
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/fast}
mkdir -p "$out"
sources=$(scripts/sources.sh c behav/common behav/device behav/crossbar behav/converter \
    behav/golden behav/fast behav/energy sim/host | grep -v host/xbar)
# shellcheck disable=SC2046,SC2086
gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off \
    -D_GNU_SOURCE $(scripts/sources.sh include) \
    tb/unit/fast/bench.c $sources -o "$out/bench" \
    -lcjson -lz -lm -ldl -lpthread
images=${2:-10000}
bench() { # NETWORK IMAGES CONFIG MESH
    "$out/bench" "sim/networks/$1" sim/data/mnist/t10k-images-idx3-ubyte.gz \
        sim/data/mnist/t10k-labels-idx1-ubyte.gz "$2" "$threads" \
        "$3" "$4"
}
for threads in 1 "$(nproc)"; do
    bench mnist-784-240-10 "$images" base 4x4
    bench mnist-cnn $((images / 10)) small 8x8
done
