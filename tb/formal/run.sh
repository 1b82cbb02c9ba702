#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Proves the properties that modules carry under `ifdef FORMAL: bounded check, induction, and that
# covers are reached. A depth of 0 leaves a step out: what has no induction holds for the bounded
# number of cycles after reset only.
#   run.sh [full] [blocks | core | MODULE]   all, or those of the blocks (z3), or those with many
#                                     bits (yosys sat), or those of one module; full: also the
#                                     parameters that lines of the tables with this word have
# Prints "PASS formal <n> proofs" last, and exits 0, only when all hold. OHM_OUT: where to work.
# JOBS: proofs at once, 1 without it. A proof whose files, script and tools are those of an earlier
# one that held is taken from sim/out/cache/formal and says so.
set -eu
cd "$(dirname "$0")/../.."
out=${OHM_OUT:-sim/out/unit}/formal
cache=sim/out/cache/formal
full=''
[ "${1:-}" != full ] || { full=full; shift; }
part=${1:-all}
case $part in
    all | blocks | core) ;;
    ohm_*) [ -n "$(find rtl -name "$part.v")" ] || {
        echo "run.sh: '$part', expected the name of a file below rtl/" >&2; exit 2; } ;;
    *) echo "run.sh: '$part', expected blocks, core, a module or nothing" >&2; exit 2 ;;
esac
mkdir -p "$out" "$cache"
find "$cache" -type f -mtime +30 -delete
done_list=$out/$part.done
: >"$done_list"
tools="$(yosys -V) $(z3 --version) $(sha256sum "$(command -v yosys-smtbmc)")"
started=0
tables=0 # proofs in the tables that are read

fail() {
    echo "FAIL formal $*"
    return 1
}

name_of() { echo "$1-${2//,/-}"; } # MODULE PARAMETERS

# -: the module has no parameters.
sets_of() { [ "$1" = - ] || sed 's/\([A-Z_]*\)=\([0-9]*\),*/-set \1 \2 /g' <<<"$1"; }

