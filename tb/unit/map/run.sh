#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is generated from the map agrees with itself: addresses in RTL and C, ranges of sizes. Then
# the generator's own refusals: a parameter that is not handed down, fields that overlap, a size out
# of range.
# Usage: run.sh, with SEED in the environment. Last line: `PASS map <n> checks`.
set -eu
cd "$(dirname "$0")/../../.."
out=sim/out/unit/map
rm -rf "$out"
mkdir -p "$out"
python3 tb/unit/map/top.py "$out" "${SEED:-1}"
for name in ohm_reg ohm_config; do
    # shellcheck disable=SC2046
    gcc -std=c11 -O2 -Wall -Wextra -Werror $(scripts/sources.sh include) \
        -c behav/common/$name.c -o "$out/$name.o"
done
tb/unit/verilate.sh -Wall -Irtl/common --top-module top --Mdir "$out/obj" \
    -CFLAGS "-std=c++17 -Wall -I$PWD/$out -I$PWD/behav/common" "$out/top.v" \
    "$(scripts/sources.sh rtl ohm_reg_check)" "$PWD/tb/unit/map/bench.cpp" \
    "$PWD/$out/ohm_reg.o" "$PWD/$out/ohm_config.o" >"$out/build.log" 2>&1 ||
    { cat "$out/build.log"; exit 1; }
"$out/obj/Vtop" >"$out/bench.log" || { cat "$out/bench.log"; exit 1; }
echo "  addresses and sizes agree"
total=$(sed -n 's/^checks //p' "$out/bench.log")

# refused FILE SED-SCRIPT WORDS: a copy of the sources with this change is refused so
refused() {
    rm -rf "$out/copy"
    mkdir -p "$out/copy"
    cp -r rtl scripts "$out/copy"
    mkdir -p "$out/copy/sim" "$out/copy/behav"
    cp -r sim/configs sim/kernels "$out/copy/sim"
    cp -r behav/. "$out/copy/behav"
    cp --parents sim/host/vector/ohm_vkernel_list.h "$out/copy"
    cp --parents ohmic.core docs/reference/map.md docs/reference/configurations.md "$out/copy"
    find tb -name '*.sv' -exec cp --parents {} "$out/copy" \;
    sed -i "$2" "$out/copy/$1"
    ! cmp -s "$1" "$out/copy/$1" || { echo "FAIL map: $2 changes nothing in $1"; exit 1; }
    if message=$(python3 "$out/copy/scripts/gen.py" check 2>&1) ||
        ! echo "$message" | grep -qF "$3"; then
        echo "FAIL map: $1 with $2: '$message', expected '$3'"
        exit 1
    fi
    total=$((total + 1))
}
refused rtl/shell/ohm_ni_rx.v 's/\.LINK_W(LINK_W), //' \
    'instance of ohm_reg_check: LINK_W is not passed'
refused rtl/shell/ohm_ni_rx.v 's/\.PSUM(PSUM), //' 'instance of ohm_reg_check: PSUM is not passed'
refused rtl/macro/ohm_macro_bb.v 's/parameter ADC_B = ADC == 0/parameter ADC_B = ADC == 1/' \
    'ADC_B is not passed'
refused sim/configs/map.json 's/"W", "lsb": 4, "width": 4/"W", "lsb": 4, "width": 5/' 'SLICE.IN'
refused sim/configs/map.json 's/"CLASS0", "addr": "0x0397"/"CLASS0", "addr": "0x0396"/' \
    'share address 0x0396'
refused sim/configs/map.json 's/"RESERVED", "code": 18/"RESERVED", "code": 21/' 'none left out'
refused sim/configs/ohmic.json 's/"PSUM_SLOTS": 2/"PSUM_SLOTS": 3/' 'PSUM_SLOTS = 3'
refused sim/configs/ohmic.json 's/"max": 256}/"max": 512}/' 'SLICE_EXT.LAST'
refused rtl/common/ohm_reg_exists.vh 's/MODES != 0/WINDOW != 0/' \
    'out of date: rtl/common/ohm_reg_exists.vh'
echo "PASS map $total checks"
