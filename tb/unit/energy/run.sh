#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unit tests of activity, energy and area, with sanitizers. Last line: PASS energy <n> checks.
# Usage: run.sh [build directory]
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/energy}
mkdir -p "$out"

# shellcheck disable=SC2046 # lists of flags and files
objects=$(tb/unit/sanitized.sh \
    $(scripts/sources.sh c behav/{common,device,crossbar,converter,golden,energy})) ||
    { echo "FAIL energy: build"; exit 1; }
total=0
for name in energy engine; do
    main=$(tb/unit/sanitized.sh tb/unit/energy/test_$name.c) ||
        { echo "FAIL energy: build of test_$name"; exit 1; }
    # shellcheck disable=SC2086 # lists of files
    gcc -fsanitize=address,undefined $main $objects -o "$out/test_$name" -lcmocka -lm
    if ! OHM_OUT=$out "$out/test_$name" >"$out/test_$name.log" 2>&1; then
        cat "$out/test_$name.log"
        echo "FAIL energy: test_$name"
        exit 1
    fi
    n=$(sed -n 's/^CHECKS //p' "$out/test_$name.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL energy: test_$name made no check"; exit 1; }
    total=$((total + n))
done
grep '^calibration' "$out/test_energy.log"
echo "PASS energy $total checks"
