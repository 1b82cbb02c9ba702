#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bench of the vector unit (rtl/vector) against its golden interpreter, at several sizes.
# Usage: run.sh [cases of each size], with SEED and SIZES (four eight sixteen) in the environment.
# Last line: `PASS vector_rtl <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../../.."
cases=${1:-40}
out=${OUT:-sim/out/unit/vector_rtl}
mapfile -t include < <(scripts/sources.sh include)
mapfile -t golden < <(scripts/sources.sh c behav/golden/vector behav/common)
total=0
for name in ${SIZES:-four eight sixteen}; do
    # lanes, words, instructions, tables, streams, routes, words of a packet
    case $name in
    four) sizes='4 512 128 2 1 2 16' ;;
    eight) sizes='8 1024 256 4 4 4 16' ;;
    sixteen) sizes='16 4096 512 8 4 8 64' ;;
    *) echo "vector_rtl: size '$name', expected four, eight or sixteen"; exit 2 ;;
    esac
    read -r lanes words prog tables streams routes cols <<<"$sizes"
    dir=$out/$name
    mkdir -p "$dir"
    for source in "${golden[@]}" tb/unit/vector/ohm_vec_random.c; do
        object=$dir/$(basename "$source" .c).o
        gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE "${include[@]}" \
            -c "$source" -o "$object"
    done
    flags="-std=c++17 -I$PWD/tb/unit -I$PWD/tb/unit/vector"
    for flag in "${include[@]}"; do flags+=" -I$PWD/${flag#-I}"; done
    flags+=" -DTB_VLANES=$lanes -DTB_VMEM_WORDS=$words -DTB_VPROG=$prog -DTB_VTABLES=$tables"
    flags+=" -DTB_NSTREAM=$streams -DTB_NROUTE=$routes -DTB_COLS=$cols"
    tb/unit/verilate.sh --x-initial unique --assert -Wall --top-module ohm_vec -Mdir "$dir" \
        -o bench -GLANES="$lanes" -GWORDS="$words" -GPROG="$prog" -GTABLES="$tables" \
        -GNSTREAM="$streams" -GNROUTE="$routes" -GCOLS="$cols" -CFLAGS "$flags" \
        -Irtl/common -Irtl/core -Irtl/vector rtl/vector/ohm_vec.v \
        "$PWD/tb/unit/vector_rtl/bench.cpp" "$PWD/$dir"/ohm_*.o >"$dir/build.log" 2>&1 ||
        { tail -20 "$dir/build.log"; exit 1; }
    "$dir/bench" "${SEED:-1}" "$cases" >"$dir/run.log" || {
        tail -3 "$dir/run.log"
        echo "      rerun: SEED=${SEED:-1} SIZES=$name tb/unit/vector_rtl/run.sh $cases"
        exit 1
    }
    n=$(sed -n 's/^checks //p' "$dir/run.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL  vector_rtl $name: no checks"; exit 1; }
    total=$((total + n))
    echo "$name: ok"
done
echo "PASS vector_rtl $total checks"
