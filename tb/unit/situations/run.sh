#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Situations of users whose right numbers are known apart from the code, from NumPy: networks of
# every kind the format has, on ideal devices in the exact mapping, layer by layer, and networks on
# which a chip is silent for long. Last line: PASS situations <n> checks.
# Usage: run.sh [full]; MESH and CONFIG: the chip of the RTL, built before. full: every network on
# the SystemC model, silent ones of all kinds on it and on the RTL.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/situations}
export PYTHONDONTWRITEBYTECODE=1
python=python3
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
mkdir -p "$out" sim/out/build
flock sim/out/build/lock make -s sim/out/build/ohmic tlm >"$out/build.log" 2>&1 ||
    { cat "$out/build.log"; echo "FAIL situations: build"; exit 1; }

total=0
part() { # SCRIPT ARGUMENT…
    local n
    "$python" "tb/unit/situations/$1" sim/out/build/ohmic "$out/${1%.py}" "${@:2}" \
        >"$out/${1%.py}.log" || { cat "$out/${1%.py}.log"; exit 1; }
    n=$(sed -n 's/^PASS situations \([0-9]*\) checks$/\1/p' "$out/${1%.py}.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL situations: $1 made no check"; exit 1; }
    total=$((total + n))
}
case ${1:-} in
'')
    part values.py golden rtl
    part timed.py quick tlm rtl
    ;;
full)
    make -s rtl CONFIG=base MESH=4x4 >>"$out/build.log" 2>&1
    part values.py golden model tlm rtl
    part timed.py full tlm rtl
    ;;
*) echo "situations: '$1', expected full or nothing" >&2; exit 2 ;;
esac
echo "PASS situations $total checks"
