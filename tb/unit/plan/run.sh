#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plans and their runners on this machine (tb/unit/plan/check.py), exact sums, and runs in parts: an
# RTL run, one on the fast model, sequences. Last line: PASS plan <n> checks.
# Usage: run.sh [rtl COUNT PARTS NETWORK DATA LABELS [OPTION…]]: only this RTL run in parts; CONFIG
# and MESH: the chip, built before
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/plan}
config=${CONFIG:-tiny} mesh=${MESH:-2x2}
mkdir -p "$out"
flock sim/out/build/lock make -s sim/out/build/ohmic tlm >"$out/build.log" 2>&1 ||
    { cat "$out/build.log"; echo "FAIL plan: build"; exit 1; }
total=0
checked() { # COMMAND…: adds its checks
    "$@" >"$out/log" 2>&1 || { cat "$out/log"; echo "FAIL plan: $*"; exit 1; }
    total=$((total + $(sed -n '$s/^PASS [a-z_]* \([0-9]*\) checks$/\1/p' "$out/log")))
}
parts() { checked python3 tb/unit/plan/check.py "$out" parts "$@"; }

if [ "${1:-}" = rtl ]; then
    parts "$config" "$mesh" rtl "${@:2}"
    echo "PASS plan $total checks"
    exit 0
fi
mapfile -t includes < <(scripts/sources.sh include)
gcc -std=c11 -O2 -Wall -Wextra -Werror "${includes[@]}" -o "$out/exact_sum" \
    tb/unit/plan/exact_sum.c sim/host/study/ohm_exact_sum.c -lm
checked "$out/exact_sum"
mnist=(sim/data/mnist/t10k-images-idx3-ubyte.gz sim/data/mnist/t10k-labels-idx1-ubyte.gz)
parts base_vec 4x4 model 26 3 sim/networks/mnist-lstm "${mnist[@]}"
parts base 4x4 model 150 3 sim/networks/mnist-784-240-10 "${mnist[@]}" --time 3600
parts "$config" "$mesh" rtl 340 2 sim/networks/digits-16-16-10 \
    sim/data/digits/test-images-4x4.npy sim/data/digits/test-labels.npy --first 5
checked python3 tb/unit/plan/check.py "$out" records "$config" "$mesh"
runners=(local:2)
if command -v parallel >/dev/null; then
    runners+=("parallel:2/:")
else
    echo "  skip  RUNNER=parallel (no GNU parallel)"
fi
checked python3 tb/unit/plan/check.py "$out" jobs "${runners[@]}"
echo "PASS plan $total checks"
