#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The CIFAR-10 network on the fast model: the classes of its first images, in integers and on a
# chip, and the scores of some against the golden model. Last line: PASS cifar10 <n> checks.
# Usage: run.sh [IMAGES], 20
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/cifar10}
images=${1:-20}
mkdir -p "$out"
make -s sim/out/build/ohmic
fail() { echo "FAIL cifar10: $*"; exit 1; }
sim/out/build/ohmic --backend model --net sim/networks/cifar10-resnet \
    --data sim/data/cifar10-jpeg/test-images-idx4-ubyte.gz \
    --labels sim/data/cifar10-jpeg/test-labels-idx1-ubyte.gz --config large --mesh 5x4 \
    --device pcm-hermes --count "$images" --out "$out/run" >"$out/run.log" 2>&1 ||
    { tail -3 "$out/run.log"; fail "the run"; }
checked=$(sed -n 's/.*VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$out/run.log")
[ "${checked:-0}" -gt 0 ] || fail "no VMM was checked"

# Columns of predictions.csv by name; a tenth of the classes may differ by the devices.
python3 - "$out/run/predictions.csv" "$images" <<'PYTHON'
import csv
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    rows = list(csv.DictReader(f))
n = int(sys.argv[2])
right = sum(row["software"] == row["label"] for row in rows)
same = sum(row["chip"] == row["software"] for row in rows)
if len(rows) != n:
    sys.exit(f"FAIL cifar10: {len(rows)} predictions, expected {n}")
if right < 0.7 * n:
    sys.exit(f"FAIL cifar10: software has {right} of {n} right, expected 70 %")
if same < 0.9 * n - 1:
    sys.exit(f"FAIL cifar10: chip and software agree on {same} of {n}, expected 90 %")
PYTHON
echo "PASS cifar10 $((checked + 2 * images)) checks"
