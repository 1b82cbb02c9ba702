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
rm -f "$out"/*.o
for source in behav/common/ohm_math.c behav/common/ohm_rng.c behav/device/*.c behav/crossbar/*.c \
    behav/converter/*.c behav/macro/*.c tb/harness/ohm_dpi.c; do
    # shellcheck disable=SC2086
    ${CC:-gcc} -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off $includes -c "$source" \
        -o "$out/$(basename "$source" .c).o"
done
total=0
for size in "16 16" "70 41"; do
    rows=${size% *} cols=${size#* }
    dir="$out/${rows}x$cols"
    rm -rf "$dir"
    tb/unit/verilate.sh --trace -Wall --top-module macro_dpi_top --Mdir "$dir" \
        "-GROWS=$rows" "-GCOLS=$cols" -Irtl/common \
        -CFLAGS "-std=c++17 -DTB_ROWS=$rows -DTB_COLS=$cols $includes" \
        tb/unit/macro_dpi/macro_dpi_top.sv tb/harness/ohm_macro_dpi.sv tb/harness/ohm_trace_dpi.sv \
        "$root/tb/unit/macro_dpi/macro_dpi_main.cpp" "$(cd "$out" && pwd)"/*.o -o bench \
        > "$dir.build.log" 2>&1 \
        || { cat "$dir.build.log"; echo "FAIL macro_dpi: build"; exit 1; }
    "$dir/bench" "$dir/bench.vcd" > "$dir.log" 2>&1 || { tail -n 3 "$dir.log";
        echo "FAIL macro_dpi $rows x $cols: $dir.log"; exit 1; }
    n=$(sed -n 's/^checks //p' "$dir.log")
    total=$((total + n))
done
[ "$total" -gt 0 ] && echo "PASS macro_dpi $total checks"
