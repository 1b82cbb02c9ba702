#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/sweep.py on the RTL, every VMM checked: what its lines must be to each other; then codings
# in the exact mapping, each accumulator equal to W·x. Last line: PASS sweep <n> checks.
# Usage: run.sh [build directory]; MESH and CONFIG: the chip, built before
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-${OUT:-sim/out/unit/sweep}}
config=${CONFIG:-small} mesh=${MESH:-3x3}
rtl=sim/out/build/$config-$mesh/libohm_rtl.so
mkdir -p "$out"
make -s sim/out/build/ohmic "$rtl" tlm CONFIG="$config" MESH="$mesh"
data=(--data sim/data/digits/test-images.npy --labels sim/data/digits/test-labels.npy \
    --config "$config" --mesh "$mesh")
sweep() { # name, options
    scripts/sweep.py --net sim/networks/digits-64-32-10 "${data[@]}" \
        --out "$out/$1" "${@:2}" >"$out/$1.log" 2>&1
}
failed() {
    cat "$out/$1.log"
    echo "FAIL sweep: $1"
    exit 1
}

sweep rtl --backend rtl --rtl-lib "$rtl" --device ideal --count 12 || failed rtl
sweep model --device ideal --count 12 --tlm-lib sim/out/build/libohm_tlm.so || failed model
! sweep bad --device steam || failed bad
grep -qE '^sweep: pulse width: --device' "$out/bad.log" || failed bad
# What does not fit says so in its place; the rows behind it are there.
scripts/sweep.py --net sim/networks/digits-64-32-10 --data sim/data/digits/test-images.npy \
    --labels sim/data/digits/test-labels.npy --config small --mesh 2x1 --device ideal --count 2 \
        --out "$out/narrow" \
    >"$out/narrow.log" 2>&1 || failed narrow
short='it needs 1 tiles of 64x64, the network 3, the mesh 2x1 has 2'
grep -qE "^2-bit cells +left out: layer fc2: does not fit: $short" \
    "$out/narrow.log" || failed narrow
grep -q '^ADC 9 bits ' "$out/narrow.log" && grep -q '^ADC 9 bits,' "$out/narrow/sweep.csv" ||
    failed narrow

total=0
while read -ra coding; do
    sim/out/build/ohmic --backend rtl --rtl-lib "$rtl" \
        --net sim/networks/digits-64-32-10 "${data[@]}" --device ideal --mapping exact \
        --count 3 --out "$out/exact" "${coding[@]}" >"$out/exact.log" 2>&1 || failed exact
    grep -q '^exactness  126 accumulators equal W.x' "$out/exact.log" || failed exact
    total=$((total + $(sed -n 's/^VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$out/exact.log")))
done <<'CODINGS'
--slices 4+4 --row-groups 8
--slices 2+3+3 --row-groups 4
--slices 2+2+2+2 --apart both
--slices 8x1 --apart inputs
--slices 8x1 --apart weights
--slices 8x1 --pulse-count
--slices 8x1 --cell-bits 3
--slices 4+4 --cell-bits 1 --row-groups 4
CODINGS

python3 - "$out" "$total" <<'PYTHON'
import csv
import sys

checks = int(sys.argv[2])


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        sys.exit(f"FAIL sweep: {what}")


def load(name):
    with open(f"{sys.argv[1]}/{name}/sweep.csv", encoding="utf-8") as f:
        return {row["setting"]: {k: v if k in ("setting", "config", "options") else float(v)
                                 for k, v in row.items()} for row in csv.DictReader(f)}


rtl, model = load("rtl"), load("model")
# Settings on sister configurations are there where their RTL happens to be built.
own = [k for k in model if model[k]["config"] == rtl["pulse width"]["config"]]
check(len(own) >= 8 and [k for k in rtl if k in own] == own and set(rtl) <= set(model),
      "at least eight settings, the same on both models")
for name in ("oscillators", "shared SAR"):
    check(model[name]["error_percent"] < 1.2 * model["pulse width"]["error_percent"],
          f"{name}: rounds as a ramp does: {model[name]['error_percent']}")
    check(model[name]["cycles_per_vmm"] <= model["pulse width"]["cycles_per_vmm"],
          f"{name}: {model[name]['cycles_per_vmm']} cycles")
for name, row in rtl.items():
    checks += int(row["vmms_checked"])
    check(row["vmms_checked"] == 12 * row["tiles"], f"{name}: every VMM is checked")
    check(abs(row["cycles_per_image"] / row["cycles_per_vmm"] - 1) < 0.02,
          f"{name}: {row['cycles_per_image']} cycles, planned {row['cycles_per_vmm']}")
    check(all(row[k] == model[name][k]
              for k in ("accuracy", "conversions_per_image", "energy_nj_per_image",
                        "clipped_percent", "error_percent")),
          f"{name}: RTL and fast model agree")
    check(row["accuracy"] >= 90, f"{name}: accuracy {row['accuracy']}")
base = rtl["pulse width"]
for name, reads in (("4+4", 2), ("2+3+3", 3), ("bit-serial", 8), ("two-phase", 2),
                    ("columns apart", 2), ("four-phase", 4), ("row groups", 4),
                    ("2-bit cells", 4), ("bits and cells", 32), ("prime", 4), ("pulse count", 1),
                    ("ADC 4 bits", 1)):
    check(rtl[name]["conversions_per_image"] == reads * base["conversions_per_image"],
          f"{name}: {reads} conversions a weight")
for name in ("4+4", "2+3+3", "bit-serial", "two-phase", "columns apart", "four-phase"):
    check(rtl[name]["error_percent"] < 1.2 * base["error_percent"],
          f"{name}: rounds no worse than one read of 8 bits: {rtl[name]['error_percent']}")
errors = [rtl[f"ADC {bits} bits"]["error_percent"] for bits in (4, 5, 6, 7)] + [
    base["error_percent"], rtl["ADC 9 bits"]["error_percent"]]
check(errors == sorted(errors, reverse=True), f"more bits, less error: {errors}")
check(rtl["pulse count"]["error_percent"] == base["error_percent"],
      "pulse count and pulse width are the same numbers")
check(rtl["bits and cells"]["error_percent"] < 0.1 * base["error_percent"],
      "sums of 1-bit inputs and 2-bit cells fit the ramp")
print(f"PASS sweep {checks} checks")
PYTHON
