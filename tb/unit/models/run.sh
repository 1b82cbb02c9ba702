#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unit tests of the analog models, with sanitizers. Last line: PASS models <n> checks.
set -eu
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/models}
mkdir -p "$out"
flags="-std=c11 -O1 -g -Wall -Wextra -Werror -ffp-contract=off -fsanitize=address,undefined
    -fno-sanitize-recover=all $(scripts/sources.sh include) -Itb/unit/devices"
# The file names have no spaces.
# shellcheck disable=SC2046
objects=$(tb/unit/sanitized.sh behav/common/ohm_math.c behav/common/ohm_rng.c \
    $(scripts/sources.sh c behav/device behav/crossbar behav/converter behav/macro)) ||
    { echo "FAIL models: build"; exit 1; }
total=0
for name in math arrays macro; do
    # shellcheck disable=SC2086
    gcc $flags "tb/unit/models/test_$name.c" $objects -lcmocka -lm -o "$out/test_$name"
    "$out/test_$name" > "$out/test_$name.log" 2>&1 || { cat "$out/test_$name.log";
        echo "FAIL models: test_$name"; exit 1; }
    n=$(sed -n 's/^checks \([0-9]*\)$/\1/p' "$out/test_$name.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL models: test_$name made no check"; exit 1; }
    total=$((total + n))
done
echo "PASS models $total checks"
