#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demonstrations of learning: each one's small case reaches what it should, and the golden model
# in place of the fast one gives the same report to the last digit. With `full` the published
# numbers too. Last line: PASS learn_apps <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
OUT=${OUT:-sim/out/unit/learn_apps}
mkdir -p "$OUT"
apps=(perceptron insitu-mlp mixed-precision pca lca stellar)
make -s "${apps[@]/#/sim/out/build/app-}" >"$OUT/build.log" 2>&1 || {
    tail -5 "$OUT/build.log"; echo "FAIL learn_apps: build"; exit 1; }
n=0
run() { # run APP NAME OPTION…
    local app=$1 name=$2
    shift 2
    sim/out/build/app-"$app" --out "$OUT/$app-$name" "$@" >"$OUT/$app-$name.log" 2>&1 || {
        cat "$OUT/$app-$name.log"; echo "FAIL learn_apps: $app $*"; exit 1; }
    n=$((n + $(grep -c '"reached":.*true' "$OUT/$app-$name/report.json" || true)))
}
for app in "${apps[@]}"; do
    if [ "${1:-}" = full ]; then
        run "$app" full
        continue
    fi
    run "$app" small --small
    size=--tiny
    [ "$app" != perceptron ] || size=--small
    run "$app" fast $size
    run "$app" golden $size --golden
    cmp "$OUT/$app-fast/report.json" "$OUT/$app-golden/report.json" || {
        echo "FAIL learn_apps: $app: golden and fast model differ"; exit 1; }
    n=$((n + 1))
done
[ "$n" -gt 0 ] || { echo "FAIL learn_apps: no checks"; exit 1; }
echo "PASS learn_apps $n checks"