# key LINE FILE…: what a proof depends on, as one word.
key() {
    local line=$1
    shift
    { echo "$line $tools"; sha256sum "$0" rtl/common/*.vh "$@"; } | sha256sum | cut -c1-32
}

# Steps of yosys-smtbmc on one module: depth of the bounded check, of induction, of covers.
smt() { # smt TOP DEPTH INDUCTION COVER PARAMETERS FILES
    local top=$1 depth=$2 induction=$3 cover=$4 parameters=$5 files=$6 base step steps=0 how
    base=$out/$(name_of "$top" "$parameters")
    # $files is a list of words
    # shellcheck disable=SC2086
    yosys -q -l "$base.yosys.log" -p "read_verilog -formal -Irtl/common $(echo $files); \
        chparam $(sets_of "$parameters") $top; \
        prep -flatten -top $top -nordff; async2sync; write_smt2 -wires $base.smt2" ||
        { fail "$name: yosys"; return; }
    grep -q '^; yosys-smt2-assert' "$base.smt2" || { fail "$name: no assertion"; return; }
    for step in "-t $depth" "-i -t $induction" "-c -t $cover"; do
        [ "${step##* }" != 0 ] || continue
        # shellcheck disable=SC2086
        yosys-smtbmc -s z3 --presat $step "$base.smt2" >"$base.log" 2>&1 &&
            grep -q 'Status: PASSED\|Status: passed' "$base.log" ||
            { cat "$base.log"; fail "$name: yosys-smtbmc $step"; return; }
        steps=$((steps + 1))
    done
    how=proved
    [ "$induction" != 0 ] || how="holds for $depth cycles"
    echo "$steps $how" >"$base.result"
}

# With many bits side by side a SAT solver is quicker than z3: yosys sat. `induction` proves for all
# time, `cycles` from reset on for so many. -mem2reg: arrays become registers.
sat() { # sat KIND STEPS TOP PARAMETERS FILES
    local kind=$1 steps=$2 top=$3 parameters=$4 files=$5 base only=
    base=$out/$(name_of "$top" "$parameters")
    [ "$kind" != cycles ] || only=-tempinduct-baseonly
    yosys -l "$base.log" -p "read_verilog -formal -Irtl/common ${files%%:*}; \
        read_verilog -Irtl/common ${files#*:}; chparam $(sets_of "$parameters") $top; \
        prep -flatten -top $top -nordff; async2sync; delete t:\$cover; opt -full; \
        select -assert-min 1 t:\$assert; techmap; opt; \
        sat -tempinduct $only -prove-asserts -set-assumes -maxsteps $steps -verify" \
        >/dev/null 2>&1 && grep -q 'SUCCESS!' "$base.log" ||
        { tail -40 "$base.log"; fail "$name: sat, $kind"; return; }
    echo "1 proved by $kind, $steps" >"$base.result"
}

# One proof, or its result from the cache; says so and notes it in the list.
prove() { # prove KEY NAME COMMAND…
    local key=$1 name=$2 base=$out/$2 from=
    shift 2
    rm -f "$base.result"
    if [ -s "$cache/$key" ]; then
        cp "$cache/$key" "$base.result"
        from=" (cached)"
    else
        "$@" || return 1
        cp "$base.result" "$cache/$key.$$" && mv "$cache/$key.$$" "$cache/$key"
    fi
    echo "formal $name: $(cut -d' ' -f2- "$base.result")$from"
    cut -d' ' -f1 "$base.result" >>"$done_list"
}

# Keeps JOBS proofs going; the first that fails ends all.
start() { # start KEY NAME COMMAND…
    [ $started -lt "${JOBS:-1}" ] || { wait -n || exit 1; started=$((started - 1)); }
    prove "$@" &
    started=$((started + 1))
}

# The lines of a table that are for this run.
chosen() { if [ -n "$full" ]; then sed 's/^full //'; else grep -v '^full '; fi; }

# While proofs take their time, a line says how far they are.
tell() {
    while sleep 10; do
        echo "  formal: $(wc -l <"$done_list") of $tables proofs done, $SECONDS s" >&2
    done
}
table=$(sed -n '/^done <<END/,/^END/p' "$0" | grep -v END)
table=$(chosen <<<"$table")
case $part in
    all) tables=$(wc -l <<<"$table") ;;
    core) tables=$(grep -c '^induction \|^cycles ' <<<"$table") ;;
    blocks) tables=$(grep -vc '^induction \|^cycles ' <<<"$table") ;;
    *) tables=$(grep -cE "^((induction|cycles) [0-9]+ )?$part " <<<"$table") ;;
esac
tell &
end_jobs() {
    local job children
    for job in $(jobs -p); do
        children=$(pgrep -P "$job" || true)
        kill "$job" 2>/dev/null || true # before its children, of whose end it would tell
        # shellcheck disable=SC2086 # numbers
        kill $children 2>/dev/null || true
        { wait "$job"; } 2>/dev/null || true # the shell need not say that it ended
    done
}
trap end_jobs EXIT

# module; depth of the bounded check; of induction; of covers; parameters; files
while [ "$part" != core ] && read -r line; do
    [[ $line != full\ * || -n $full ]] || continue
    read -r top depth induction cover parameters files <<<"${line#full }"
    [[ $part != ohm_* || $top == "$part" ]] || continue
    # $files is a list of words
    # shellcheck disable=SC2086
    start "$(key "$top $depth $induction $cover $parameters" $files)" \
        "$(name_of "$top" "$parameters")" \
        smt "$top" "$depth" "$induction" "$cover" "$parameters" "$files"
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
ohm_shift_add 6 4 8 COLS=4,CODE_W=4,ACC_F=0,MODES=0 rtl/core/ohm_shift_add.v rtl/core/ohm_trim.v rtl/core/ohm_table.v rtl/common/ohm_ram.v
ohm_shift_add 6 4 0 COLS=4,CODE_W=5,ACC_F=6,MODES=0 rtl/core/ohm_shift_add.v rtl/core/ohm_trim.v rtl/core/ohm_table.v rtl/common/ohm_ram.v
ohm_order 6 2 12 NDESC=3 rtl/core/ohm_order.v
ohm_program_stair 6 2 12 - rtl/program/ohm_program_stair.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,MODES=0 rtl/core/ohm_desc.v rtl/core/ohm_desc_regs.v rtl/core/ohm_slice_table.v rtl/common/ohm_ram.v
full ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,PSUM=0,MODES=0 rtl/core/ohm_desc.v rtl/core/ohm_desc_regs.v rtl/core/ohm_slice_table.v rtl/common/ohm_ram.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,MODES=1 rtl/core/ohm_desc.v rtl/core/ohm_desc_regs.v rtl/core/ohm_slice_table.v rtl/common/ohm_ram.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,MODES=0,ADC=2,CODES=4 rtl/core/ohm_desc.v rtl/core/ohm_desc_regs.v rtl/core/ohm_slice_table.v rtl/common/ohm_ram.v
ohm_desc 14 0 15 ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,MODES=0,LINK_W=3 rtl/core/ohm_desc.v rtl/core/ohm_desc_regs.v rtl/core/ohm_slice_table.v rtl/common/ohm_ram.v
END

# Parts that have proofs of their own are taken as they are; tb/formal/ohm_fifo.v, ohm_ingress.v and
# ohm_ram.v stand for any queue, ingress and memory.
core=
for m in calib source desc desc_regs slice_table table order rows rows_serial row_mod ctrl ramp \
    ramp_serial capture capture_serial \
    capture_cco capture_code scan \
    convert convert_serial shift_add shift_add_serial trim acc acc_serial reference post counters \
        counters_serial link; do
    core="$core $(scripts/sources.sh rtl "ohm_$m")"
done
vec="$(scripts/sources.sh rtl ohm_vec_kind ohm_vec_decode ohm_vec_place | tr '\n' ' ')"
size=ROWS=4,COLS=4,CODE_W=4,NSLICE=2,NSTREAM=2,ACC_BANKS=2,ACC_F=0
while [ "$part" != blocks ] && read -r line; do
    [[ $line != full\ * || -n $full ]] || continue
    read -r kind steps top parameters files <<<"${line#full }"
    [[ $part != ohm_* || $top == "$part" ]] || continue
    # Words of the list that are no files are options of Yosys or the colon.
    # shellcheck disable=SC2046
    start "$(key "$kind $steps $top $parameters $files" $(tr ' ' '\n' <<<"$files" | grep '\.v$'))" \
        "$(name_of "$top" "$parameters")" sat "$kind" "$steps" "$top" "$parameters" "$files"
done <<END
induction 8 ohm_channels NVC=2,W=3,WHOLE=0 rtl/noc/ohm_channels.v : rtl/common/ohm_rr.v
induction 8 ohm_channels NVC=2,W=3,WHOLE=1 rtl/noc/ohm_channels.v : rtl/common/ohm_rr.v
induction 8 ohm_channels NVC=4,W=3,WHOLE=1 rtl/noc/ohm_channels.v : rtl/common/ohm_rr.v
induction 8 ohm_credit NCREDIT=3 -mem2reg rtl/shell/ohm_credit.v : rtl/common/ohm_rr.v
induction 4 credit_loop SLOTS=4 -mem2reg tb/formal/credit_loop.v : -mem2reg rtl/shell/ohm_credit.v rtl/shell/ohm_slots.v rtl/shell/ohm_return.v
induction 2 vec_run PROG=64 tb/formal/vec_run.v : $vec rtl/vector/ohm_vec_seq.v
induction 2 vec_walk LANES=4,WORDS=256 tb/formal/vec_walk.v : $vec rtl/vector/ohm_vec_issue.v
induction 8 ohm_turns WAIT=4 -mem2reg rtl/noc/ohm_turns.v : rtl/noc/ohm_route.v
induction 8 ohm_ingress MAX_FLITS=4,PIPE=0 rtl/noc/ohm_ingress.v tb/formal/ohm_fifo.v : rtl/noc/ohm_route.v rtl/common/ohm_skid.v
induction 8 ohm_ingress MAX_FLITS=4,PARITY=1,FLIT_W=33 rtl/noc/ohm_ingress.v tb/formal/ohm_fifo.v : rtl/noc/ohm_route.v rtl/common/ohm_skid.v
cycles 10 ohm_ingress MAX_FLITS=4,PIPE=1 rtl/noc/ohm_ingress.v tb/formal/ohm_fifo.v : rtl/noc/ohm_route.v rtl/common/ohm_skid.v
induction 4 ohm_router PIPE=0,SHARED=0 rtl/noc/ohm_router.v tb/formal/ohm_ingress.v : rtl/noc/ohm_turns.v
induction 4 ohm_router PIPE=1,SHARED=0 rtl/noc/ohm_router.v tb/formal/ohm_ingress.v : rtl/noc/ohm_turns.v
induction 4 ohm_router PIPE=0,SHARED=1 rtl/noc/ohm_router.v tb/formal/ohm_ingress.v : rtl/noc/ohm_turns.v
induction 4 ohm_program_seq ROWS=5,COLS=16 rtl/program/ohm_program_seq.v : tb/formal/ohm_ram.v
induction 4 ohm_program_scans - rtl/program/ohm_program_scans.v : tb/formal/ohm_ram.v
induction 4 ohm_program_verdict COLS=16,CODE_W=4 rtl/program/ohm_program_verdict.v : tb/formal/ohm_ram.v
induction 3 ohm_program_read ROWS=4 rtl/program/ohm_program_read.v : tb/formal/ohm_ram.v
induction 3 ohm_program_read_serial ROWS=4 rtl/program/ohm_program_read_serial.v : tb/formal/ohm_ram.v
induction 2 ohm_core $size,MODES=1 rtl/core/ohm_core.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
induction 2 ohm_core $size,MODES=1,LINK_W=2 rtl/core/ohm_core.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
full induction 2 ohm_core $size,MODES=1,ADC=1 rtl/core/ohm_core.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
full induction 2 ohm_core $size,MODES=1,ADC=2,MUX=2,ADC_CYCLES=2 rtl/core/ohm_core.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
induction 2 ohm_core_serial $size,MODES=0 rtl/core/ohm_core_serial.v tb/formal/ohm_ram.v : $core rtl/common/ohm_tally.v
END
while [ $started -gt 0 ]; do
    wait -n || exit 1
    started=$((started - 1))
done
total=$(awk '{n += $1} END {print n + 0}' "$done_list")
[ "$(wc -l <"$done_list")" = "$tables" ] ||
    { fail "$(wc -l <"$done_list") of $tables proofs ended"; exit 1; }
[ "$total" -gt 0 ]
end_jobs
echo "PASS formal $total proofs"
