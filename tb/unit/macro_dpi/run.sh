#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# DPI views of macro and trace against the definition of their pins, for two sizes. Last line: PASS
# macro_dpi <n> checks.
set -eu
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/macro_dpi}
mkdir -p "$out"
root=$PWD
includes=$(scripts/sources.sh include | sed "s|^-I|-I$root/|" | tr '\n' ' ')
# The objects of the host program, which most tests need besides.
objects=
for source in behav/common/ohm_math.c behav/common/ohm_rng.c behav/device/*.c behav/crossbar/*.c \
    behav/converter/*.c behav/macro/*.c tb/harness/ohm_dpi.c; do
    objects="$objects sim/out/build/pic/$source.o"
done
mkdir -p sim/out/build
# shellcheck disable=SC2086
flock sim/out/build/lock make -s $objects > "$out/objects.log" 2>&1 || { tail -5 "$out/objects.log"
    echo "FAIL macro_dpi: build"; exit 1; }
total=0
for size in "16 16" "70 41"; do
    rows=${size% *} cols=${size#* }
    dir="$out/${rows}x$cols"
    rm -rf "$dir"
    # shellcheck disable=SC2046,SC2086
    tb/unit/verilate.sh --trace -Wall --top-module macro_dpi_top --Mdir "$dir" \
        "-GROWS=$rows" "-GCOLS=$cols" -Irtl/common \
        -CFLAGS "-std=c++17 -DTB_ROWS=$rows -DTB_COLS=$cols $includes" \
        tb/unit/macro_dpi/macro_dpi_top.sv tb/harness/ohm_macro_dpi.sv tb/harness/ohm_trace_dpi.sv \
        "$root/tb/unit/macro_dpi/macro_dpi_main.cpp" $(printf "$root/%s " $objects) -o bench \
        > "$dir.build.log" 2>&1 \
        || { cat "$dir.build.log"; echo "FAIL macro_dpi: build"; exit 1; }
    "$dir/bench" "$dir/bench.vcd" > "$dir.log" 2>&1 || { tail -n 3 "$dir.log";
        echo "FAIL macro_dpi $rows x $cols: $dir.log"; exit 1; }
    n=$(sed -n 's/^checks //p' "$dir.log")
    total=$((total + n))
done
[ "$total" -gt 0 ] && echo "PASS macro_dpi $total checks"
