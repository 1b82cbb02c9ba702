#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bench of the window walker and of pooling at several sizes and seeds.
# Usage: run.sh [TESTS [SIZE…]]; SIZE: tiny, odd, small or large
# Builds under sim/out/unit/window; the last line is "PASS window <checks> checks" and only then the
# exit code is 0.
set -eu
cd "$(dirname "$0")/../../.."
out=sim/out/unit/window
tests=${1:-200}
[ $# -eq 0 ] || shift
sizes=$*
files="tb/unit/window/window_top.sv"
files="$files $(scripts/sources.sh rtl ohm_ibuf ohm_slots ohm_walker ohm_window ohm_pool \
    ohm_byte_ram)"
mkdir -p "$out"
total=0

# one SIZE-NAME ROWS COLS IBUF_WORDS NSTREAM ACC_BANKS SEEDS...
one() {
    name=$1; rows=$2; cols=$3; words=$4; streams=$5; banks=$6
    shift 6
    case " ${sizes:-$name} " in *" $name "*) ;; *) return 0 ;; esac
    defs="-DROWS=$rows -DCOLS=$cols -DIBUF_WORDS=$words -DNSTREAM=$streams -DACC_BANKS=$banks"
    # shellcheck disable=SC2086 # a list of files
    tb/unit/verilate.sh -Wall --x-assign unique --x-initial unique --top-module window_top \
        -Irtl/common -GROWS="$rows" -GCOLS="$cols" -GIBUF_WORDS="$words" -GNSTREAM="$streams" \
            -GACC_BANKS="$banks" \
        -CFLAGS "-std=c++17 -Wall -Wextra $defs" --Mdir "$out/$name" -o bench \
        $files "$PWD/tb/unit/window/bench.cpp" >"$out/$name.build.log" 2>&1 ||
        { tail -20 "$out/$name.build.log"; echo "FAIL window build $name"; exit 1; }
    for seed in "$@"; do
        "$out/$name/bench" "$seed" "$tests" +verilator+seed+"$seed" +verilator+rand+reset+2 \
            >"$out/$name.$seed.log" 2>&1 ||
            { cat "$out/$name.$seed.log"; echo "FAIL window $name seed $seed"; exit 1; }
        cat "$out/$name.$seed.log"
        n=$(sed -n 's/^checks //p' "$out/$name.$seed.log")
        [ "${n:-0}" -gt 0 ] || { echo "FAIL window $name seed $seed: no checks"; exit 1; }
        total=$((total + n))
    done
}

one tiny 16 16 512 4 2 1 2
one odd 5 7 256 2 8 1 2
one small 64 64 512 4 4 1 2
one large 256 256 4096 4 4 1
[ "$total" -gt 0 ] || { echo "FAIL window: size '$sizes', expected tiny, odd, small or large";
    exit 1; }
echo "PASS window $total checks"
