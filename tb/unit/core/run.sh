#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unit bench of the tile's compute core at several sizes and seeds.
# Usage: run.sh [full | table] [SIZE…]
# Prints how many random vectors met each cross of modes (coverage.py); full: more than 100,000
# vectors, each legal cross several times, and the cycle tables of all converters, not of the ramp
# alone. In any case everything that a core of 4 x 4 cells with 4-bit codes can meet: all inputs,
# slices, codes, gains, roundings and clips. table: prints the cycle table of
# docs/explain/architecture.md, each line measured and held against its formula.
# SIZE (tiny, odd, base_cco, …: the calls of `one` below): these alone, whatever they cover.
# Builds under sim/out/unit/core; the last line is "PASS core <checks> checks" and only then the
# exit code is 0. WAVES=1: sim/out/unit/core/SIZE/bench.fst, of the last run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=$root/sim/out/unit/core
tests=25 least=0 vectors=2000 full=""
case ${1:-} in
    full) tests=1000 least=10 vectors=100000 full=full; shift ;;
    table) tests=table; shift ;;
esac
sizes=$*
[ -z "$sizes" ] || least=0 vectors=0
files=$(cd "$root" && find rtl/core -name '*.v' | sed "s|^|$root/|")
files="$files $root/rtl/common/ohm_ram.v $root/rtl/common/ohm_tally.v"
mkdir -p "$out"
total=0
logs=
how=
known=

# one SIZE-NAME ROWS COLS CODE_W ACC_F ACC_BANKS NSLICE NSTREAM SEEDS...
one() {
    name=$1; rows=$2; cols=$3; code_w=$4; acc_f=$5; banks=$6; nslice=$7 nstream=$8
    shift 8
    known="$known $name"
    case " ${sizes:-$name} " in *" $name "*) ;; *) return 0 ;; esac
    defs="-DROWS=$rows -DCOLS=$cols -DCODE_W=$code_w -DACC_F=$acc_f -DACC_BANKS=$banks"
    defs="$defs -DNSLICE=$nslice -DNSTREAM=$nstream -DMODES=${modes:-1} -DSERIAL=${serial:-0}"
    defs="$defs -DADC=${adc:-0} -DMUX=${mux:-1} -DADC_CYCLES=${adc_cycles:-1}"
    defs="$defs -DADC_BITS=${adc_bits:-$code_w}"
    top=ohm_core
    converter="-GMUX=${mux:-1} -GADC_CYCLES=${adc_cycles:-1} -GADC_BITS=${adc_bits:-$code_w}"
    [ "${serial:-0}" = 0 ] || top=ohm_core_serial converter=
    # shellcheck disable=SC2086 # lists of words
    "$root/tb/unit/verilate.sh" -Wall --x-assign unique --x-initial unique --top-module "$top" \
        --prefix Vohm_core \
        -I"$root/rtl/common" -GROWS="$rows" -GCOLS="$cols" -GCODE_W="$code_w" -GACC_F="$acc_f" \
            -GACC_BANKS="$banks" \
        -GNSLICE="$nslice" -GNSTREAM="$nstream" -GMODES="${modes:-1}" -GADC="${adc:-0}" $converter \
            -CFLAGS "-std=c++17 -Wall -Wextra $defs" --Mdir "$out/$name" -o bench \
        $files "$here/bench.cpp" >"$out/$name.build.log" 2>&1 ||
        { tail -20 "$out/$name.build.log"; echo "FAIL core build $name"; exit 1; }
    if [ "$tests" = table ]; then
        "$out/$name/bench" 1 0 table +verilator+seed+1 >"$out/$name.table" ||
            { cat "$out/$name.table"; echo "FAIL core cycle table"; exit 1; }
        cat "$out/$name.table"
        total=$((total + $(grep -c '^| .* bit' "$out/$name.table")))
        return
    fi
    for seed in "$@"; do
        # $how is nothing or one word
        # shellcheck disable=SC2086
        "$out/$name/bench" "$seed" "$tests" $how +verilator+seed+"$seed" +verilator+rand+reset+2 \
            >"$out/$name.$seed.log" 2>&1 ||
            { cat "$out/$name.$seed.log"; echo "FAIL core $name seed $seed"; exit 1; }
        grep -v '^bin ' "$out/$name.$seed.log"
        logs="$logs $out/$name.$seed.log"
        n=$(sed -n 's/^checks //p' "$out/$name.$seed.log")
        [ "${n:-0}" -gt 0 ] || { echo "FAIL core $name seed $seed: no checks"; exit 1; }
        total=$((total + n))
    done
}

# the cycle table: a ramp, oscillators, converters shared by 8 columns, one converter
tables() {
    one base 128 128 10 6 4 16 4
    adc=1
    one base_cco 128 128 10 6 4 16 4
    adc=2 mux=8 adc_cycles=8 adc_bits=8
    one base_sar 128 128 10 6 4 16 4
    mux=128 adc_cycles=1
    one base_shared 128 128 10 6 4 16 4
}

# A size that no call of `one` has is a slip of the pen, not a test that passes.
pass() {
    for name in $sizes; do
        case " $known " in *" $name "*) ;; *)
            echo "run.sh: size '$name', expected one of:$known" >&2
            exit 2 ;;
        esac
    done
    echo "PASS core $total checks"
    exit
}

if [ "$tests" = table ]; then
    tables
    pass
fi
one tiny 16 16 10 0 2 8 1 1 2 3
one odd 5 7 5 3 8 3 3 1 2
serial=1 modes=0
one serial 16 16 10 0 2 8 1 1 2
serial=0 modes=1
one small 64 64 10 6 4 16 4 1 2
adc=1
one cco 16 16 10 0 2 8 1 1 2
adc=2 mux=4 adc_cycles=3 adc_bits=8
one sar 16 16 10 6 4 16 4 1 2
mux=1 adc_cycles=1 adc_bits=1
one sense 5 7 5 3 8 3 3 1 2
adc=0 adc_bits=
random=$logs how=exhaustive
one exhaustive 4 4 4 0 2 1 1 1
logs=$random how=
one base 128 128 10 6 4 16 4 1
# $logs is a list of files
# shellcheck disable=SC2086
[ -z "$logs" ] || "$here/coverage.py" $least $vectors $logs || exit 1
tests=table
if [ -n "$full$sizes" ]; then
    tables
else
    one base 128 128 10 6 4 16 4
fi
pass
