#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bench of ohm_shell, with ohm_walk and stand-ins for core and macro, for several configurations and
# seeds. usage: tb/unit/tile_shell/run.sh [configurations]; SEEDS, ROUNDS and OUT may be set. Last
# line: PASS tile_shell <n> checks
set -eu
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/tile_shell}
total=0
for config in ${*:-tiny small base large}; do
    params=$(python3 scripts/gen.py flags verilator "$config" | tr ' ' '\n' | grep -v -e MESH \
        -e FIFO_DEPTH -e NVC -e PIPE \
        -e PARITY -e KINDS -e LEAN -e '^-GV')
    defines=$(echo "$params" | sed 's/^-G\([A-Z_]*\)=/-DTB_\1=/')
    mkdir -p "$out/$config"
    # shellcheck disable=SC2086 # a list of flags each
    tb/unit/verilate.sh --x-initial unique --assert -Wall --top-module ohm_tile \
        -Mdir "$out/$config" -o bench \
        -CFLAGS "-std=c++17 -I$PWD/behav/common $(echo $defines)" $params \
        -Irtl/common -Irtl/shell -Irtl/walk -Irtl/program tb/unit/tile_shell/ohm_core.sv \
            tb/unit/tile_shell/ohm_macro.sv \
        rtl/chip/ohm_tile.v rtl/chip/ohm_trace.v \
        "$PWD/tb/unit/tile_shell/bench.cpp" > "$out/$config/build.log" 2>&1 || { tail \
            -20 "$out/$config/build.log"; exit 1; }
    for seed in ${SEEDS:-1 2 3 4}; do
        "$out/$config/bench" "$seed" "${ROUNDS:-40}" > "$out/$config/run.$seed.log" || {
            cat "$out/$config/run.$seed.log"
            echo "      rerun: SEEDS=$seed tb/unit/tile_shell/run.sh $config"
            exit 1
        }
        n=$(sed -n 's/^checks //p' "$out/$config/run.$seed.log")
        [ "${n:-0}" -gt 0 ] || { echo "FAIL  tile_shell $config seed $seed: no checks"; exit 1; }
        total=$((total + n))
    done
    echo "$config: ok"
done
echo "PASS tile_shell $total checks"
