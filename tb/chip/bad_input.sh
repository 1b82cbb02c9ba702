#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bad input on the command line: each is refused with one clear line (what, value, expected),
# non-zero exit, and nothing left behind in the output directory. Last line: `PASS bad_input <n>
# checks`.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

net=sim/networks/digits-16-16-10
images=sim/data/digits/test-images-4x4.npy
labels=sim/data/digits/test-labels.npy
lib=sim/out/build/$CONFIG-$MESH/libohm_rtl.so
work=$OUT/work
rm -rf "$work"
mkdir -p "$work"
checks=0

# A network of our own in $work/<name>, its network.json changed by a sed expression.
variant() {
    cp -r "$net" "$work/$1"
    sed -i "$2" "$work/$1/network.json"
    ! cmp -s "$net/network.json" "$work/$1/network.json" ||
        { echo "FAIL bad_input: the sed for $1 changes nothing"; exit 1; }
    echo "$work/$1"
}

# refused WHAT REGEX ARGUMENTS…: a good command line with these arguments after it (the last of an
# option counts).
refused() {
    local what=$1 wanted=$2 text state
    shift 2
    text=$(sim/out/build/ohmic --rtl-lib "$lib" --net $net --data $images --labels $labels \
        --count 2 --config "$CONFIG" --mesh "$MESH" \
        --device ideal --out "$work/out" "$@" 2>&1 >/dev/null)
    state=$?
    if [ $state -eq 0 ] || [ $state -ge 126 ]; then
        echo "FAIL bad_input: $what: exit $state"; exit 1
    fi
    if [ "$(wc -l <<<"$text")" -ne 1 ] || ! grep -qE -- "$wanted" <<<"$text"; then
        echo "FAIL bad_input: $what: expected one line matching '$wanted', got:"; echo "$text";
            exit 1
    fi
    if [ -n "$(ls -A "$work/out" 2>/dev/null)" ]; then
        echo "FAIL bad_input: $what: left $(ls "$work/out") behind"; exit 1
    fi
    checks=$((checks + 1))
    echo "ok    $what: $text"
}

head -c 100 $images >"$work/short.npy"
head -c 1000 sim/data/mnist/t10k-images-idx3-ubyte.gz >"$work/short.gz"
echo "not an array" >"$work/text.npy"

refused "unknown option"          "--no-such"                  --no-such-option
refused "option without value"    "--seed"                     --seed
refused "unknown configuration"   "huge.*(tiny|expected)"      --config huge
refused "mesh that is none"       "4by4.*expected"             --mesh 4by4
refused "mesh too large"          "17x1.*"                     --mesh 17x1
refused "unknown device"          "tin.*(ideal|expected)"      --device tin
refused "unknown mapping"         "magic.*(pwm|expected)"      --mapping magic
refused "seed that is no number"  "twelve"                     --seed twelve
refused "zero images"             "count.*0"                   --count 0
refused "images past the end"     "(first|500|600)"            --first 600
refused "missing network"         "no/such"                    --net no/such
refused "missing images"          "no/such.npy"                --data no/such.npy
refused "truncated npy"           "short.npy"                  --data "$work/short.npy"
refused "truncated gzip"          "short.gz"                   --data "$work/short.gz"
refused "text for an array"       "text.npy"                   --data "$work/text.npy"
refused "images of another shape" "(64|16).*"                  \
    --data sim/data/digits/test-images.npy
refused "labels that are images"  "labels|shape|4x4"           --labels $images
refused "network too big"         "does not fit.*MESH.*CONFIG.*--reload" --mesh 1x1
refused "no chip"                 "no/such.so"                 --rtl-lib no/such.so
refused "unknown layer"           "pool" \
    --net "$(variant pool 's/"dense"/"pool"/')"
refused "wrong shape"             "fc1.*17|17.*" \
    --net "$(variant shape '0,/"inputs": 16/s//"inputs": 17/')"
refused "missing array"           "gone.npy" \
    --net "$(variant array 's/fc1_w.npy/gone.npy/')"
refused "shift out of range"      "shift.*41" \
    --net "$(variant shift 's/"shift": [0-9]*/"shift": 41/')"
refused "unknown activation"      "swish" \
    --net "$(variant act '0,/"relu"/s//"swish"/')"
refused "another format"          "ohmic-network-9" \
    --net "$(variant format 's/ohmic-network-1/ohmic-network-9/')"
refused "unknown parameter"       "tin: no parameter of the physics, expected one of cell" \
    --set tin=1
refused "no JSON"                 "network.json"               --net "$(variant json 's/{/[/')"

refused "key twice"               "layers\[0\].shift: twice" \
    --net "$(variant twice '0,/"shift"/s//"shift": 3, "shift"/')"
