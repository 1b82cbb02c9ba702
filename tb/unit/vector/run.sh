#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The vector unit's golden interpreter and its assembler, with sanitizers: by hand, and against a
# second reading of the document in Python (model.py), on random programs of several sizes, legal
# ones and spoilt ones. Then the kernels of sim/kernels/ against float.
# Usage: run.sh [cases of each size], with SEED in the environment. Last line: `PASS vector <n>
# checks`.
set -euo pipefail
cd "$(dirname "$0")/../../.."
cases=${1:-25}
out=${OUT:-sim/out/unit/vector}
mkdir -p "$out"

mapfile -t include < <(scripts/sources.sh include)
mapfile -t sources < <(scripts/sources.sh c behav/golden/vector behav/common sim/host/vector)
flags=(-std=c11 -O1 -g -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE
    -fsanitize=address,undefined -fno-sanitize-recover=all "${include[@]}" -Itb/unit/vector)
objects=()
for file in "${sources[@]}" tb/unit/vector/{vector_test,kernel_test,ohm_vec_random}.c; do
    case $file in sim/host/vector/main.c) continue ;; esac
    object=$out/$(basename "$file" .c).o
    gcc "${flags[@]}" -c "$file" -o "$object"
    objects+=("$object")
done

total=0
count() {
    n=$(sed -n 's/^CHECKS //p' "$1")
    [ "${n:-0}" -gt 0 ] || { cat "$1"; echo "FAIL vector: $1 has no check"; exit 1; }
    total=$((total + n))
}
for name in asm interpreter functions recurrent norms elementwise; do
    gcc "${flags[@]}" tb/unit/vector/test_$name.c "${objects[@]}" -o "$out/test_$name" -lcmocka -lm
    "$out/test_$name" >"$out/test_$name.log" 2>&1 ||
        { cat "$out/test_$name.log"; echo "FAIL vector: test_$name"; exit 1; }
    count "$out/test_$name.log"
    grep ' cycles' "$out/test_$name.log" | sed 's/^/  /' || true
done
gcc "${flags[@]}" tb/unit/vector/drive.c "${objects[@]}" -o "$out/drive" -lcmocka -lm
# lanes, words, instructions, tables, streams, routes, words of a packet, spoilt
while read -r name sizes; do
    log=$out/$name.log
    # shellcheck disable=SC2086
    "$out/drive" "${SEED:-1}" "$cases" $sizes >"$out/$name.cases"
    read -r lanes mem prog tables streams routes _ <<<"$sizes"
    python3 tb/unit/vector/model.py "$lanes" "$mem" "$prog" "$tables" "$streams" "$routes" \
        <"$out/$name.cases" >"$log" || { cat "$log"; exit 1; }
    rm "$out/$name.cases"
    count "$log"
done <<'SIZES'
four 4 512 128 2 1 2 16 0
eight 8 1024 256 4 4 4 16 0
sixteen 16 4096 512 8 4 8 64 0
spoilt 8 512 128 4 2 3 16 1
SIZES
echo "PASS vector $total checks"
