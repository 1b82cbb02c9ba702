#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every target that `make help` lists works with its defaults, or says in one line what it needs.
# Only images are few where a target takes a number, and the network of two that run it often is
# small. `run.sh full` runs these and others, which take minutes, with nothing given; targets that
# are tests themselves stand in sim/tests.list. Last line: PASS targets <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/targets}
full=${1:-}
rm -rf "$out"
mkdir -p "$out"
checks=0
seen=" "

# target NAME PATTERN ARGUMENT…: ends well and prints a line that matches.
target() {
    local name=$1 pattern=$2 lock=()
    shift 2
    seen+="$name "
    # What builds must not do so beside other tests.
    [ "$name" = sim ] || lock=(flock sim/out/build/lock)
    "${lock[@]}" make "$name" "$@" >"$out/$name.log" 2>&1 ||
        { tail -20 "$out/$name.log"; echo "FAIL targets: make $name $*"; exit 1; }
    [ -z "$pattern" ] || grep -q -- "$pattern" "$out/$name.log" ||
        { tail -20 "$out/$name.log"; echo "FAIL targets: make $name: no '$pattern'"; exit 1; }
    checks=$((checks + 1))
}

# needs NAME PATTERN ARGUMENT…: cannot run so, and one line says why.
needs() {
    local name=$1 pattern=$2
    shift 2
    seen+="$name "
    if make "$name" "$@" >"$out/needs.log" 2>&1; then
        echo "FAIL targets: make $name $* ends well"; exit 1
    fi
    # The other line is make's own.
    [ "$(grep -vc '^make: \*\*\* \[' "$out/needs.log")" = 1 ] &&
        grep -q -- "$pattern" "$out/needs.log" || { cat "$out/needs.log"
            echo "FAIL targets: make $name $*: expected one line with '$pattern'"; exit 1; }
    checks=$((checks + 1))
}

mkdir -p sim/out/build
if [ "$full" = full ]; then
    target sweep 'sweep.csv'
    target diagnose 'images; integer software'
    target figures 'drift.svg'
    target explore 'on the Pareto front'
    target bench 'images/s'
    target year 'year.csv'
    echo "PASS targets $checks checks"
    exit
fi

target help 'Variables of run'
target doctor 'all there'
target run 'VMMs checked: [1-9][0-9]*, mismatches: 0' N=2 OUT="$out/run"
target sim '^1 passed, 0 failed' TEST=matrix
target wave ''
target lib ''
target install '' DESTDIR="$(realpath "$out")/root"
[ -e "$out/root/usr/local/include/ohmic/ohmic.h" ] || { echo "FAIL targets: no header installed"
    exit 1; }
digits=(NET=sim/networks/digits-64-32-10 CONFIG=small N=2)
target diagnose 'images; integer software' "${digits[@]}" OUT="$out/diagnose"
target sweep 'sweep.csv' "${digits[@]}" OUT="$out/sweep"
target estimate 'tiles' N=1
target year 'year.svg' NET=sim/networks/digits-16-10 CONFIG=tiny N=20 OUT="$out/year" \
    OPTIONS='--days 2'
[ -s "$out/year/year.svg" ] || { echo "FAIL targets: make year: no figure"; exit 1; }
target program '^defects .* devices tested' DEFECTS="$out/defects.txt" CONFIG=tiny MESH=1x1
needs import 'MODEL is empty'
needs import 'CALIB is empty' MODEL=x.onnx
needs compare 'MODEL is empty'
needs compare 'IMAGES is empty' MODEL=x.onnx
needs prog 'run make synth first' BITSTREAM_ulx3s_tiny="$out/none.bit"
needs sim 'TEST is empty'
# A name that nobody knows: the choices.
needs run 'expected one of: board tiny' CONFIG=tinny
needs run 'expected one of: rtl model tlm golden' BACKEND=fast
needs run 'expected one of: pwm exact' MAPPING=best
needs run 'expected <width>x<height>' MESH=4
needs run 'JOBS=0, expected a number from 1 on' JOBS=0
needs sim 'SEED=abc, expected a number' TEST=matrix SEED=abc
needs year 'shipped: .*sim/networks/digits' NET=mnist
target program 'yield\|accepted'
needs run 'shipped: .*sim/networks/digits' NET=mnist
needs sim 'expected one of: .* recipes' TEST=recipe
needs prog 'expected ulx3s_tiny' BOARD=none
needs explore 'expected a file like' SPACE=none.json
needs synth-none 'expected one of'

# A new target has its line here, or is one of those that are tests of their own or need more time.
elsewhere=" test test-full test-equivalence test-negative lint formal docs bench bench-noc figures"
elsewhere+=" explore synth clean "
for name in $(sed -n 's/^\([a-z-]*\):[^#]*## .*/\1/p' Makefile); do
    [[ $seen$elsewhere == *" $name "* ]] ||
        { echo "FAIL targets: nothing runs make $name"; exit 1; }
done
echo "PASS targets $checks checks"