refused "key twice in the input"  "input.type: twice" \
    --net "$(variant itwice 's/"type": "u8"/"type": "u8", "type": "u8"/')"
refused "array outside"           "weights.*\.\./x.npy.*in this directory" \
    --net "$(variant outside '0,/"weights": "[^"]*"/s//"weights": "..\/x.npy"/')"
refused "array by its whole path" "in this directory" \
    --net "$(variant abs '0,/"weights": "[^"]*"/s//"weights": "\/etc\/hostname"/')"
refused "unknown field"           "wieghts: unknown field, expected one of name" \
    --net "$(variant field '0,/"weights"/s//"wieghts"/')"
refused "control character"       "name: expected UTF-8" \
    --net "$(variant control '0,/"fc1"/s//"f\\u0007c1"/')"
refused "bytes that are no UTF-8" "name: expected UTF-8" \
    --net "$(variant bytes '0,/"fc1"/s//"f\xffc1"/')"
refused "NUL by its escape"       "a character 0" \
    --net "$(variant zero '0,/"fc1"/s//"f\\u0000c1"/')"
nul=$(variant nul '$s/$/ /')
printf '\0{"format": 7}' >>"$nul/network.json"
refused "text behind a NUL"       "a character 0"              --net "$nul"
printf 'gain = 1\noffset = 0.5\0 leak = 3\n' >"$work/nul.txt"
refused "NUL in a physics file"   "nul.txt:2: a byte 0"        --physics "$work/nul.txt"
printf '\0\0\010\001\056\100\0\0' >"$work/eight.idx"
refused "8 bytes that ask for 776 MB" "8 bytes, its header says 775946240" --data "$work/eight.idx"
python3 - "$work" <<'PYTHON'
import gzip, io, os, struct, sys
with gzip.open(f"{sys.argv[1]}/bomb.gz", "wb", compresslevel=9) as f:
    f.write(struct.pack(">BBBBII", 0, 0, 8, 2, 1 << 20, 200))
    for _ in range(200):
        f.write(bytes(1 << 20))
head = "{'descr': '|u1', 'fortran_order': False, 'shape': (9, 16), 'shape': (1, 16), }"
for name, text in (("keytwice", head), ("zero", head.replace("(9", "(9\0"))):
    text = text.ljust(117) + "\n"
    with open(f"{sys.argv[1]}/{name}.npy", "wb") as f:
        f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode() + bytes(144))
def npy(name, shape, dtype, data):
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    with open(f"{sys.argv[1]}/{name}.npy", "wb") as f:
        f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode() + data)
npy("wide", (3, 16), "|u1", bytes(48))
npy("labels64", (3,), "<i8", struct.pack("<3q", 1, 2, 9))
npy("labels300", (3,), "<i8", struct.pack("<3q", 1, 2, 300))
npy("huge", (1 << 20, 16), "|u1", bytes(48))
PYTHON
refused "a gzip that fills the memory" "expected at most 200 times as many" --data "$work/bomb.gz"
refused "npy shorter than its header"  "only 48 data bytes, its header says 16777216" \
    --data "$work/huge.npy"
refused "npy header with a key twice"  "'shape': twice"        --data "$work/keytwice.npy"
refused "npy header with a NUL"   "header: a byte 0"           --data "$work/zero.npy"
refused "a label that is no class"  "label 2: 300, expected below 10" --data "$work/wide.npy" \
    --labels "$work/labels300.npy"
long=$(printf 'x%.0s' $(seq 990))
refused "a path too long"         "--out: a path of .* characters, expected 1 to 900" \
    --out "$work/$long"
refused "a network's path too long" "--net: a path of 990 characters" --net "$long"
touch "$work/file"
refused "a file for a directory"  "--out: .*is a file, expected a directory" --out "$work/file/out"

# good WHAT OPTIONS…: runs, on the golden model, into $work/good.
good() {
    local what=$1
    shift
    rm -rf "$work/good"
    sim/out/build/ohmic --backend golden --net $net --data "$work/wide.npy" --config "$CONFIG" \
        --mesh "$MESH" --device ideal \
        --out "$work/good" "$@" >"$work/good.log" 2>&1 || { cat "$work/good.log";
            echo "FAIL bad_input: $what"; exit 1; }
    checks=$((checks + 1))
    echo "ok    $what"
}
fail() { echo "FAIL bad_input: $*"; exit 1; }
good "no labels, fewer images than the default"
[ "$(wc -l <"$work/good/predictions.csv")" = 4 ] ||
    fail "predictions.csv does not have three images"
grep -q 'accuracy   not known: no labels' "$work/good.log" ||
    fail "accuracy without labels: $(grep accuracy "$work/good.log")"
