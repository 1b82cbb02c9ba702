#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bridge bench: builds ohm_bridge and runs it against a host and a mesh in C++, then tries
# ohm_chip's parameter checks. Prints "PASS bridge <n> checks" last, and exits 0, only when all
# passed. OHM_OUT: where to build.
set -eu
cd "$(dirname "$0")/../../.."
out=${OHM_OUT:-sim/out/unit}/bridge
seed=${SEED:-1}
mkdir -p "$out"
tb/unit/verilate.sh -Wall --x-assign unique --x-initial unique -Irtl/common --Mdir "$out" \
    --top-module ohm_bridge -GMESH_W=3 -GMESH_H=2 -GMAX_FLITS=66 -GOUT_DEPTH=256 \
    -CFLAGS "-std=c++17 -Wall -Wextra" -LDFLAGS -lz -o bridge \
    rtl/chip/ohm_bridge.v rtl/chip/ohm_bridge_in.v rtl/chip/ohm_bridge_out.v rtl/chip/ohm_axil.v \
        rtl/common/ohm_fifo.v \
    rtl/common/ohm_pkt_fifo.v rtl/common/ohm_rr.v rtl/common/ohm_crc32.v \
        "$PWD/tb/unit/bridge/bridge.cpp" \
    >"$out/build.log" 2>&1 || { cat "$out/build.log"; echo "FAIL bridge build"; exit 1; }
"$out/bridge" "$seed" >"$out/run.log" 2>&1 || { cat "$out/run.log"; exit 1; }
tail -n 2 "$out/run.log"
total=$(sed -n 's/^checks //p' "$out/run.log")
[ "${total:?no check count}" -gt 0 ]

# An illegal parameter stops the chip at time 0 and says which. Legal ones run (the control).
try() { # parameter value
    iverilog -g2005 -s ohm_chip -Pohm_chip.MESH_W=1 -Pohm_chip.MESH_H=1 "-Pohm_chip.$1=$2" \
        -o "$out/chip.vvp" \
        -c rtl/rtl.f -c rtl/views_blackbox.f && vvp -n "$out/chip.vvp"
}
message=$(try MESH_H 1)
[ -z "$message" ] || { echo "FAIL bridge: legal parameters print '$message'"; exit 1; }
while read -r name value expected; do
    message=$(try "$name" "$value")
    echo "$message" | grep -qxF "ohm_chip: $name = $value, expected $expected" ||
        { echo "FAIL bridge: $name = $value prints '$message', expected ... $expected"; exit 1; }
    total=$((total + 1))
done <<END
MESH_W 17 1 to 16
FIFO_DEPTH 17 2 to 16
ACC_F 7 0 to 6
ACC_BANKS 3 a power of two
NSLOT 6 a power of two
PSUM_SLOTS 6 a power of two
PSUM_SLOTS 16 0 or 2 to 8, a power of two
END
echo "PASS bridge $total checks"
