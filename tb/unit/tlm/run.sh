#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tests of the SystemC model. Last line: PASS tlm <n> checks.
# Usage: run.sh [build directory]
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/tlm}
build=sim/out/build
mkdir -p "$out" "$build"

mapfile -t include < <(scripts/sources.sh include)
g++ -std=c++17 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined \
    -fno-sanitize-recover=all "${include[@]}" \
    -Itb/unit tb/unit/tlm/test_core.cpp behav/tlm/ohm_tlm_core.cpp -o "$out/test_core"
# other tests build too, into the same place
flock "$build/lock" make -s "$build/ohmic" "$build/libohmic.a" tlm >"$out/build.log" 2>&1 ||
    { tail -20 "$out/build.log"; echo "FAIL tlm: build"; exit 1; }
gcc -std=c11 -O1 -g -Wall -Wextra -Werror "${include[@]}" tb/unit/tlm/test_nowhere.c \
    "$build/libohmic.a" -o "$out/test_nowhere" -lcjson -lz -lm -ldl -lpthread

total=0
run() { # run NAME COMMAND…
    local name=$1 n
    shift
    if ! "$@" >"$out/$name.log" 2>"$out/$name.err"; then
        cat "$out/$name.log" "$out/$name.err"
        echo "FAIL tlm: $name"
        exit 1
    fi
    cat "$out/$name.err"
    n=$(sed -n 's/^checks //Ip' "$out/$name.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL tlm: $name made no check"; exit 1; }
    total=$((total + n))
}
run core "$out/test_core"
run nowhere "$out/test_nowhere" "$build/libohm_tlm.so"
run networks python3 tb/unit/tlm/test_networks.py "$build/ohmic" "$build/libohm_tlm.so" "$out"
echo "PASS tlm $total checks"
