#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bad input on the command line: each is refused with one clear line (what, value, expected), non-zero exit, and nothing left
# behind in the output directory. Last line: `PASS bad_input <n> checks`.
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
    ! cmp -s "$net/network.json" "$work/$1/network.json" || { echo "FAIL bad_input: the sed for $1 changes nothing"; exit 1; }
    echo "$work/$1"
}

# refused WHAT REGEX ARGUMENTS…: a good command line with these arguments after it (the last of an option counts).
refused() {
    local what=$1 wanted=$2 text state
    shift 2
    text=$(sim/out/build/ohmic --rtl-lib "$lib" --net $net --data $images --labels $labels --count 2 --config "$CONFIG" --mesh "$MESH" \
        --device ideal --out "$work/out" "$@" 2>&1 >/dev/null)
    state=$?
    if [ $state -eq 0 ] || [ $state -ge 126 ]; then
        echo "FAIL bad_input: $what: exit $state"; exit 1
    fi
    if [ "$(wc -l <<<"$text")" -ne 1 ] || ! grep -qE -- "$wanted" <<<"$text"; then
        echo "FAIL bad_input: $what: expected one line matching '$wanted', got:"; echo "$text"; exit 1
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
refused "images of another shape" "(64|16).*"                  --data sim/data/digits/test-images.npy
refused "labels that are images"  "labels|shape|4x4"           --labels $images
refused "network too big"         "(fc1|tiles|mesh).*"         --mesh 1x1
refused "no chip"                 "no/such.so"                 --rtl-lib no/such.so
refused "unknown layer"           "pool"                       --net "$(variant pool 's/"dense"/"pool"/')"
refused "wrong shape"             "fc1.*17|17.*"               --net "$(variant shape '0,/"inputs": 16/s//"inputs": 17/')"
refused "missing array"           "gone.npy"                   --net "$(variant array 's/fc1_w.npy/gone.npy/')"
refused "shift out of range"      "shift.*41"                  --net "$(variant shift 's/"shift": [0-9]*/"shift": 41/')"
refused "unknown activation"      "swish"                      --net "$(variant act '0,/"relu"/s//"swish"/')"
refused "another format"          "ohmic-network-9"            --net "$(variant format 's/ohmic-network-1/ohmic-network-9/')"
refused "no JSON"                 "network.json"               --net "$(variant json 's/{/[/')"

rm -rf "$work"
echo "PASS bad_input $checks checks"
