#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The importer against onnxruntime and the format's integer reference, and an imported network on
# the golden model. Usage: run.sh [GRAPHS], random graphs, 40. SEED may be set. Last line: PASS
# import <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=sim/out/unit/import
build=sim/out/build
mkdir -p "$out" "$build"
python=$(scripts/venv.sh test) || { echo "FAIL import: no Python environment"; exit 1; }
PYTHONPATH=sim/python "$python" tb/unit/import/test_import.py "$out" "${1:-40}" "${SEED:-1}" \
    >"$out/test.log" 2>&1 || { tail -5 "$out/test.log"; exit 1; }
checks=$(sed -n 's/^CHECKS //p' "$out/test.log")
[ "${checks:-0}" -gt 0 ] || { echo "FAIL import: no check was made"; exit 1; }

# The C loader takes what the importer wrote, and the chip computes it exactly.
flock "$build/lock" make -s "$build/ohmic" >"$out/build.log" 2>&1 ||
    { tail -5 "$out/build.log"; echo "FAIL import: build"; exit 1; }
"$build/ohmic" --backend golden --net "$out/net" --data "$out/images.npy" \
    --labels "$out/labels.npy" \
    --config small --mesh 8x8 --device ideal --mapping exact --count 4 \
        --out "$out/chip" >"$out/chip.log" 2>&1 ||
    { tail -3 "$out/chip.log"; echo "FAIL import: an imported network on the golden model";
        exit 1; }
grep -q 'mismatches: 0' "$out/chip.log" || { tail -3 "$out/chip.log";
    echo "FAIL import: mismatches"; exit 1; }

# Layer by layer on the chip; then with one layer's scales wrong, which must be named.
PYTHONPATH=sim/python "$python" tb/unit/import/test_compare.py "$out" "$build/ohmic" \
    >"$out/compare.log" 2>&1 || { tail -5 "$out/compare.log"; echo "FAIL import: compare"; exit 1; }
compared=$(sed -n 's/^CHECKS //p' "$out/compare.log")
[ "${compared:-0}" -gt 0 ] || { echo "FAIL import: compare made no check"; exit 1; }
echo "PASS import $((checks + compared + 1)) checks"
