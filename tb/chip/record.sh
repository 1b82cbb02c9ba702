#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run's packets and traces, recorded and checked offline: the sound record passes, a record with
# one byte changed or cut short does not. Last line: `PASS record <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=sim/out/build
record=$OUT/run.rec

"$build/ohmic" --rtl-lib "$build/$CONFIG-$MESH/libohm_rtl.so" --net sim/networks/digits-16-16-10 \
    --data sim/data/digits/test-images-4x4.npy \
    --labels sim/data/digits/test-labels.npy --config "$CONFIG" --mesh "$MESH" --device pcm-hermes \
        --out "$OUT/run" --count 5 \
    --seed "$SEED" --record "$record" >"$OUT/ohmic.log" || { cat "$OUT/ohmic.log"; exit 1; }
said=$("$build/ohm-check" "$record")
vmms=$(sed -n 's/.*checked \([1-9][0-9]*\) VMMs, 0 mismatches.*/\1/p' <<<"$said")
[ -n "$vmms" ] || { echo "FAIL record: ohm-check says '$said'"; exit 1; }
checks=$vmms

# must_fail WHAT FILE
must_fail() {
    local text
    if text=$("$build/ohm-check" "$2" 2>&1); then
        echo "FAIL record: $1: ohm-check passes: $text"; exit 1
    fi
    [ "$(wc -l <<<"$text")" -eq 1 ] ||
        { echo "FAIL record: $1: expected one line, got: $text"; exit 1; }
    echo "ok    $1: $text"
    checks=$((checks + 1))
}
size=$(stat -c %s "$record")
head -c $((size - 7)) "$record" >"$OUT/cut.rec"
must_fail "cut short" "$OUT/cut.rec"
# The last figure of the second line that begins so becomes another one: an input word, a code, an
# output, a score.
for start in "I 4" "C " "R " "O [0-9]+ 6"; do
    awk -v start="^$start" '$0 ~ start && ++n == 2 {
        last = substr($0, length($0))
        $0 = substr($0, 1, length($0) - 1) (last == "1" ? "2" : "1") } {print}' \
        "$record" >"$OUT/bent.rec"
    must_fail "a line '$start' changed" "$OUT/bent.rec"
done
must_fail "missing file" "$OUT/none.rec"
rm -f "$OUT"/*.rec
echo "PASS record $checks checks"
