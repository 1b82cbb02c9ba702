#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Synthesis kept the meaning: netlists of the tiny board (iCE40 cells, mapped for speed and for
# area; osu018 standard cells with the macro outside) take the place of the RTL in the simulated
# board and run a network over the serial pins, every result checked. `run.sh large`: the board of
# 2x2 tiles of 64x64 in standard cells. One wire a net: Verilator takes a bus of a netlist for a
# loop, and simulates it wrongly; without const-bit-op-tree: Verilator before 5.010 simulates some
# gates wrongly (its issue 4059).
#   run.sh [ice40 | area | cells | large]     one of these; without a word the first three
# BREAK=SED-EXPRESSION is applied to the netlists, to see that the test can fail. Last line: PASS
# netlist <n> checks.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
out=${OUT:-sim/out/netlist}
mkdir -p "$out"
cache=sim/out/cache/netlist
mkdir -p "$cache"
find "$cache" -type f -mtime +30 -delete
count=${COUNT:-10}
part=${1:-all}
case $part in
    all | ice40 | area | cells | large) ;;
    *) echo "run.sh: '$part', expected ice40, area, cells, large or nothing" >&2; exit 2 ;;
esac
liberty=${LIBERTY:-/usr/share/qflow/tech/osu018/osu018_stdcells.lib}
logic="$(scripts/sources.sh rtl | tr '\n' ' ') rtl/fpga/ohm_fpga.v rtl/fpga/ohm_uart*.v"
rtl="$logic rtl/fpga/ohm_board_hx8k.v"
emulation=$(echo rtl/macro/ohm_macro_emu.v rtl/macro/ohm_emu_*.v)
quiet="-Wno-lint -Wno-style -Wno-TIMESCALEMOD -fno-const-bit-op-tree"
share=$(dirname "$(command -v yosys)")/../share/yosys
checks=0

fail() { echo "FAIL netlist: $*"; exit 1; }

