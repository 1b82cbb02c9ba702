#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Speed of the crossbar's physics beside OpenBLAS (libopenblas-dev), one thread. Usage: run_bench.sh
# [runs]
set -eu
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/bench}
mkdir -p "$out"
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OPENBLAS_NUM_THREADS=1
# shellcheck disable=SC2046
${CC:-gcc} -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE -Ibehav/common \
    -Ibehav/device -Ibehav/crossbar -Ibehav/golden \
    $(pkg-config --cflags openblas) tb/unit/devices/bench.c behav/common/ohm_math.c \
        behav/common/ohm_rng.c behav/device/*.c behav/crossbar/*.c \
    $(pkg-config --libs openblas) -lm -o "$out/physics"
"$out/physics" "$@"
