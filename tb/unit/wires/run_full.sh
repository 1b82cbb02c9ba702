#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Crossbar wires against ngspice: the same arrays as netlists, column currents to 1e-9 of the
# largest. Without ngspice this fails: a comparison that did not happen is no pass. Last line: PASS
# wires_spice <n> checks. OHM_OUT: where to build.
set -eu
cd "$(dirname "$0")/../../.."
out=${OHM_OUT:-sim/out/unit}/wires_spice
data=tb/unit/wires/data
mkdir -p "$out"
fail() { echo "FAIL wires_spice: $1"; exit 1; }
command -v ngspice >/dev/null || fail \
    "ngspice not found, install it (Debian: apt-get install ngspice)"
# shellcheck disable=SC2046 # list of files
gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off \
    -D_GNU_SOURCE $(scripts/sources.sh include) \
    -o "$out/ohm-xbar" sim/host/xbar/*.c sim/host/net/ohm_npy.c $(ls behav/crossbar/ohm_wires*.c \
        behav/crossbar/ohm_solve*.c) \
    behav/crossbar/ohm_iv.c behav/common/ohm_math.c -lm

checks=0
one() { # limit arguments...: one vector of the array, all sensed lines
    limit=$1
    shift
    "$out/ohm-xbar" "$@" --out "$out/i.csv" --spice "$out/x.cir" --vector 1 >"$out/xbar.log" ||
        fail "ohm-xbar $*"
    ngspice -b "$out/x.cir" >"$out/ngspice.log" 2>&1 ||
        fail "ngspice: $(tail -3 "$out/ngspice.log")"
    sensed=b
    case " $* " in *" --transposed "*) sensed=w ;; esac
    result=$(awk -v sensed=$sensed -v limit="$limit" \
        'NR == FNR { if (FNR == 2) n = split($0, own, ","); next }
        sub("^i\\(v" sensed "l", "") {
            split($0, f, /\) = /); i = f[1] + 1; d = f[2] - own[i]; d = d < 0 ? -d : d
            a = own[i] < 0 ? -own[i] : own[i]; if (a > top) top = a; if (d > off) off = d; seen++ }
        END {
            if (seen && top > 0 && off <= limit * top) print seen, off / top
            else print "bad", seen + 0, off + 0, top + 0
        }' FS='\n' "$out/i.csv" "$out/ngspice.log")
    case $result in bad*) fail "$*: lines, difference, largest: $result" ;; esac
    echo "  $*: lines, largest difference: $result"
    checks=$((checks + ${result%% *}))
}
g=$data/g64.npy v=$data/v64.npy
one 1e-9 --g $g --in $v --r 0.35
one 1e-9 --g $g --in $v --r 10
one 1e-9 --g $g --in $v --r-wl 2.1 --r-bl 1 --r-drive 50 --r-sense 20 --wl-ends both --bl-ends both
one 1e-9 --g $g --in $v --r 5 --transposed --r-sense 3 --bias 0.05
one 1e-9 --g $g --in $v --r-wl 3 --r-sense 100 --float-wl 0,5-9,63 --float-bl 2
# Newton on both sides: ngspice stops at its own tolerances.
awk 'BEGIN { srand(5); for (r = 0; r < 12; r++) for (c = 0; c < 9; c++)
    printf "%.9g%s", 5e-5 + 1.5e-4 * rand(), c < 8 ? "," : "\n" }' >"$out/g.csv"
awk 'BEGIN { srand(6); for (r = 0; r < 12; r++) printf "%.9g,%.9g\n", rand(), rand() - 0.4 }' \
    >"$out/v.csv"
for iv in sinh sinh:0.1 data milo; do
    one 1e-9 --g "$out/g.csv" --in "$out/v.csv" --r 5 --iv $iv
done
# 128 x 128, beyond the stored references.
awk 'BEGIN { srand(7); for (r = 0; r < 128; r++) for (c = 0; c < 128; c++)
    printf "%.9g%s", 1e-6 + 9.9e-5 * rand(), c < 127 ? "," : "\n" }' >"$out/g128.csv"
awk 'BEGIN { srand(8); for (r = 0; r < 128; r++)
    printf "%.9g,%.9g\n", 0.2 * rand(), 0.2 * rand() }' >"$out/v128.csv"
one 1e-9 --g "$out/g128.csv" --in "$out/v128.csv" --r 1
echo "PASS wires_spice $checks checks"
