#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds and runs bench.c. OHM_OUT: where to build.
set -eu
cd "$(dirname "$0")/../../.."
out=${OHM_OUT:-sim/out/unit}/wires
mkdir -p "$out"
# shellcheck disable=SC2046 # list of files
gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE -Ibehav/common \
    -Ibehav/crossbar -o "$out/bench" \
    tb/unit/wires/bench.c tb/unit/wires/nodal.c $(ls behav/crossbar/ohm_wires*.c \
        behav/crossbar/ohm_solve*.c) behav/crossbar/ohm_iv.c \
    behav/common/ohm_math.c -lm
"$out/bench"
