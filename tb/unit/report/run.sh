#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The page and the JSON of scripts/report.py: figures by hand, structure of the page, names that
# would be markup, failed runs, differences. Last line: PASS report <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/report}
rm -rf "$out"
mkdir -p "$out"
die() { echo "FAIL report: $1"; exit 1; }
digits=(--net sim/networks/digits-16-16-10 --data sim/data/digits/test-images-4x4.npy
    --labels sim/data/digits/test-labels.npy --config tiny --mesh 2x2 --energy
    sim/configs/energy.txt)
chip=(--rtl-lib sim/out/build/tiny-2x2/libohm_rtl.so)

# Two runs whose devices differ, and one that fails: its result is not the integer network's.
for seed in 1 2; do
    sim/out/build/ohmic "${digits[@]}" "${chip[@]}" --device pcm-hermes --seed $seed --count 60 \
        --out "$out/run$seed" >"$out/run$seed.log" ||
        die "run $seed: $(tail -1 "$out/run$seed.log")"
done
cp -r "$out/run1" "$out/failed"
sim/out/build/ohmic "${digits[@]}" "${chip[@]}" --device ideal --limit-cycles 3000 --count 60 \
    --out "$out/failed" >"$out/failed.log" 2>&1 && die "a run without time passes"
python3 tb/unit/report/check_report.py "$out"
