#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Proves the properties that modules carry under `ifdef FORMAL: bounded check, induction, and that covers are reached.
# A depth of 0 leaves a step out: what has no induction holds for the bounded number of cycles after reset only.
# Prints "PASS formal <n> proofs" last, and exits 0, only when all hold. OHM_OUT: where to work.
set -eu
cd "$(dirname "$0")/../.."
out=${OHM_OUT:-sim/out/unit}/formal
mkdir -p "$out"
total=0

# module; depth of the bounded check; of induction; of covers; parameters; files
while read -r top depth induction cover parameters files; do
    name=$top-$(echo "$parameters" | tr ',' '-')
    base=$out/$name
    sets=$(echo "$parameters" | sed 's/\([A-Z_]*\)=\([0-9]*\),*/-set \1 \2 /g')
    # $files is a list of words
    # shellcheck disable=SC2086
    yosys -q -l "$base.yosys.log" -p "read_verilog -formal -Irtl/common $(echo $files); chparam $sets $top; \
        prep -flatten -top $top -nordff; async2sync; write_smt2 -wires $base.smt2" ||
        { echo "FAIL formal $name: yosys"; exit 1; }
    grep -q '^; yosys-smt2-assert' "$base.smt2" || { echo "FAIL formal $name: no assertion"; exit 1; }
    for step in "-t $depth" "-i -t $induction" "-c -t $cover"; do
        [ "${step##* }" != 0 ] || continue
        # shellcheck disable=SC2086
        yosys-smtbmc -s z3 --presat $step "$base.smt2" >"$base.log" 2>&1 && grep -q 'Status: PASSED\|Status: passed' "$base.log" ||
            { cat "$base.log"; echo "FAIL formal $name: yosys-smtbmc $step"; exit 1; }
        total=$((total + 1))
    done
    if [ "$induction" = 0 ]; then echo "formal $name: holds for $depth cycles"; else echo "formal $name: proved"; fi
done <<END
ohm_fifo 8 8 12 W=3,DEPTH=2 rtl/common/ohm_fifo.v
ohm_fifo 8 8 12 W=3,DEPTH=3 rtl/common/ohm_fifo.v
ohm_fifo 8 8 12 W=3,DEPTH=4 rtl/common/ohm_fifo.v
ohm_fifo 8 8 24 W=2,DEPTH=16 rtl/common/ohm_fifo.v
ohm_rr 8 8 12 N=2 rtl/common/ohm_rr.v
ohm_rr 8 8 12 N=5 rtl/common/ohm_rr.v
ohm_skid 8 4 12 W=3,ZERO=2 rtl/common/ohm_skid.v
ohm_stage 6 3 8 W=3,PIPE=1 rtl/common/ohm_stage.v
ohm_pkt_fifo 8 8 12 W=2,DEPTH=4 rtl/common/ohm_pkt_fifo.v
ohm_pkt_fifo 8 8 16 W=2,DEPTH=8 rtl/common/ohm_pkt_fifo.v
ohm_axil 8 8 12 MESH_W=4,MESH_H=4 rtl/chip/ohm_axil.v
ohm_row_mod 4 3 12 ROWS=4,MODES=1 rtl/core/ohm_row_mod.v
ohm_row_mod 4 3 0 ROWS=5,MODES=0 rtl/core/ohm_row_mod.v
ohm_row_mod 4 3 12 ROWS=4,MODES=1,LINK=1 rtl/core/ohm_row_mod.v
ohm_capture 12 4 20 COLS=4,CODE_W=4 rtl/core/ohm_capture.v
ohm_capture_cco 6 3 12 COLS=4,CODE_W=4 rtl/core/ohm_capture_cco.v
ohm_capture_code 14 6 16 COLS=4,CODE_W=4,MUX=2,ADC_CYCLES=2 rtl/core/ohm_capture_code.v
ohm_capture_code 14 6 16 COLS=6,CODE_W=4,MUX=3,ADC_CYCLES=1 rtl/core/ohm_capture_code.v
ohm_shift_add 6 4 8 COLS=4,CODE_W=4,ACC_F=0,MODES=0 rtl/core/ohm_shift_add.v rtl/core/ohm_trim.v rtl/common/ohm_ram.v
ohm_shift_add 6 4 0 COLS=4,CODE_W=5,ACC_F=6,MODES=0 rtl/core/ohm_shift_add.v rtl/core/ohm_trim.v rtl/common/ohm_ram.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,MODES=0 rtl/core/ohm_desc.v rtl/common/ohm_ram.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,PSUM=0,MODES=0 rtl/core/ohm_desc.v rtl/common/ohm_ram.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,MODES=1 rtl/core/ohm_desc.v rtl/common/ohm_ram.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,MODES=0,ADC=2,ADC_BITS=2 rtl/core/ohm_desc.v rtl/common/ohm_ram.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,MODES=0,LINK_W=3 rtl/core/ohm_desc.v rtl/common/ohm_ram.v
END

