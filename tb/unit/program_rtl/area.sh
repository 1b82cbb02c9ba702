#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the programming engine of a small tile takes on an ECP5: at most 1,200 LUT4 with 16 columns,
# and 8 more a column. Last line: PASS program_area <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/program_area}
mkdir -p "$out"
mapfile -t files < <(echo tb/unit/program_rtl/area.v
    find rtl/program -name '*.v' | LC_ALL=C sort; scripts/sources.sh rtl ohm_ram)
luts() { # luts COLUMNS
    yosys -q -l "$out/$1.log" -p "read_verilog -Irtl/common ${files[*]}; \
        chparam -set COLS $1 area; hierarchy -top area; flatten; \
        synth_ecp5 -abc9 -nowidelut -top area; tee -q -o $out/$1.stat stat"
    awk '$1 == "LUT4" {print $2}' "$out/$1.stat"
}
few=$(luts 16) many=$(luts 32)
echo "LUT4: $few with 16 columns, $many with 32"
[ "${few:-0}" -gt 0 ] || { echo "FAIL program_area: no cells"; exit 1; }
[ "$few" -le 1200 ] || { echo "FAIL program_area: $few LUT4, expected at most 1200"; exit 1; }
if [ "${many:-0}" -le 0 ] || [ $((many - few)) -gt 128 ]; then
    echo "FAIL program_area: $((many - few)) LUT4 for 16 columns, expected at most 128"
    exit 1
fi
echo "PASS program_area 2 checks"
