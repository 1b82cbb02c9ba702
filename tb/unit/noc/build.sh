#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds ohm_mesh with traffic endpoints: build.sh BENCH DIR -GMESH_W=… … makes DIR/BENCH from
# BENCH.cpp and the other sources it needs. Prints the log only when the build fails. FLIPS=1: C may
# flip bits of what the queues take in.
set -eu
cd "$(dirname "$0")/../../.."
bench=$1 dir=$2
shift 2
mkdir -p "$dir"
extra=
[ "$bench" = traffic ] && extra=$PWD/tb/unit/noc/ideal.cpp && export FAST=-O3
fifo=rtl/common/ohm_fifo.v
if [ "${FLIPS:-0}" = 1 ]; then
    fifo=$dir/ohm_fifo.sv
    import='import "DPI-C" context function longint unsigned noc_flip(input int bits);'
    sed -e 's/mem\[tail_q\] <= in_data;/mem[tail_q] <= in_data ^ W'"'"'(noc_flip(W));/' \
        -e "s/^    localparam AW = /    $import\n&/" \
        rtl/common/ohm_fifo.v >"$fifo"
    [ "$(grep -c noc_flip "$fifo")" = 2 ] ||
        { echo "FAIL $bench: ohm_fifo.v has changed, noc_flip has no place"; exit 1; }
fi
# The endpoints stand for the crossbar tile; other kinds are there to be read, and at no place.
rtl=$(grep -v -e '^[-+]' -e '/ohm_tile\.v$' -e '/ohm_fifo\.v$' rtl/rtl.f)
# shellcheck disable=SC2086
tb/unit/verilate.sh -Wall --x-assign unique --x-initial unique -Irtl/common --Mdir "$dir" \
    --top-module ohm_mesh "$@" -CFLAGS \
        "-std=c++17 -Wall -Wextra -I$PWD/tb/unit/noc" -o "$bench" \
    $rtl "$fifo" tb/unit/noc/ohm_tile_traffic.sv \
    "$PWD/tb/unit/noc/$bench.cpp" $extra >"$dir/build.log" 2>&1 ||
    { cat "$dir/build.log"; echo "FAIL $bench: build in $dir"; exit 1; }