# With many bits side by side a SAT solver is quicker than z3: yosys sat. `induction` proves for all time, `cycles` from reset on
# for so many. Parts that have proofs of their own are taken as they are; tb/formal/ohm_fifo.v, ohm_ingress.v and ohm_ram.v
# stand for any queue, ingress and memory. -mem2reg: arrays become registers.
core=
for m in calib desc rows rows_serial row_mod ctrl ramp ramp_serial capture capture_serial capture_cco capture_code scan \
    convert convert_serial shift_add shift_add_serial trim acc acc_serial reference post counters counters_serial link; do
    core="$core $(scripts/sources.sh rtl "ohm_$m")"
done
size=ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,ACC_BANKS=2,ACC_F=0
while read -r kind steps top parameters files; do
    name=$top-$(echo "$parameters" | tr ',' '-')
    sets=$(echo "$parameters" | sed 's/\([A-Z_]*\)=\([0-9]*\),*/-set \1 \2 /g')
    only=
    [ "$kind" = cycles ] && only=-tempinduct-baseonly
    yosys -l "$out/$name.log" -p "read_verilog -formal -Irtl/common ${files%%:*}; read_verilog -Irtl/common ${files#*:}; chparam $sets $top; \
        prep -flatten -top $top -nordff; async2sync; delete t:\$cover; opt -full; select -assert-min 1 t:\$assert; techmap; opt; \
        sat -tempinduct $only -prove-asserts -set-assumes -maxsteps $steps -verify" >/dev/null 2>&1 && grep -q 'SUCCESS!' "$out/$name.log" ||
        { tail -40 "$out/$name.log"; echo "FAIL formal $name: sat, $kind"; exit 1; }
    total=$((total + 1))
    echo "formal $name: proved by $kind, $steps"
done <<END
induction 8 ohm_channels NVC=2,W=3,WHOLE=0 rtl/noc/ohm_channels.v : rtl/common/ohm_rr.v
induction 8 ohm_channels NVC=2,W=3,WHOLE=1 rtl/noc/ohm_channels.v : rtl/common/ohm_rr.v
induction 8 ohm_channels NVC=4,W=3,WHOLE=1 rtl/noc/ohm_channels.v : rtl/common/ohm_rr.v
induction 8 ohm_credit NCREDIT=3 -mem2reg rtl/shell/ohm_credit.v : rtl/common/ohm_rr.v
induction 4 credit_loop SLOTS=4 -mem2reg tb/formal/credit_loop.v : -mem2reg rtl/shell/ohm_credit.v rtl/shell/ohm_slots.v rtl/shell/ohm_return.v
induction 8 ohm_turns WAIT=4 -mem2reg rtl/noc/ohm_turns.v : rtl/noc/ohm_route.v
induction 8 ohm_ingress MAX_FLITS=4,PIPE=0 rtl/noc/ohm_ingress.v tb/formal/ohm_fifo.v : rtl/noc/ohm_route.v rtl/common/ohm_skid.v
induction 8 ohm_ingress MAX_FLITS=4,PARITY=1,FLIT_W=33 rtl/noc/ohm_ingress.v tb/formal/ohm_fifo.v : rtl/noc/ohm_route.v rtl/common/ohm_skid.v
cycles 10 ohm_ingress MAX_FLITS=4,PIPE=1 rtl/noc/ohm_ingress.v tb/formal/ohm_fifo.v : rtl/noc/ohm_route.v rtl/common/ohm_skid.v
induction 4 ohm_router PIPE=0,SHARED=0 rtl/noc/ohm_router.v tb/formal/ohm_ingress.v : rtl/noc/ohm_turns.v
induction 4 ohm_router PIPE=1,SHARED=0 rtl/noc/ohm_router.v tb/formal/ohm_ingress.v : rtl/noc/ohm_turns.v
induction 4 ohm_router PIPE=0,SHARED=1 rtl/noc/ohm_router.v tb/formal/ohm_ingress.v : rtl/noc/ohm_turns.v
induction 2 ohm_core $size,MODES=1 rtl/core/ohm_core.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
induction 2 ohm_core $size,MODES=1,LINK_W=2 rtl/core/ohm_core.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
induction 2 ohm_core $size,MODES=1,ADC=1 rtl/core/ohm_core.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
induction 2 ohm_core $size,MODES=1,ADC=2,MUX=2,ADC_CYCLES=2 rtl/core/ohm_core.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
induction 2 ohm_core_serial $size,MODES=0 rtl/core/ohm_core_serial.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
END
[ "$total" -gt 0 ]
echo "PASS formal $total proofs"
