#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The host program against a simulated board (ohm_board_hx8k under Verilator, serial pins on a
# pseudo-terminal): a network with every result checked, then what goes wrong on a line: noise, half
# packets, a host that dies and starts again. BOARD=FILE runs another simulated board (a netlist).
# Last line: PASS uart <n> checks.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 1
out=${OUT:-sim/out/unit/uart}
mkdir -p "$out"
make -s sim/out/build/ohmic || { echo "FAIL uart: host program"; exit 1; }
board=${BOARD:-$out/board}
[ -n "${BOARD:-}" ] || tb/unit/uart/build.sh "$out" >"$out/build.log" 2>&1 || { tail \
    -5 "$out/build.log"; echo "FAIL uart: build"; exit 1; }

checks=0
server=
stop() { [ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null; server=; }
trap stop EXIT
fail() { echo "FAIL uart: $*"; exit 1; }
serve() { # serve [NOISE]
    stop
    rm -f "$out/tty"
    "$board" "$out/tty" "$@" >"$out/board.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do [ -e "$out/tty" ] && return; sleep 0.05; done
    fail "the simulated board does not start"
}
host() { # host COUNT
    timeout 200 sim/out/build/ohmic --backend "uart:$out/tty" --config board --mesh 1x1 \
        --device ideal --count "$1" \
        --net sim/networks/digits-16-10 --data sim/data/digits/test-images-4x4.npy \
            --labels sim/data/digits/test-labels.npy \
        --out "$out/run" >"$out/host.log" 2>&1
}
good() { # good COUNT WHAT
    host "$1" || { tail -3 "$out/host.log"; fail "$2"; }
    grep -q "^board: results of $1 images .* VMMs checked: $1, mismatches: 0$" "$out/host.log" ||
        fail "$2: no VMM count"
    checks=$((checks + $1))
}

serve
good "${COUNT:-200}" "clean line"
[ -z "${ONLY_CLEAN:-}" ] || { echo "PASS uart $checks checks"; exit 0; }
# A network of ten pieces on the one tile, one after the other.
timeout 200 sim/out/build/ohmic --backend "uart:$out/tty" --config board --mesh 1x1 --device ideal \
    --count 5 --reload \
    --net sim/networks/digits-64-32-10 --data sim/data/digits/test-images.npy \
        --labels sim/data/digits/test-labels.npy \
    --out "$out/run" >"$out/host.log" 2>&1 || { tail -3 "$out/host.log"; fail "reload"; }
grep -q '^reload     10 pieces, ' "$out/host.log" && grep \
    -q '^VMMs checked: 50, mismatches: 0$' "$out/host.log" ||
    fail "reload: not every piece was checked"
checks=$((checks + 50))
# Half a configuration packet and noise without a flag, then a host that knows nothing of it.
printf '~\xe1\x00\x04\x00\x11\x22\x33' >"$out/tty"
good 20 "after half a packet"
head -c 3000 /dev/urandom >"$out/tty"
sleep 0.3
good 20 "after noise"
# A host that dies in mid-stream: its packets still wait on both sides.
{ timeout -s KILL 0.25 sim/out/build/ohmic --backend "uart:$out/tty" --config board --mesh 1x1 \
    --device ideal --count 500 \
    --net sim/networks/digits-16-10 --data sim/data/digits/test-images-4x4.npy \
        --labels sim/data/digits/test-labels.npy \
    --out "$out/run"; } >/dev/null 2>&1
good 20 "after a host that died"
# Noise during a run must be found, counted and said.
serve 997
host 500 && fail "noise on the line: the run passed"
grep -qE "no progress|the board counts|no answer|mismatch|events" "$out/host.log" || { tail \
    -3 "$out/host.log"; fail "noise on the line: no clear message"; }
grep -E "FAIL" "$out/host.log" | head -1
checks=$((checks + 1))
echo "PASS uart $checks checks"
