#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Synthesis kept the meaning: netlists of the tiny board (iCE40 cells, mapped for speed and for area; osu018 standard cells with the macro outside) take the place
# of the RTL in the simulated board and run a network over the serial pins, every result checked. One wire a net: Verilator takes
# a bus of a netlist for a loop, and simulates it wrongly.
# BREAK=SED-EXPRESSION is applied to the netlists, to see that the test can fail. Last line: PASS netlist <n> checks.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
out=${OUT:-sim/out/netlist}
mkdir -p "$out"
count=${COUNT:-10}
liberty=${LIBERTY:-/usr/share/qflow/tech/osu018/osu018_stdcells.lib}
rtl="rtl/common/*.v rtl/noc/*.v rtl/tile/*.v rtl/chip/*.v rtl/fpga/*.v"
share=$(dirname "$(command -v yosys)")/../share/yosys
checks=0

fail() { echo "FAIL netlist: $*"; exit 1; }

synth() { # synth NAME COMMANDS: writes $out/NAME.v
    printf '%s\n' "$2" >"$out/$1.ys"
    yosys -q -s "$out/$1.ys" >"$out/$1.log" 2>&1 || { tail -3 "$out/$1.log"; fail "$1: Yosys"; }
    [ -z "${BREAK:-}" ] || sed -i "$BREAK" "$out/$1.v"
}

board() { # board NAME FILES…: builds it and runs the network
    local name=$1 n
    shift
    tb/unit/uart/build.sh "$out/$name" ohm_board_hx8k -Wno-lint -Wno-style -Wno-TIMESCALEMOD "$@" >"$out/$name.build.log" 2>&1 ||
        { tail -5 "$out/$name.build.log"; fail "$name: simulation does not build"; }
    OUT=$out/$name BOARD=$out/$name/board ONLY_CLEAN=1 COUNT=$count tb/unit/uart/run.sh >"$out/$name.run.log" 2>&1 ||
        { tail -5 "$out/$name.run.log"; fail "$name: the network"; }
    n=$(sed -n 's/^PASS uart \([0-9]*\) checks$/\1/p' "$out/$name.run.log")
    [ "${n:-0}" -gt 0 ] || fail "$name: no checks"
    echo "  $name: $n VMMs"
    checks=$((checks + n))
}

# A LUT as an expression: a module for each content of a LUT would keep Verilator busy for minutes.
cat >"$out/lut.v" <<END
module SB_LUT4 (output O, input I0, I1, I2, I3);
    parameter [15:0] LUT_INIT = 0;
    \\\$lut #(.WIDTH(4), .LUT(LUT_INIT)) _TECHMAP_REPLACE_ (.A({I3, I2, I1, I0}), .Y(O));
endmodule
END
ice40() { # ice40 NAME DEFINE COMMANDS: DEFINE for the emulated macro
    synth "$1" "read_verilog -defer -DSYNTHESIS -Irtl/common $rtl
read_verilog -defer -DSYNTHESIS $2 -Irtl/common rtl/macro/ohm_macro_emu.v
hierarchy -check -top ohm_board_hx8k
proc
techmap -map scripts/synth_compare.v
$3
techmap -map $out/lut.v
splitnets
write_verilog -noattr $out/$1.v"
    board "$1" -DNO_ICE40_DEFAULT_ASSIGNMENTS "$out/$1.v" "$share/ice40/cells_sim.v"
}
flow="synth_ice40 -abc9 -device hx -top ohm_board_hx8k"
ice40 ice40 "" "$flow"
# as for the smallest part: for area, with a multiplier
ice40 area -DOHM_MULTIPLIER=1 "$flow -dff -dffe_min_ce_use 4 -run begin:map_luts
script scripts/synth_area.ys
$flow -run map_cells:"

if [ -r "$liberty" ]; then
    synth models "read_liberty -ignore_miss_func -ignore_miss_dir $liberty
write_verilog -noattr $out/models.v"
    synth cells "read_verilog -defer -DSYNTHESIS -Irtl/common $rtl
read_verilog -Irtl/common rtl/macro/ohm_macro_bb.v
hierarchy -check -top ohm_board_hx8k
proc; flatten; opt; wreduce; peepopt; opt_clean; alumacc; opt
memory -nomap
opt -full; techmap; opt; dfflibmap -liberty $liberty; abc -liberty $liberty
opt_clean -purge
splitnets
write_verilog -noattr $out/cells.v"
    board cells "$out/cells.v" "$out/models.v" rtl/macro/ohm_macro_emu.v
else
    echo "  cells: skipped, no $liberty (package qflow-tech-osu018)"
fi
echo "PASS netlist $checks checks"