good "int64 labels, as plain NumPy has them" --labels "$work/labels64.npy"
grep -q '^2,9,' "$work/good/predictions.csv" || fail \
    "label 9 of image 2: $(tail -1 "$work/good/predictions.csv")"

# Links in the output directory are replaced, not followed.
mkdir -p "$work/good"
for f in predictions.csv scores.csv layers.json mesh.svg run.log energy.csv; do
    echo untouched >"$work/target-$f"
    ln -sf "../target-$f" "$work/good/$f"
done
sim/out/build/ohmic --backend golden --net $net --data "$work/wide.npy" --config "$CONFIG" \
    --mesh "$MESH" --device ideal \
    --energy sim/configs/energy.txt --out "$work/good" >"$work/good.log" 2>&1 ||
        { cat "$work/good.log"; fail "links in --out"; }
for f in predictions.csv scores.csv layers.json mesh.svg run.log energy.csv; do
    [ "$(cat "$work/target-$f")" = untouched ] || fail "$f was written through a link"
    [ ! -L "$work/good/$f" ] && [ -s "$work/good/$f" ] || fail "$f is a link, or empty"
    checks=$((checks + 1))
done
awk 'length > 120 && !/gtkwave/ { print FILENAME ": " $0; bad = 1 } END { exit bad }' \
    "$work/good.log" "$work/good/run.log" ||
    fail "lines longer than 120 characters"

# A limit on the size of files stands for a full disk: an error, and no part of a file under its
# name.
(ulimit -f 1; trap '' XFSZ; sim/out/build/ohmic --backend golden --net $net --data $images \
    --config "$CONFIG" --mesh "$MESH" \
    --device ideal --count 200 --out "$work/full" >"$work/full.log" 2>&1) &&
        fail "a full disk was not seen"
grep -q 'not written completely' "$work/full.log" || { cat "$work/full.log";
    fail "a full disk: no clear line"; }
for f in predictions.csv scores.csv layers.json mesh.svg; do
    [ ! -e "$work/full/$f" ] || fail "a full disk left $f of $(wc -c <"$work/full/$f") bytes"
done
# The streams of a run, its record and its packets' trace, too.
flock sim/out/build/lock make -s tlm
# shellcheck disable=SC2086 # lists of words
for stream in "rtl --rtl-lib sim/out/build/$CONFIG-$MESH/libohm_rtl.so --record=" \
    "tlm --tlm-lib sim/out/build/libohm_tlm.so --tlm trace="; do
    (ulimit -f 8; trap '' XFSZ; sim/out/build/ohmic --backend $stream"$work/full/stream" \
        --net $net --data $images --config "$CONFIG" --mesh "$MESH" --device ideal --count 200 \
        --out "$work/full/run" >"$work/full.log" 2>&1) && fail "a full disk was not seen: $stream"
    grep -q 'stream: not written completely' "$work/full.log" ||
        { cat "$work/full.log"; fail "a full disk: no clear line of the stream"; }
    [ ! -e "$work/full/stream" ] || fail "a full disk left a part of a stream: $stream"
    checks=$((checks + 1))
done
[ -z "$(find "$work/full" -name '*.part')" ] ||
    fail "a full disk left a file under a temporary name"

# Scores are in the network's own integers, whatever configuration, mapping and options.
sim/out/build/ohmic --backend golden --net $net --data $images --config "$CONFIG" --mesh 3x3 \
    --device ideal --mapping exact \
    --count 20 --out "$work/exact" >"$work/good.log" 2>&1 || { cat "$work/good.log"; fail "exact"; }
for options in "--config small" "--config base" "--config $CONFIG --adc-bits 9" \
    "--config small --slices 4+4 --adc-bits 9"; do
    # shellcheck disable=SC2086
    sim/out/build/ohmic --backend golden --net $net --data $images --mesh 3x3 --device ideal \
        --count 20 $options \
        --out "$work/scores" >"$work/good.log" 2>&1 || { cat "$work/good.log";
            fail "scores with $options"; }
    awk -F, 'FNR == 1 { next }
             NR == FNR {
                 for (i = 2; i <= NF; i++) { a[$1, i] = $i; top = $i^2 > top ? $i^2 : top }
                 next
             }
             { for (i = 2; i <= NF; i++) { n++; e += ($i - a[$1, i])^2 } }
             END { exit !(n == 200 && sqrt(e / n) < 0.05 * sqrt(top)) }' \
        "$work/exact/scores.csv" "$work/scores/scores.csv" ||
            fail "scores with $options are in another unit"
    checks=$((checks + 1))
done

rm -rf "$work"
echo "PASS bad_input $checks checks"
