#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unit tests of the host library, with sanitizers. Last line: PASS host <n> checks.
# Usage: run.sh [full]; full: three times as many random networks for what layers may be off by.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=sim/out/unit/host
mkdir -p "$out"
case ${1:-} in
full) export OHM_FULL=1 ;;
'') ;;
*) echo "host: '$1', expected full or nothing" >&2; exit 2 ;;
esac

mapfile -t include < <(scripts/sources.sh include)
flags=(-std=c11 -O1 -g -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE \
    -fsanitize=address,undefined -fno-sanitize-recover=all
       "${include[@]}")
mapfile -t files < <(scripts/sources.sh c \
    behav/{common,device,crossbar,converter,golden,fast,energy} \
    sim/host/{net,map,chip,study,vector,cli})
objects=$(tb/unit/sanitized.sh "${files[@]}" tb/unit/host/host_test.c) ||
    { echo "FAIL host: build"; exit 1; }
mapfile -t objects <<<"$objects"

total=0
for name in files net graph ranges values mapper links conv room driver options cells; do
    gcc "${flags[@]}" "tb/unit/host/test_$name.c" "${objects[@]}" -o "$out/test_$name" -lcmocka \
        -lcjson -lz -lm -ldl -lpthread
    if ! OHM_OUT=$out "$out/test_$name" >"$out/test_$name.log" 2>&1; then
        cat "$out/test_$name.log"
        echo "FAIL host: test_$name"
        exit 1
    fi
    n=$(sed -n 's/^CHECKS //p' "$out/test_$name.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL host: test_$name made no check"; exit 1; }
    total=$((total + n))
done
echo "PASS host $total checks"
