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
for name in asm interpreter work functions recurrent norms elementwise; do
    gcc "${flags[@]}" tb/unit/vector/test_$name.c "${objects[@]}" -o "$out/test_$name" -lcmocka -lm
    "$out/test_$name" >"$out/test_$name.log" 2>&1 ||
        { cat "$out/test_$name.log"; echo "FAIL vector: test_$name"; exit 1; }
    count "$out/test_$name.log"
    grep ' cycles' "$out/test_$name.log" | sed 's/^/  /' || true
done
# ohm-vec: every kernel there and back, and what it refuses in one line
gcc "${flags[@]}" sim/host/vector/main.c "${objects[@]}" -o "$out/ohm-vec" -lcmocka -lm
for kernel in sim/kernels/*.vec; do
    "$out/ohm-vec" list "$kernel" >"$out/list.txt"
    sed -n 's/^ *[0-9]*  0x\([0-9a-f]\{16\}\) .*/\1/p' "$out/list.txt" >"$out/words.txt"
    "$out/ohm-vec" text "$out/words.txt" >"$out/text.vec"
    "$out/ohm-vec" load "$kernel" | sed -n '/^0xA/p' >"$out/load.txt"
    "$out/ohm-vec" load "$out/text.vec" | sed -n '/^0xA/p' | cmp - "$out/load.txt" ||
        { echo "FAIL vector: $kernel: another program comes back from its words"; exit 1; }
    total=$((total + $(wc -l <"$out/load.txt")))
done
refused() { # TEXT ARGUMENT…: ohm-vec says this and nothing else
    text=$1
    shift
    if said=$("$out/ohm-vec" "$@" 2>&1 >"$out/nothing.txt") || [ "$said" != "ohm-vec: $text" ] ||
        [ -s "$out/nothing.txt" ]; then
        echo "FAIL vector: ohm-vec $*: '$said', expected '$text'"
        exit 1
    fi
    total=$((total + 1))
}
# a filter answers line by line, and what is no word as it came
said=$(printf '8200000000000003\nxx\nfc00000000000000\n' | "$out/ohm-vec" filter | paste -sd '|')
[ "$said" = 'len #3|xx|end' ] || { echo "FAIL vector: ohm-vec filter: '$said'"; exit 1; }
total=$((total + 3))
echo "add v1, v2" >"$out/bad.vec"
refused "filter: 'x', expected nothing behind it" filter x
refused "'', expected list, load, text or filter"
refused "'show', expected list, load, text or filter" show "$out/bad.vec"
refused "list: no file, expected one or -" list
refused "$out/bad.vec:1:11: end of line, expected ','" list "$out/bad.vec"
refused "$out/bad.vec:1: 'add v1, v2', expected a word of 64 bits, hexadecimal" text "$out/bad.vec"
refused "'n', expected NAME=VALUE, at most 32 of them" list sim/kernels/rnn.vec n
refused "'n=x', expected a number behind the =" list sim/kernels/rnn.vec n=x
refused "sim/kernels/rnn.vec: m, expected the name of a param of the text" \
    list sim/kernels/rnn.vec m=1
refused "--config: tiny, expected a configuration with vector tiles" \
    list sim/kernels/rnn.vec --config tiny
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
