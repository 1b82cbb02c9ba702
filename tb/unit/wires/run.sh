#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Crossbar wires: the library's checks under the sanitizers, the same bits at every vector width,
# and the program ohm-xbar.
# Last line: PASS wires <n> checks. OHM_OUT: where to build.
set -eu
cd "$(dirname "$0")/../../.."
out=${OHM_OUT:-sim/out/unit}/wires
data=tb/unit/wires/data
mkdir -p "$out"
flags="-std=c11 -O2 -g -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE"
flags="$flags $(scripts/sources.sh include)"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all"
library="$(ls behav/crossbar/ohm_wires*.c behav/crossbar/ohm_solve*.c behav/crossbar/ohm_iv.c)"
library="$library behav/common/ohm_math.c"
fail() { echo "FAIL wires: $1"; exit 1; }

# shellcheck disable=SC2086 # lists of words
gcc $flags $sanitize -o "$out/wires" tb/unit/wires/wires.c tb/unit/wires/test_*.c \
    tb/unit/wires/nodal.c \
    sim/host/net/ohm_npy.c $library -lm
# shellcheck disable=SC2086
gcc $flags $sanitize -o "$out/ohm-xbar" sim/host/xbar/*.c sim/host/net/ohm_npy.c $library -lm
"$out/wires" $data "${SEED:-1}" >"$out/run.log" 2>&1 || { cat "$out/run.log";
    fail "see $out/run.log"; }
cat "$out/run.log"
checks=$(sed -n 's/^wires: \([0-9]*\) checks, 0 failures$/\1/p' "$out/run.log")
[ "${checks:?no check count}" -gt 0 ]

# Same bits with run-time dispatch and compiled for each width that this processor has.
# shellcheck disable=SC2086
gcc $flags -o "$out/variant" tb/unit/wires/variant.c $library -lm
expected=$("$out/variant")
widths=""
[ "$(uname -m)" = x86_64 ] && widths="sse2 avx avx2 avx512f"
for width in $widths; do
    [ "$width" = sse2 ] || grep -qw "$width" /proc/cpuinfo || continue
    # shellcheck disable=SC2086
    gcc $flags -DOHM_NO_CLONES "-m$width" -o "$out/variant_$width" tb/unit/wires/variant.c \
        $library -lm
    got=$("$out/variant_$width")
    [ "$got" = "$expected" ] || fail "$width gives $got, dispatched code $expected"
    echo "  $width: $got"
    checks=$((checks + 1))
done

# The program. ok: exit 0 and a line of its output; bad: exit 1, one line on standard error that
# says what, no file left.
work=$out/files
rm -rf "$work"
mkdir -p "$work"
ok() { # pattern arguments...
    pattern=$1
    shift
    "$out/ohm-xbar" "$@" >"$work/stdout" 2>"$work/stderr" ||
        fail "ohm-xbar $*: $(cat "$work/stderr")"
    [ ! -s "$work/stderr" ] || fail "ohm-xbar $*: $(cat "$work/stderr")"
    grep -q -- "$pattern" "$work/stdout" || fail \
        "ohm-xbar $*: no '$pattern' in: $(cat "$work/stdout")"
    checks=$((checks + 1))
}
bad() { # message arguments...
    message=$1
    shift
    rm -f "$work"/bad*
    if "$out/ohm-xbar" "$@" >"$work/stdout" 2>"$work/stderr";
        then fail "ohm-xbar $*: accepted, expected '$message'"; fi
    [ "$(wc -l <"$work/stderr")" -eq 1 ] || fail "ohm-xbar $*: $(cat "$work/stderr")"
    grep -qF -- "$message" "$work/stderr" || fail \
        "ohm-xbar $*: '$(cat "$work/stderr")', expected '$message'"
    [ -z "$(ls "$work" | grep -e bad -e tmp || true)" ] || fail "ohm-xbar $*: left $(ls "$work")"
    checks=$((checks + 1))
}
same() { # file file [limit]: CSV numbers, to a part of the largest
    awk -F, -v limit="${3:-1e-11}" \
        'NR == FNR {
             for (i = 1; i <= NF; i++) { a[FNR, i] = $i; if ($i ^ 2 > top) top = $i ^ 2 }
             lines = FNR
             next
         }
         {
             for (i = 1; i <= NF; i++)
                 if (($i - a[FNR, i]) ^ 2 > limit ^ 2 * top || !((FNR, i) in a)) bad++
         }
         END { if (bad || FNR != lines || !(top > 0)) exit 1 }' "$1" "$2" ||
        fail "$1 and $2 differ"
    checks=$((checks + 1))
}
g=$data/g64.npy v=$data/v64.npy
ok 'compute\|currents of a memristor' --help
ok 'IR drop.*mean -8.66' --g $g --in $v --r 1 --out "$work/a.npy" --matrix "$work/m.csv"
ok 'IR drop' --g $g --in $v --r 1 --out "$work/a.csv" --nodes "$work/n.npy"
ok 'IR drop' --g $g --in $v --r 1 --bias 0 --out "$work/b.csv"
same "$work/a.csv" "$work/b.csv"
ok 'IR drop' --g "$work/m.csv" --in $v --out "$work/c.csv" # the effective matrix is an ideal array
same "$work/a.csv" "$work/c.csv"
[ "$(wc -c <"$work/a.npy")" -eq $((128 + 16 * 64 * 8)) ] &&
    [ "$(wc -c <"$work/n.npy")" -eq $((128 + 16 * 2 * 64 * 64 * 8)) ] || fail "size of .npy files"
printf '1e-5,8e-5\n# comment\n5e-5,2e-5\n' >"$work/g.csv"
printf '0.1\n0.2\n' >"$work/v.csv"
ok 'IR drop' --g "$work/g.csv" --in "$work/v.csv" --transposed --out "$work/t.csv"
printf '1.7e-05,9e-06\n' >"$work/expected.csv" # rows: 0.1*1e-5 + 0.2*8e-5, 0.1*5e-5 + 0.2*2e-5
same "$work/expected.csv" "$work/t.csv"
ok 'selected bit line 0: 4.42424242e-06 A, the cell alone 2e-06' --g "$work/g.csv" --select 0,0 \
    --unselected float
ok 'selected bit line 0: 7e-06 A' --g "$work/g.csv" --select 0,0 --unselected v/2
ok 'selected bit line 0: 5.33333333e-06 A' --g "$work/g.csv" --select 0,0 --unselected v/3
ok 'Newton: at most [2-9] steps' --g "$work/g.csv" --in "$work/v.csv" --iv sinh --node 22 \
    --pitch 12 --spice "$work/s.cir"
grep -q 'sinh' "$work/s.cir" || fail "no sinh in the netlist"
ok 'slowest time constant' --g "$work/g.csv" --in "$work/v.csv" --node 22 --delays "$work/d.npy"
ok 'compensated in' --g $g --r 1 --compensate 0,2e-4 --cells "$work/cells.npy" \
    --matrix "$work/target.csv"
ok 'effective' --g $g --matrix "$work/g.full.csv"
same "$work/g.full.csv" "$work/target.csv" 1.1e-9
ok 'out of reach: [1-9]' --g $g --r 1 --compensate 0,8e-5
ok 'IR drop' --g $g --in $v --r 1 --part 16x32 --float-wl 3,8-10

# A line that floats with nothing on it: no current, and all others are as without it.
printf '1e-5,8e-5\n0,0\n5e-5,2e-5\n' >"$work/island.csv"
printf '0.1\n7\n0.2\n' >"$work/v3.csv"
printf '1.1e-05,1.2e-05\n' >"$work/expected.csv"
for option in "" "--bias 0" "--iv sinh:1000"; do
    # shellcheck disable=SC2086
    ok 'word line 1 floats and nothing joins it' --g "$work/island.csv" --in "$work/v3.csv" \
        --float-wl 1 $option --out "$work/island-out.csv"
    same "$work/expected.csv" "$work/island-out.csv" 1e-6
done
ok 'IR drop' --g "$work/island.csv" --in "$work/v3.csv" --float-wl 1 \
    --nodes "$work/island-nodes.csv"
sed -n 2p "$work/island-nodes.csv" | grep -q '^-*nan,-*nan$' ||
    fail "a voltage where nothing defines one: $(sed -n 2p "$work/island-nodes.csv")"
printf '1e-5,0\n0,3e-5\n' >"$work/pair.csv" # word line 1 and bit line 1 float together
ok 'bit line 1 floats and nothing joins it' --g "$work/pair.csv" --in "$work/v.csv" --float-wl 1 \
    --float-bl 1 --r 2 --out "$work/pair-out.csv"
# 0.1 V, 100 kohm, one segment of the word line, two of the bit line
printf '9.9994000359978e-07,0\n' >"$work/expected.csv"
same "$work/expected.csv" "$work/pair-out.csv" 1e-9
printf '\357\273\2771e-5,8e-5\r\n5e-5,2e-5\r\n' >"$work/bom.csv" # a spreadsheet's
ok 'IR drop' --g "$work/bom.csv" --in "$work/v.csv" --transposed --out "$work/bom-out.csv"
same "$work/t.csv" "$work/bom-out.csv"

o="--out $work/bad.csv --matrix $work/bad.npy --spice $work/bad.cir"
# shellcheck disable=SC2086
{
    bad "--g: missing" --in $v $o
    bad "No such file" --g /nowhere.npy --in $v $o
    bad "unknown option '--rr'" --g $g --rr 1 $o
    bad "--r: value missing" --g $g --in $v $o --r
    bad "--out: value missing" --g $g --in $v --out
    bad "--r: '-1', expected 0 to 1e+09 ohm" --g $g --in $v --r -1 $o
    bad "--r: 'nan'" --g $g --in $v --r nan $o
    bad "--r-sense: '1e12'" --g $g --in $v --r-sense 1e12 $o
    bad "node = 90 nm" --g $g --in $v --node 90 $o
    bad "--node: beside --r" --g $g --in $v --node 22 --r 1 $o
    bad "64 rows, expected 2" --g "$work/g.csv" --in $v $o
    bad "expected float32 or float64" --g sim/data/digits/test-labels.npy --in $v $o
    printf '1e-5,2e-5\n1e-5\n' >"$work/ragged.csv"
    bad "line 2: 1 values, expected 2" --g "$work/ragged.csv" --in $v $o
    printf '1e-5,oops\n' >"$work/word.csv"
    bad "line 1, value 2: 'oops'" --g "$work/word.csv" --in $v $o
    printf '1e-5,nan\n' >"$work/nan.csv"
    bad "row 0, column 1 = nan, expected a finite number" --g "$work/nan.csv" --in $v $o
    printf '1e-5,-1e-5\n' >"$work/negative.csv"
    bad "conductance of row 0, column 1 = -1e-05 S" --g "$work/negative.csv" \
        --matrix "$work/bad.csv"
    : >"$work/empty.csv"
    bad "no numbers" --g "$work/empty.csv" --in $v $o
    head -c 5000 $g >"$work/short.npy"
    bad "data bytes, its header says" --g "$work/short.npy" --in $v $o
    printf '1e-5,0\n1e-5,0\n' >"$work/open.csv"
    printf '1e-5,1e-5\n1e-5,0\n' >"$work/part.csv" # held in the first part, alone in the second
    bad "bit line 1 floats" --g "$work/part.csv" --in "$work/v.csv" --float-bl 1 --part 1x2 \
        --out "$work/bad.csv"
    bad "No such file" --g "$work/g.csv" --in "$work/v.csv" --out "$work/none/bad.csv"
    # before any work
    bad "none/bad.csv: No such file" --g /nowhere.npy --in $v --out "$work/none/bad.csv"
    bad "Is a directory" --g "$work/g.csv" --in "$work/v.csv" --out "$work"
    printf '0,00001,0,00002\n0,00003,0,00004\n' >"$work/commas.csv"
    bad "line 1, value 2: '00001', expected no 0 before it" --g "$work/commas.csv" \
        --in "$work/v.csv" $o
    printf '10,20\n30,40\n' >"$work/micro.csv"
    bad "row 0, column 0: 10 S, expected at most 0.1: conductances are in siemens" \
        --g "$work/micro.csv" --in "$work/v.csv" $o
    printf '1e-5,2e-5\0,9\n3e-5,4e-5\n' >"$work/nul.csv"
    bad "line 1: a byte 0" --g "$work/nul.csv" --in "$work/v.csv" $o
    printf '1000\n2000\n' >"$work/millivolts.csv"
    bad "1000 V, expected at most 100" --g "$work/g.csv" --in "$work/millivolts.csv" $o
    bad "--float-wl: line 64, expected 0 to 63" --g $g --in $v --float-wl 60-64 $o
    bad "--float-wl: '3,x'" --g $g --in $v --float-wl 3,x $o
    bad "--vector: 16, expected 0 to 15" --g $g --in $v --vector 16 $o
    bad "--bias: 500 V" --g $g --in $v --bias 500 $o
    bad "expected 64, one for each sensed line" --g $g --in $v --bias "$work/v.csv" $o
    bad "--select: cell 64,0" --g $g --select 64,0 $o
    bad "expected 5e-05 to 0.000225" --g $g --in $v --iv milo --out "$work/bad.csv"
    bad "--matrix: with --iv" --g $g --in $v --iv data $o
    bad "in parts" --g $g --in $v --part 8x8 $o
    bad "range" --g $g --compensate 2,1 --cells "$work/bad.npy"
    bad "named for two outputs" --g $g --in $v --out "$work/bad.csv" --matrix "$work/bad.csv"
    bad "No such file or directory" --g $g --in $v --out "$work/bad.csv" \
        --matrix "$work/none/bad.csv"
    bad "--delays: no capacitance" --g $g --in $v --delays "$work/bad.npy"
}
echo "PASS wires $checks checks"
