#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The recipes of docs/start are true: each is followed in a copy of the project, step by step, and
# what it promises is compared with what happens. Objects of the sound tree are copied too, so that
# make builds only what a recipe changes.
# usage: run.sh [full] [RECIPE…]. full: the recipes that have steps of some minutes, with them.
# Last line: PASS recipes <n> checks
set -eu
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/recipes}
# The python3 of the path may have no NumPy where the system's has it.
python3 -c 'import numpy' 2> /dev/null || PATH=/usr/bin:$PATH
total=0
full=""
recipes="add-device add-module add-test add-converter add-layer add-programming own-network"
[ "${1:-}" != full ] || { full=full recipes="add-converter add-layer"; shift; }
for recipe in ${*:-$recipes}; do
    tree=$out/$recipe
    rm -rf "$tree"
    mkdir -p "$tree/sim/out/build"
    for part in Makefile VERSION README.md ohmic.core rtl behav tb scripts docs constraints; do
        cp -a "$part" "$tree/$part"
    done
    for part in sim/*; do
        [ "$part" = sim/out ] || cp -a "$part" "$tree/$part"
    done
    for built in flags obj pic; do
        [ ! -e "sim/out/build/$built" ] || cp -a "sim/out/build/$built" "$tree/sim/out/build/$built"
    done
    # $full is nothing or one word
    # shellcheck disable=SC2086
    python3 tb/unit/recipes/recipes.py "docs/start/$recipe.md" "$tree" $full \
        > "$out/$recipe.log" 2>&1 || {
        tail -40 "$out/$recipe.log"
        exit 1
    }
    n=$(sed -n 's/^checks \([0-9]*\)$/\1/p' "$out/$recipe.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL recipes: $recipe made no check"; exit 1; }
    total=$((total + n))
    rm -rf "$tree"
done
echo "PASS recipes $total checks"
