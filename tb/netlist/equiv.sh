#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Yosys proves small modules equal to their netlists, flip-flop by flip-flop (SAT with induction):
# iCE40 cells and osu018 cells. BREAK=SED-EXPRESSION is applied to the RTL of the netlist side, to
# see that a proof can fail. Last line: PASS equiv <n> checks.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
out=${OUT:-sim/out/equiv}
mkdir -p "$out"
liberty=${LIBERTY:-/usr/share/qflow/tech/osu018/osu018_stdcells.lib}
rtl=$({ scripts/sources.sh rtl; ls rtl/fpga/ohm_uart_*.v; } | tr '\n' ' ')
checks=0

if [ -n "${BREAK:-}" ]; then
    broken=$out/rtl
    rm -rf "$broken"
    mkdir -p "$broken"
    for f in $rtl; do sed "$BREAK" "$f" >"$broken/$(basename "$f")"; done
    gate=$(echo "$broken"/*.v)
else
    gate=$rtl
fi

prove() { # prove TOP PARAMETERS NAME COMMANDS CELLS: CELLS reads the models of the cells
    local name=$1-$3
    cat >"$out/$name.ys" <<END
read_verilog -defer -DSYNTHESIS -Irtl/common $rtl
hierarchy -check -top $1 $2
rename -top gold
proc; flatten; memory; opt_clean
design -stash gold
read_verilog -defer -DSYNTHESIS -Irtl/common $gate
hierarchy -check -top $1 $2
rename -top gate
proc; flatten; memory; opt_clean
$4
$5
hierarchy -top gate; proc; flatten; opt_clean
design -stash gate
design -copy-from gold -as gold gold
design -copy-from gate -as gate gate
equiv_make gold gate equiv
hierarchy -top equiv
opt_clean
equiv_struct
equiv_simple
equiv_induct
equiv_status -assert
END
    timeout 600 yosys -q -s "$out/$name.ys" >"$out/$name.log" 2>&1 ||
        { grep -E 'ERROR|Unproven' "$out/$name.log" | tail -1;
            echo "FAIL equiv: $name, see $out/$name.log"; exit 1; }
    checks=$((checks + 1))
    echo "  $name"
}

both() { # both TOP [PARAMETERS]
    # encoded states would have no counterpart in the RTL
    prove "$1" "${2:-}" ice40 \
        "setattr -set fsm_encoding \"none\" w:state_q; synth_ice40 -top gate" \
        "read_verilog -overwrite -DNO_ICE40_DEFAULT_ASSIGNMENTS +/ice40/cells_sim.v"
    [ -r "$liberty" ] || return 0
    prove "$1" "${2:-}" osu018 \
        "techmap; opt -fast; dfflibmap -liberty $liberty; abc -liberty $liberty; clean" \
        "read_liberty -overwrite -ignore_miss_func -ignore_miss_dir $liberty"
}

both ohm_rr "-chparam N 4"
both ohm_turns
both ohm_skid "-chparam W 8"
both ohm_route
both ohm_ramp
both ohm_row_mod "-chparam ROWS 8"
both ohm_counters "-chparam CNT_W 8"
both ohm_uart_rx
both ohm_uart_tx
both ohm_credit "-chparam NCREDIT 2"
both ohm_inject
both ohm_inject_serial
[ -r "$liberty" ] || echo "  skip  osu018 (no $liberty, package qflow-tech-osu018)"
echo "PASS equiv $checks checks"
