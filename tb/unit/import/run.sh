#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The importer against onnxruntime, the C library's integers and the reference kernels of TFLite;
# what it must refuse; imported networks on the chip.
# Usage: run.sh [GRAPHS], random graphs, 40. SEED may be set. Last line: PASS import <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=sim/out/unit/import
build=sim/out/build
mkdir -p "$out" "$build"
packages='test'
[ "${1:-40}" -lt 1000 ] || packages=full    # in test-full, with the reference kernels
python=$(scripts/venv.sh "$packages") || { echo "FAIL import: no Python environment"; exit 1; }
flock "$build/lock" make -s lib "$build/ohmic" >"$out/build.log" 2>&1 ||
    { tail -5 "$out/build.log"; echo "FAIL import: build"; exit 1; }
# Float and integer meaning, what must be refused, and int8 models against the reference kernels
# where those are installed.
run() { # run NAME SCRIPT ARGUMENT…
    local name=$1 n
    shift
    PYTHONPATH=sim/python "$python" "$@" >"$out/$name.log" 2>"$out/$name.err" ||
        { cat "$out/$name.log" "$out/$name.err" | tail -3; echo "FAIL import: $name"; exit 1; }
    n=$(sed -n 's/^CHECKS //p' "$out/$name.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL import: $name made no check"; exit 1; }
    checks=$((checks + n))
}
checks=0
run graphs tb/unit/import/test_import.py "$out" "${1:-40}" "${SEED:-1}"
run forms tb/unit/import/test_forms.py "$out" "${SEED:-1}"
run quantised tb/unit/import/test_quantised.py "$out" "${SEED:-1}"
run refused tb/unit/import/test_refused.py "$out" "${SEED:-1}"
if "$python" -c 'import ai_edge_litert' 2>/dev/null; then
    run tflite tb/unit/import/test_tflite.py "$out" "${SEED:-1}"
    for model in sim/networks/*/*.tflite; do
        run "kernels-$(basename "$model" .tflite)" tb/unit/import/test_kernels.py "$out" "$model"
    done
fi

# The C loader takes what the importer wrote, and the chip computes it exactly.
for net in net parts; do
    "$build/ohmic" --backend golden --net "$out/$net" --data "$out/images.npy" \
        --labels "$out/labels.npy" \
        --config small --mesh 8x8 --device ideal --mapping exact --count 4 \
            --out "$out/chip" >"$out/chip.log" 2>&1 ||
        { tail -3 "$out/chip.log"; echo "FAIL import: an imported network on the golden model";
            exit 1; }
    for words in 'mismatches: 0' '^exactness .*equal W.x'; do
        grep -q "$words" "$out/chip.log" || { tail -3 "$out/chip.log";
            echo "FAIL import: $net: no line '$words'"; exit 1; }
    done
done

# Layer by layer on the chip; then with one layer's scales wrong, which must be named.
run compare tb/unit/import/test_compare.py "$out" "$build/ohmic"
echo "PASS import $((checks + 2)) checks"
