#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The largest board, 2x2 tiles on an ECP5 (ohm_board_ulx3s), simulated with a faster line: networks
# over several of its tiles, every result checked. BOARD=FILE runs another simulated board (a
# netlist), SHORT=1 one network of two. Last line: PASS uart_2x2 <n> checks.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 1
out=${OUT:-sim/out/unit/uart_2x2}
mkdir -p "$out"
fail() { echo "FAIL uart_2x2: $*"; exit 1; }
make -s sim/out/build/ohmic || fail "host program"
board=${BOARD:-$out/board}
[ -n "${BOARD:-}" ] || DIV=5 FAST=-O3 tb/unit/uart/build.sh "$out" ohm_board_ulx3s \
    >"$out/build.log" 2>&1 ||
    { tail -5 "$out/build.log"; fail "build"; }
rm -f "$out/tty"
"$board" "$out/tty" >"$out/board.log" 2>&1 &
server=$!
trap 'kill $server' EXIT
for _ in $(seq 100); do [ -e "$out/tty" ] && break; sleep 0.05; done
checks=0

network() { # network VMMS OPTIONS…: digits-64-32-10
    local want=$1
    shift
    timeout 600 sim/out/build/ohmic --backend "uart:$out/tty" --patience 100 --config board_2x2 \
        --mesh 2x2 --device ideal --net sim/networks/digits-64-32-10 \
        --data sim/data/digits/test-images.npy --labels sim/data/digits/test-labels.npy \
            --out "$out/run" "$@" >"$out/host.log" 2>&1 ||
        { tail -3 "$out/host.log"; fail "$*"; }
    grep -q "VMMs checked: $want, mismatches: 0$" "$out/host.log" || fail "$*: not $want VMMs"
    checks=$((checks + want))
}
network 40 --count 20
[ -n "${SHORT:-}" ] || network 30 --count 10 --mapping exact
echo "PASS uart_2x2 $checks checks"
