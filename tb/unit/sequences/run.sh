#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Networks of sequences: random ones, among them every kernel that a layer may name, on the golden
# model in the exact mapping against NumPy, bit for bit; other images in other lanes, and one image
# alone; what is wrong with one, said in a line. Then the shipped networks on the fast model.
# Usage: run.sh, with SEED in the environment. Last line: PASS sequences <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=sim/out/unit/sequences build=sim/out/build
rm -rf "$out" && mkdir -p "$out" "$build"
python=python3
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
fail() { echo "FAIL sequences: $*"; exit 1; }
flock "$build/lock" make -s "$build/ohmic" >"$out/build.log" 2>&1 ||
    { tail -5 "$out/build.log"; fail "build"; }
"$python" tb/unit/sequences/make.py "$out" "${SEED:-1}"
total=0

# run NAME CONFIG MESH OPTIONS…: on the golden model, nothing rounded
run() {
    local name=$1 config=$2 mesh=$3
    shift 3
    "$build/ohmic" --backend golden --net "$out/$name" --data "$out/$name/x.npy" \
        --config "$config" --mesh "$mesh" --device ideal --mapping exact \
        --out "$out/$name/out" "$@" \
        >"$out/$name/run.log" 2>&1 || { tail -3 "$out/$name/run.log"; fail "$name"; }
}
while read -r name images config mesh options; do
    # shellcheck disable=SC2086
    run "$name" "$config" "$mesh" --count "$images" $options
    checks=$("$python" tb/unit/sequences/compare.py "$out/$name" "$out/$name/out") || fail "$name"
    total=$((total + checks))
done <"$out/nets.txt"
echo "  $total scores are NumPy's"

# An image alone, from the middle of a round, has the noise that it has beside others.
alone() {
    "$build/ohmic" --backend model --net "$out/lstm_32" --data "$out/lstm_32/x.npy" \
        --config base_vec --out "$out/$1" "${@:2}" >"$out/$1.log" 2>&1 ||
        { tail -3 "$out/$1.log"; fail "$1"; }
}
alone all --count 6
alone third --first 3 --count 1
[ "$(sed -n 5p "$out/all/predictions.csv")" = "$(sed -n 2p "$out/third/predictions.csv")" ] ||
    fail "image 3 alone differs from image 3 among six"
total=$((total + 1))

