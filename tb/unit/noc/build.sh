#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds ohm_mesh with traffic endpoints: build.sh BENCH DIR -GMESH_W=… … makes DIR/BENCH from BENCH.cpp and the other
# sources it needs. Prints the log only when the build fails.
set -eu
cd "$(dirname "$0")/../../.."
bench=$1 dir=$2
shift 2
mkdir -p "$dir"
extra=
[ "$bench" = traffic ] && extra=$PWD/tb/unit/noc/ideal.cpp
# shellcheck disable=SC2086
verilator --cc --exe --build -j 1 -Wall -O3 --x-assign unique --x-initial unique -Irtl/common --Mdir "$dir" \
    --top-module ohm_mesh "$@" -CFLAGS "-std=c++17 -O2 -Wall -Wextra -I$PWD/behav/common -I$PWD/tb/unit/noc" -o "$bench" \
    rtl/noc/*.v rtl/common/ohm_fifo.v rtl/common/ohm_rr.v rtl/chip/ohm_trace.v tb/unit/noc/ohm_tile_traffic.sv \
    "$PWD/tb/unit/noc/$bench.cpp" $extra >"$dir/build.log" 2>&1 ||
    { cat "$dir/build.log"; echo "FAIL $bench: build in $dir"; exit 1; }
