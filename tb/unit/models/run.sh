#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unit tests of the analog models, with sanitizers. Last line: PASS models <n> checks.
set -eu
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/models}
mkdir -p "$out"
${CC:-gcc} -std=c11 -O2 -g -Wall -Wextra -Werror -ffp-contract=off -fsanitize=address,undefined \
    -fno-sanitize-recover=all \
    $(scripts/sources.sh include) tb/unit/models/test_models.c \
    behav/common/ohm_math.c behav/common/ohm_rng.c behav/device/*.c behav/crossbar/*.c \
        behav/converter/*.c behav/macro/*.c \
    -lcmocka -lm -o "$out/test_models"
"$out/test_models" > "$out/run.log" 2>&1 || { cat "$out/run.log"; echo "FAIL models"; exit 1; }
n=$(sed -n 's/^checks \([0-9]*\)$/\1/p' "$out/run.log")
[ "$n" -gt 0 ] && echo "PASS models $n checks"