# refused WORDS SED-SCRIPT OPTIONS…: lstm_32 with this change of its network.json is refused so
refused() {
    local words=$1 script=$2 said
    shift 2
    rm -rf "$out/bad" && mkdir "$out/bad"
    cp "$out/lstm_32"/*.npy "$out/lstm_32/network.json" "$out/bad"
    sed -i "$script" "$out/bad/network.json"
    [ -z "$script" ] || ! cmp -s "$out/bad/network.json" "$out/lstm_32/network.json" ||
        fail "'$script' changes nothing"
    if said=$("$build/ohmic" --backend golden --net "$out/bad" --data "$out/bad/x.npy" --config \
        base_vec --out "$out/bad/out" "$@" 2>&1 >"$out/nothing.txt"); then
        fail "'$script' $* is not refused"
    fi
    case $said in *"$words"*) ;; *) fail "'$script' $*: '$said', expected '$words'" ;; esac
    [ ! -e "$out/bad/out/predictions.csv" ] && [ ! -s "$out/nothing.txt" ] || fail "half written"
    total=$((total + 1))
}
refused "expected one of add, attention, gru" 's/"kernel": "lstm"/"kernel": "lstn"/'
refused "values.in_shft: not a value of kernel lstm" 's/in_scale/in_shft/'
refused "values.n: not a value of kernel lstm" 's/in_scale/n/'
refused "has 128 outputs, expected 32 (kernel rnn with 32 outputs)" 's/"lstm",/"rnn",/'
refused "output: \"u8\", expected \"s8\" of kernel lstm" '/"kernel"/,/output/s/"s8"/"u8"/'
refused "is not an earlier layer, expected one, or a recurrent kernel's" \
    '/"from": \[/,/\]/s/"h"/"out"/'
refused "layer h: no layer before it reads its state" \
    '0,/"h"/s/"input",/"input"/; 0,/"h"/{/"h"/d}; s/"inputs": 44/"inputs": 12/'
refused "vector\" in a network of images" '/"sequence"/,/}/d'
refused "sequence.unit: expected a number above 0, at most 1e+06" \
    '/"sequence"/,/}/s/"last"/"each", "unit": 0/'
refused "sequence.unit: expected a number above 0, at most 1e+06, with output \"each\"" \
    '/"sequence"/,/}/s/"last"/"last", "unit": 1/'
"$python" -c "import numpy; numpy.save('$out/labels.npy', numpy.zeros((6, 5), numpy.uint8))"
refused "labels.npy: 5 labels an image, expected one (results of" '' --labels "$out/labels.npy"
refused "halve: true with type" '0,/"type": "s8"/s//"type": "u8"/'
refused "steps in a list of 1 sizes" '/"shape"/,/\]/{s/    5,/    60/;/ 12$/d}'
refused "needs vector tile 1 of the network, the mesh 4x4 of base has 0 (KINDS)" '' --config base
refused "--lanes: 17, expected a number from 1 to 16" '' --lanes 17
refused "--outputs: $out/bad is a network of sequences" '' --outputs "$out/bad/maps"
refused "--calibrate: $out/bad is a network of sequences" '' --calibrate 8
refused "--compensate: $out/bad is a network of sequences" '' --compensate
refused "reload: a network of sequences" '' --reload
sed '/"beta"/d; s/"norm_gamma.npy",/"norm_gamma.npy"/' "$out/attention/network.json" \
    >"$out/bad/network.json"
cp "$out/attention"/*.npy "$out/bad"
said=$("$build/ohmic" --backend golden --net "$out/bad" --data "$out/bad/x.npy" \
    --config base_vec --mesh 16x4 --out "$out/bad/out" 2>&1) && fail "no beta is not refused"
case $said in
    *"layers[1].arrays.beta: missing, expected a file (kernel layernorm)") ;;
    *) fail "no beta: $said" ;;
esac
total=$((total + 1))
said=$("$build/ohmic" --backend golden --net sim/networks/digits-16-10 --lanes 2 --config tiny \
    --data sim/data/digits/test-images-4x4.npy --out "$out/bad/out" 2>&1) &&
    fail "lanes of images are not refused"
case $said in
    *"--lanes: 2, expected none: digits-16-10 is a network of images") ;;
    *) fail "lanes of images: $said" ;;
esac
total=$((total + 1))
said=$("$build/ohmic" --backend golden --net "$out/rnn_528" --data "$out/rnn_528/x.npy" \
    --config base_vec --mesh 8x8 --lanes 16 --out "$out/rnn_528/out" 2>&1) &&
    fail "16 lanes in 8 slots are not refused"
case $said in
    *"layer gates: 8 slots, expected at least the 16 sequences that interleave (--lanes;"*) ;;
    *) fail "16 lanes in 8 slots: $said" ;;
esac
total=$((total + 1))
echo "  bad input is refused in a line each"

# The shipped network, as software and as a chip.
"$build/ohmic" --backend model --net sim/networks/mnist-lstm --config base_vec --count 40 \
    --data sim/data/mnist/t10k-images-idx3-ubyte.gz --out "$out/mnist" \
    --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz >"$out/mnist.log" 2>&1 || fail "mnist-lstm"
checked=$(sed -n 's/.*VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$out/mnist.log")
[ "${checked:-0}" -gt 0 ] || fail "mnist-lstm: nothing was checked"
awk '/^accuracy/ { exit !($3 >= $10 - 2.5) }' "$out/mnist.log" ||
    fail "mnist-lstm: $(grep ^accuracy "$out/mnist.log")"
total=$((total + 1))

# airline: the error of chips is, on the mean, within 5 % of software's.
runs=()
for seed in 1 2 3 4 5 6 7 8 9 10; do
    runs+=("$out/airline-$seed")
    "$build/ohmic" --backend model --net sim/networks/airline --config base_vec --mesh 2x2 \
        --data sim/networks/airline/inputs.npy --lanes 1 --seed "$seed" \
        --out "$out/airline-$seed" >"$out/airline-$seed.log" 2>&1 || fail "airline"
done
mean=$("$python" sim/networks/airline/rmse.py "${runs[@]}" |
    sed -n 's/^mean of 10: .*(\(.*\) %).*/\1/p')
awk -v mean="${mean:-99}" 'BEGIN { exit !(mean < 5 && mean > -5) }' || fail "airline: $mean %"
total=$((total + 1))
echo "  airline: error $mean % from software's"

# The shipped networks of characters: at most 0.1 bits a character above software. With keywords of
# which no sample may be shipped, that the chip hears what software hears.
for run in char-lstm:4x4:4 char-transformer:6x5:1; do
    IFS=: read -r name mesh lanes <<<"$run"
    net=sim/networks/$name
    "$build/ohmic" --backend model --net "$net" --config base_vec --mesh "$mesh" --lanes "$lanes" \
        --data "$net/inputs-idx3-ubyte.gz" --labels "$net/labels.npy" --count 24 \
        --out "$out/$name" >"$out/$name.log" 2>&1 || fail "$name: $(tail -1 "$out/$name.log")"
    gap=$("$python" tb/unit/sequences/bits.py "$net" "$out/$name" 0.1) || fail "$name"
    echo "  $name: $gap bits a character above software"
    total=$((total + 1))
done
"$build/ohmic" --backend model --net sim/networks/kws-gru --config base_vec --mesh 2x2 --count 24 \
    --data sim/networks/kws-gru/inputs.npy --out "$out/kws" >"$out/kws.log" 2>&1 ||
    fail "kws-gru: $(tail -1 "$out/kws.log")"
same=$(sed -n "s/^accuracy .*software's in \([0-9.]*\) %.*/\1/p" "$out/kws.log")
awk -v same="${same:-0}" 'BEGIN { exit !(same >= 80) }' || fail "kws-gru: $same %"
total=$((total + 1))
echo "PASS sequences $((total + checked)) checks"
