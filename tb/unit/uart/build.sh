#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds OUTDIR/board, a simulated board: build.sh OUTDIR [TOP [SOURCES…]]. Without SOURCES from the
# RTL with emulated macros; with them from a netlist (or anything else that has the module TOP with
# the pins clk, rx, tx). DIV: cycles per bit, for a faster line.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=$1 top=${2:-ohm_board_hx8k}
shift $(($# < 2 ? $# : 2))
sources=("$@")
mkdir -p "$out"
div=$(sed -n 's/.*\.DIV(\([0-9]*\)).*/\1/p' "rtl/fpga/$top.v")
sed "s/\.DIV($div)/.DIV(${DIV:-$div})/" "rtl/fpga/$top.v" >"$out/$top.v"
[ $# -gt 0 ] || sources=(-Wall -f rtl/rtl.f -f rtl/views_emulation.f "$out/$top.v" \
    rtl/fpga/ohm_fpga.v rtl/fpga/ohm_uart_bridge.v
    rtl/fpga/ohm_uart_rx.v rtl/fpga/ohm_uart_tx.v)
tb/unit/verilate.sh --top-module "$top" --prefix Vboard -Irtl/common \
    -CFLAGS "-std=c++17 -Wall -Wextra -DBOARD_DIV=${DIV:-$div}" \
    --Mdir "$out/obj_$top" -o board "${sources[@]}" "$PWD/tb/unit/uart/board.cpp"
cp "$out/obj_$top/board" "$out/board.new"
mv "$out/board.new" "$out/board"
