#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unit tests of activity, energy and area, with sanitizers. Last line: PASS energy <n> checks.
# Usage: run.sh [build directory]
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/energy}
mkdir -p "$out"

# shellcheck disable=SC2046 # lists of flags and files
objects=$(tb/unit/sanitized.sh tb/unit/energy/*.c \
    $(scripts/sources.sh c behav/{common,device,crossbar,converter,golden,energy})) ||
    { echo "FAIL energy: build"; exit 1; }
# shellcheck disable=SC2086 # a list of files
gcc -fsanitize=address,undefined $objects -o "$out/test_energy" -lcmocka -lm
if ! OHM_OUT=$out "$out/test_energy" >"$out/test_energy.log" 2>&1; then
    cat "$out/test_energy.log"
    echo "FAIL energy: test_energy"
    exit 1
fi
grep '^calibration' "$out/test_energy.log"
n=$(sed -n 's/^CHECKS //p' "$out/test_energy.log")
[ "${n:-0}" -gt 0 ] || { echo "FAIL energy: no check was made"; exit 1; }
echo "PASS energy $n checks"
