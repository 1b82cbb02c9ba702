#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The programming engine: golden and fast model against one that is written a second time from
# docs/reference/programming.md and works the macro by its pins, decision for decision and device
# for device. With sanitizers. Last line: PASS program <n> checks.
set -eu
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/program}
export OUT
mkdir -p "$OUT"
flags="-std=c11 -O1 -g -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE -pthread
    -fsanitize=address,undefined -fno-sanitize-recover=all -Itb/unit/program
    $(scripts/sources.sh include)"
objects=
for source in $(scripts/sources.sh c behav/common behav/device behav/crossbar behav/converter \
    behav/golden behav/macro behav/fast behav/energy) tb/unit/program/pins.c; do
    object=$OUT/$(basename "$source" .c).o
    # shellcheck disable=SC2086
    ${CC:-gcc} $flags -c "$source" -o "$object"
    objects="$objects $object"
done
# shellcheck disable=SC2086
${CC:-gcc} $flags tb/unit/program/test_program.c $objects -lcmocka -lm -o "$OUT/test_program"
"$OUT/test_program" >"$OUT/log" 2>&1 || { tail -20 "$OUT/log"; echo "FAIL program"; exit 1; }
n=$(sed -n 's/^checks \([0-9]*\)$/\1/p' "$OUT/log")
[ "${n:-0}" -gt 0 ] || { echo "FAIL program: no checks"; exit 1; }
echo "PASS program $n checks"