synth() { # synth NAME COMMANDS: writes $out/NAME.v
    local stored
    printf '%s\n' "$2" >"$out/$1.ys"
    # The directory of this run is no part of what a netlist depends on; the library's file is.
    stored=$cache/$({ sed "s|$out|OUT|g" "$out/$1.ys"; yosys -V;
        sha256sum $rtl "$out"/*.in.v rtl/common/*.vh \
        rtl/macro/*.v scripts/synth_*; [ ! -r "$liberty" ] || sha256sum "$liberty"; } |
            sha256sum | cut -c1-32).v
    if [ -s "$stored" ]; then
        cp "$stored" "$out/$1.v"
        echo "  $1: netlist cached"
    else
        yosys -q -s "$out/$1.ys" >"$out/$1.log" 2>&1 || { tail -3 "$out/$1.log"; fail "$1: Yosys"; }
        cp "$out/$1.v" "$stored.$$" && mv "$stored.$$" "$stored"
    fi
    [ -z "${BREAK:-}" ] || sed -i "$BREAK" "$out/$1.v"
}

board() { # board NAME FILES…: builds it and runs the network
    local name=$1 n
    shift
    # shellcheck disable=SC2086 # a list of flags
    tb/unit/uart/build.sh "$out/$name" ohm_board_hx8k $quiet "$@" >"$out/$name.build.log" 2>&1 ||
        { tail -5 "$out/$name.build.log"; fail "$name: simulation does not build"; }
    OUT=$out/$name BOARD=$out/$name/board ONLY_CLEAN=1 COUNT=$count tb/unit/uart/run.sh \
        >"$out/$name.run.log" 2>&1 ||
        { tail -5 "$out/$name.run.log"; fail "$name: the network"; }
    n=$(sed -n 's/^PASS uart \([0-9]*\) checks$/\1/p' "$out/$name.run.log")
    [ "${n:-0}" -gt 0 ] || fail "$name: no checks"
    echo "  $name: $n VMMs"
    checks=$((checks + n))
}

# A LUT as an expression: a module for each content of a LUT would keep Verilator busy for minutes.
cat >"$out/lut.in.v" <<END
module SB_LUT4 (output O, input I0, I1, I2, I3);
    parameter [15:0] LUT_INIT = 0;
    \\\$lut #(.WIDTH(4), .LUT(LUT_INIT)) _TECHMAP_REPLACE_ (.A({I3, I2, I1, I0}), .Y(O));
endmodule
END
ice40() { # ice40 NAME DEFINE COMMANDS: DEFINE for the emulated macro
    synth "$1" "read_verilog -defer -DSYNTHESIS -Irtl/common $rtl
read_verilog -defer -DSYNTHESIS $2 -Irtl/common $emulation
hierarchy -check -top ohm_board_hx8k
proc
techmap -map scripts/synth_compare.v
$3
techmap -map $out/lut.in.v
splitnets
write_verilog -noattr $out/$1.v"
    board "$1" -DNO_ICE40_DEFAULT_ASSIGNMENTS "$out/$1.v" "$share/ice40/cells_sim.v"
}
cells() { # cells NAME TOP TOP-FILE: $out/NAME.v and $out/models.v
    synth models "read_liberty -ignore_miss_func -ignore_miss_dir $liberty
write_verilog -noattr $out/models.v"
    synth "$1" "read_verilog -defer -DSYNTHESIS -Irtl/common $logic $3
read_verilog -Irtl/common rtl/macro/ohm_macro_bb.v
hierarchy -check -top $2
proc; flatten; opt; wreduce; peepopt; opt_clean; alumacc; opt
memory -nomap
opt -full; techmap; opt; dfflibmap -liberty $liberty; abc -liberty $liberty
opt_clean -purge
splitnets
write_verilog -noattr $out/$1.v"
}
if [ ! -r "$liberty" ] && [[ $part = cells || $part = large ]]; then
    echo "SKIP netlist no $liberty (package qflow-tech-osu018)"
    exit 77
fi
if [ "$part" = large ]; then
    mkdir -p "$out/large"
    sed 's/\.DIV([0-9]*)/.DIV(5)/' rtl/fpga/ohm_board_ulx3s.v >"$out/top.in.v"
    cells large ohm_board_ulx3s "$out/top.in.v"
    # shellcheck disable=SC2086 # a list of flags
    DIV=5 tb/unit/uart/build.sh "$out/large" ohm_board_ulx3s $quiet "$out/large.v" "$out/models.v" \
        $emulation \
        >"$out/large.build.log" 2>&1 || { tail -5 "$out/large.build.log";
            fail "large: simulation does not build"; }
    OUT=$out/large BOARD=$out/large/board SHORT=1 tb/unit/uart/mesh.sh >"$out/large.run.log" 2>&1 \
        || { tail -5 "$out/large.run.log"; fail "large: the network"; }
    checks=$(sed -n 's/^PASS uart_2x2 \([0-9]*\) checks$/\1/p' "$out/large.run.log")
    [ "${checks:-0}" -gt 0 ] || fail "large: no checks"
    echo "PASS netlist $checks checks"
    exit 0
fi
flow="synth_ice40 -abc9 -device hx -top ohm_board_hx8k"
[[ $part = area || $part = cells ]] || ice40 ice40 "" "$flow"
# as for the smallest part: for area, with a multiplier
[[ $part = ice40 || $part = cells ]] || ice40 area -DOHM_MULTIPLIER=1 \
    "$flow -dff -dffe_min_ce_use 4 -run begin:map_luts
script scripts/synth_area.ys
$flow -run map_cells:"

if [[ $part = ice40 || $part = area ]]; then
    :
elif [ -r "$liberty" ]; then
    cells cells ohm_board_hx8k rtl/fpga/ohm_board_hx8k.v
    board cells "$out/cells.v" "$out/models.v" $emulation
else
    echo "  skip  cells (no $liberty, package qflow-tech-osu018)"
fi
echo "PASS netlist $checks checks"
