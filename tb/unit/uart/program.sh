#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The simulated board with a programming engine (ohm_board_ulx3s_program, emulated cells) programs
# and verifies its tile by pulses, through the serial line; then a network runs on what they left,
# every report and result checked. Last line: PASS uart_program <n> checks.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 1
out=${OUT:-sim/out/unit/uart_program}
mkdir -p "$out"
make -s sim/out/build/ohmic || { echo "FAIL uart_program: host program"; exit 1; }
DIV=12 tb/unit/uart/build.sh "$out" ohm_board_ulx3s_program >"$out/build.log" 2>&1 ||
    { tail -5 "$out/build.log"; echo "FAIL uart_program: build"; exit 1; }
rm -f "$out/tty"
"$out/board" "$out/tty" >"$out/board.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null' EXIT
for _ in $(seq 100); do [ -e "$out/tty" ] && break; sleep 0.05; done
timeout 500 sim/out/build/ohmic --backend "uart:$out/tty" --config board_program --mesh 1x1 \
    --device ideal --program sim/configs/programming/linear.txt --count 20 \
    --net sim/networks/digits-16-10 --data sim/data/digits/test-images-4x4.npy \
    --labels sim/data/digits/test-labels.npy --out "$out/run" >"$out/host.log" 2>&1 ||
    { tail -3 "$out/host.log"; echo "FAIL uart_program: host"; exit 1; }
grep -q '^board: results of 20 images .* VMMs checked: 20, mismatches: 0$' "$out/host.log" ||
    { tail -5 "$out/host.log"; echo "FAIL uart_program: no VMM count"; exit 1; }
devices=$(sed -n 's/^program *\([0-9]*\) devices, 100.000 % accepted.*/\1/p' "$out/host.log")
[ "${devices:-0}" -gt 0 ] ||
    { tail -5 "$out/host.log"; echo "FAIL uart_program: devices not accepted"; exit 1; }
echo "PASS uart_program $((20 + devices)) checks"
