#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/diagnose.py: which errors it finds, and that its lines add up. Last line: PASS diagnose
# <n> checks.
# Usage: run.sh [build directory]
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/diagnose}
mkdir -p "$out"
make -s sim/out/build/ohmic

diagnose() { # name, options: writes $out/NAME/diagnose.csv
    scripts/diagnose.py --net sim/networks/digits-16-16-10 \
        --data sim/data/digits/test-images-4x4.npy \
        --labels sim/data/digits/test-labels.npy --config tiny --mesh 2x2 --count 100 \
            --out "$out/$1" "${@:2}" >"$out/$1.log" 2>&1
}

printf 'device = pcm-hermes\nread_scale = 0\n' >"$out/program.txt"
printf 'offset = 2\n' >"$out/offset.txt"
for run in "ideal --device ideal" "program --device-file $out/program.txt" \
    "offset --device ideal --physics $out/offset.txt" \
           "all --device-file sim/configs/devices/hermes-worn.txt \
               --physics sim/configs/devices/macro-real.txt --time 86400" \
           "drifted --device pcm-hermes --time 86400" \
               "compensated --device pcm-hermes --time 86400 --compensate"; do
    read -ra words <<<"$run"
    diagnose "${words[@]}" || { cat "$out/${words[0]}.log"; echo "FAIL diagnose: ${words[0]}";
        exit 1; }
done
for bad in "unknown --device steam" "nofile --device-file $out/none.txt" "network --net $out"; do
    read -ra words <<<"$bad"
    ! diagnose "${words[@]}" || { echo "FAIL diagnose: ${words[0]} was taken"; exit 1; }
    grep -q '^diagnose: ' "$out/${words[0]}.log" ||
        { echo "FAIL diagnose: no clear line: $(cat "$out/${words[0]}.log")"; exit 1; }
done

python3 - "$out" <<'PYTHON'
import csv
import sys

checks = 3


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        sys.exit(f"FAIL diagnose: {what}")


def load(name):
    with open(f"{sys.argv[1]}/{name}/diagnose.csv", encoding="utf-8") as f:
        return {row.pop("run"): [float(v) for v in row.values()] for row in csv.DictReader(f)}


def groups(table):
    return [name[8:] for name in table if name.startswith("without ")]


ideal = load("ideal")
check(groups(ideal) == ["clipping"] and ideal["everything"] == ideal["only the ADC"],
      "ideal devices have the ADC's error only")
check(min(ideal["only the ADC"][1:]) > 0, "the ADC rounds")
for name, one in (("program", "programming"), ("offset", "converters")):
    table = load(name)
    check(groups(table) == [one, "clipping"],
          f"{name}: {groups(table)}, expected {one} and clipping")
    check(table["without " + one] == table["only the ADC"] == ideal["only the ADC"],
          f"{name}: nothing else is left without it")
    check(table["only " + one] == table["everything"], f"{name}: it is everything")
    check(all(a > b for a, b in zip(table["everything"][1:], ideal["everything"][1:])),
          f"{name}: it adds error")
every = load("all")
check(groups(every) == ["programming", "device spread", "read noise", "drift", "wires",
                        "integrators", "converters", "clipping"],
      f"all: {groups(every)}")
check(every["only the ADC"] == ideal["only the ADC"], "all: the ADC alone is the same chip")
for name in groups(every)[:-1]:
    only = every["only " + name]
    check(all(a > b for a, b in zip(only[1:], ideal["everything"][1:])),
          f"all: {name} alone adds error in each layer")
    check(only[1] < every["everything"][1],
          f"all: {name} alone has less error than all, in the first layer")
check(load("compensated")["everything"][1] < 0.8 * load("drifted")["everything"][1],
      "compensation takes away most of the drift's error")
print(f"PASS diagnose {checks} checks")
PYTHON
