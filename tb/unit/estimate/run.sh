#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The estimate of a network before anything is built, against what the SystemC model then measures:
# cycles per image and energy of shipped networks; how long it takes; and bad input.
# Last line: PASS estimate <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=sim/out/unit/estimate
build=sim/out/build
mkdir -p "$out" "$build"
fail() { echo "FAIL estimate: $*"; exit 1; }

flock "$build/lock" make -s "$build/ohm-estimate" "$build/ohmic" tlm >"$out/build.log" 2>&1 ||
    { tail -5 "$out/build.log"; fail "build"; }
checks=0

mnist=sim/data/mnist/t10k-images-idx3-ubyte.gz
digits=sim/data/digits/test-images.npy
while read -r net config mesh images data; do
    "$build/ohm-estimate" --net "sim/networks/$net" --config "$config" --mesh "$mesh" --json \
        >"$out/estimate.json" || fail "$net on $config $mesh"
    rm -rf "$out/run"
    "$build/ohmic" --backend tlm --net "sim/networks/$net" --data "$data" --config "$config" \
        --mesh "$mesh" --count "$images" --energy sim/configs/energy.txt --out "$out/run" \
        >"$out/run.log" 2>&1 || { tail -3 "$out/run.log"; fail "$net on the SystemC model"; }
    python3 tb/unit/estimate/deviation.py "$out/estimate.json" "$out/run/layers.json" \
        "$net $config $mesh" || fail "$net on $config $mesh"
    checks=$((checks + 4))
done <<END
mnist-784-240-10 base 4x4 60 $mnist
mnist-784-240-10 large 3x2 60 $mnist
mnist-cnn small 3x6 8 $mnist
mnist-cnn large 3x2 8 $mnist
digits-64-32-10 tiny 4x4 100 $digits
END

# All four configurations at once, and what doesn't fit: 2 s on two cores.
limit=3
TIMEFORMAT=%U
seconds=$({ time "$build/ohm-estimate" --net sim/networks/resnet9-cifar >"$out/resnet.txt"; } 2>&1)
grep -q '^base  *6x5\*' "$out/resnet.txt" || fail "resnet9-cifar on base: no smallest mesh 6x5"
grep -q '^tiny  *does not fit: layer res1b' "$out/resnet.txt" || fail "tiny takes resnet9-cifar"
grep -q 'to lift it: mesh 6x6, where' "$out/resnet.txt" || fail "nothing lifts resnet9-cifar"
awk "BEGIN { exit !($seconds < $limit) }" || fail "$seconds s of CPU, expected below $limit"
checks=$((checks + 4))

# Bad input: one line that names it, exit code 2.
while IFS='|' read -r words arguments; do
    rc=0
    # shellcheck disable=SC2086 # words of a command line
    "$build/ohm-estimate" $arguments >"$out/bad.txt" 2>"$out/bad.err" || rc=$?
    if [ "$rc" -ne 2 ] || [ "$(wc -l <"$out/bad.err")" -ne 1 ] ||
        ! grep -qF -- "$words" "$out/bad.err"; then
        fail "$arguments: exit $rc, '$(cat "$out/bad.err")', expected '$words'"
    fi
    [ ! -s "$out/bad.txt" ] || fail "$arguments: a table in spite of it"
    checks=$((checks + 1))
done <<END
--net: missing|
network.json|--net sim/networks/none
configuration: "huge"|--net sim/networks/mnist-cnn --config huge
--mesh: 4x, expected WxH|--net sim/networks/mnist-cnn --config base --mesh 4x
expected with one configuration|--net sim/networks/mnist-cnn --mesh 4x4
device: gold, expected|--net sim/networks/mnist-cnn --device gold
mapping: none, expected|--net sim/networks/mnist-cnn --mapping none
none.txt|--net sim/networks/mnist-cnn --energy none.txt
no such option|--net sim/networks/mnist-cnn --data x
END
echo "PASS estimate $checks checks"
