#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A network of 4 million random weights on 16x16 tiles in 2 GB, SystemC and fast model; and a sweep.
# Last line: PASS tlm_full <n> checks.
# Usage: run_full.sh [build directory]
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/tlm_full}
build=sim/out/build
mkdir -p "$out" "$build"
flock "$build/lock" make -s "$build/ohmic" tlm >"$out/build.log" 2>&1 || { tail \
    -20 "$out/build.log"; echo "FAIL tlm_full: build"; exit 1; }
fail() { echo "FAIL tlm_full: $1"; exit 1; }

data=(--data sim/data/mnist/t10k-images-idx3-ubyte.gz \
    --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz)
python3 tb/unit/tlm/big_net.py "$out/net" 1024 4
for timing in at lt; do
    # 2 GB of memory must do
    (ulimit -v 2000000; "$build/ohmic" --backend tlm --tlm-lib "$build/libohm_tlm.so" \
        --net "$out/net" "${data[@]}" --config base \
        --mesh 16x16 --count 20 --tlm nroute=8 --tlm timing=$timing \
            --out "$out/$timing" >"$out/$timing.log" 2>&1) \
        || { tail -3 "$out/$timing.log"; fail "16x16, $timing"; }
    grep -q '^mapping .* 256 of 256 tiles' "$out/$timing.log" ||
        fail "16x16, $timing: not all tiles are in use"
    grep -q 'VMMs checked: [1-9][0-9]*, mismatches: 0' "$out/$timing.log" ||
        fail "16x16, $timing: no VMM was checked"
done
cmp "$out/at/predictions.csv" "$out/lt/predictions.csv" ||
    fail "16x16: the timing style changes results"
# the same network on large tiles, eight threads of the fast model
(ulimit -v 2000000; "$build/ohmic" --backend model --threads 8 --net "$out/net" "${data[@]}" \
    --config large --mesh 16x16 --count 100 \
    --out "$out/model" >"$out/model.log" 2>&1) || { tail -3 "$out/model.log";
        fail "16x16, fast model"; }
grep -q 'VMMs checked: [1-9][0-9]*, mismatches: 0' "$out/model.log" ||
    fail "16x16, fast model: no VMM was checked"

cat >"$out/space.json" <<END
{"format": "ohmic-explore-1", "net": "sim/networks/digits-64-32-10", 
 "data": "sim/data/digits/test-images.npy",
 "labels": "sim/data/digits/test-labels.npy", "device": "ideal", "mapping": "pwm", "seed": 1,
 "images": 20,
 "space": {"config": ["tiny:4x4", "small:2x2", "tiny:1x1"], "adc_steps": [1, 2],
  "clock_mhz": [500, 1000]},
 "pareto": ["images_per_s", "energy_nj"]}
END
scripts/explore.py "$out/space.json" --out "$out/explore" --ohmic "$build/ohmic" \
    --tlm-lib "$build/libohm_tlm.so" >"$out/explore.log" 2>&1 \
    || { cat "$out/explore.log"; fail "explore"; }
[ "$(wc -l <"$out/explore/explore.csv")" -eq 13 ] ||
    fail "explore.csv: expected a header and 12 points"
[ "$(grep -c 'does not fit' "$out/explore/explore.csv")" -eq 4 ] ||
    fail "explore.csv: expected 4 points that do not fit 1x1"
grep -q '<svg' "$out/explore/pareto.svg" || fail "pareto.svg: no figure"
sed 's/"images": 20/"images": 2/' "$out/space.json" >"$out/bad.json"
scripts/explore.py "$out/bad.json" --out "$out/explore" >"$out/bad.log" 2>&1 &&
    fail "explore takes 2 images"
grep -q '^explore: .*images: 2, expected 8 or more' "$out/bad.log" ||
    fail "explore: $(cat "$out/bad.log")"
echo "PASS tlm_full 13 checks"
