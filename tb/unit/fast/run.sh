#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tests of the fast model, the cycle model and the installed library, with sanitizers (threads too). Last line:
# PASS fast <n> checks. Usage: run.sh [build directory]
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/fast}
mkdir -p "$out"
include=(-Ibehav/common -Ibehav/device -Ibehav/crossbar -Ibehav/golden -Ibehav/fast -Itb/unit/fast)
flags=(-std=c11 -O1 -g -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE "${include[@]}")

# The models under the address and undefined behaviour sanitizers, then the threads under theirs.
total=0
for sanitizer in address,undefined thread; do
    build=$out/${sanitizer%,*}
    mkdir -p "$build"
    objects=()
    for file in behav/{common,device,crossbar,golden,fast}/*.c tb/unit/fast/fast_test.c tb/unit/fast/test_fast.c; do
        object=$build/$(basename "$file" .c).o
        with=(-fsanitize=$sanitizer -fno-sanitize-recover=all)
        # resolvers of function versions run before the thread sanitizer does
        if [ $sanitizer = thread ] && grep -q target_clones "$file"; then with=(); fi
        gcc "${flags[@]}" "${with[@]}" -c "$file" -o "$object"
        objects+=("$object")
    done
    gcc -fsanitize=$sanitizer "${objects[@]}" -o "$build/test_fast" -lcmocka -lm -lpthread
    if ! "$build/test_fast" >"$build/test_fast.log" 2>&1; then
        tail -40 "$build/test_fast.log"
        echo "FAIL fast: test_fast ($sanitizer)"
        exit 1
    fi
    n=$(sed -n 's/^CHECKS //p' "$build/test_fast.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL fast: test_fast made no check"; exit 1; }
    total=$((total + n))
done
echo "PASS fast $total checks"
