#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 12.6 million weights on 200 of 256 tiles of 256×256 are mapped in ten seconds of processor time.
# Last line: PASS plan <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/plan_scale}
mkdir -p "$out"
flock sim/out/build/lock make -s sim/out/build/ohmic >"$out/build.log" 2>&1 ||
    { cat "$out/build.log"; echo "FAIL plan: build"; exit 1; }
die() { echo "FAIL plan: $1"; exit 1; }
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || python=python3
$python tb/unit/plan/big_network.py "$out/big" 2048,2048,2048,2048,10
TIMEFORMAT=%U
seconds=$({ time sim/out/build/ohmic --plan --backend model --net "$out/big" \
    --data "$out/big/images.npy" --config large --mesh 16x16 --count 16 >"$out/plan.json"; } 2>&1) ||
    die "$seconds"
grep -q '"vmms": 200' "$out/plan.json" || die "not as many tiles as expected: $(cat "$out/plan.json")"
echo "mapped in $seconds s of processor time"
python3 -c "import sys; sys.exit(float('$seconds') > 10 * ${OHM_LIMIT_SCALE:-1})" ||
    die "mapped in $seconds s, expected 10 at most"
echo "PASS plan 2 checks"
