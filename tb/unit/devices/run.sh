#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Devices, arrays with physics, readout and pulses, with sanitizers. Last line: PASS devices <n>
# checks.
set -eu
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/devices}
export OUT
mkdir -p "$OUT"
flags="-std=c11 -O1 -g -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE
    -fsanitize=address,undefined -fno-sanitize-recover=all
    $(scripts/sources.sh include)"
# The file names have no spaces.
# shellcheck disable=SC2046
objects=$(tb/unit/sanitized.sh behav/common/ohm_math.c behav/common/ohm_rng.c \
    $(scripts/sources.sh c behav/device behav/crossbar behav/converter behav/macro) \
    sim/host/study/ohm_maps.c sim/host/net/ohm_npy.c) || { echo "FAIL devices: build"; exit 1; }
total=0
for name in devices arrays array_wires array_noise readout pulses pulse_arrays maps; do
    # shellcheck disable=SC2086
    gcc $flags "tb/unit/devices/test_$name.c" $objects -lcmocka -lm -o "$OUT/test_$name"
    "$OUT/test_$name" > "$OUT/test_$name.log" 2>&1 || { cat "$OUT/test_$name.log";
        echo "FAIL devices: test_$name"; exit 1; }
    n=$(sed -n 's/^checks \([0-9]*\)$/\1/p' "$OUT/test_$name.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL devices: test_$name made no check"; exit 1; }
    total=$((total + n))
done
echo "PASS devices $total checks"
