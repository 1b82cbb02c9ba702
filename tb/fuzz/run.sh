#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Feeds the readers of files, recordings, packets and serial lines with changed inputs, under the
# sanitizers of addresses, undefined behaviour and leaks.
#   run.sh replay              every seed and every input that ever broke something (seeds/), once
#   run.sh fuzz [TARGET…]   FUZZ_SECONDS (20) for each target; SEED says which inputs
# CONFIG, MESH (tiny 2x2): a chip that is built; a recording of it is a seed. Works in OUT, keeps
# what it has learnt in sim/out/fuzz/<target>/corpus. Last line: PASS fuzz <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../.."
how=${1:-}
out=${OUT:-sim/out/unit/fuzz}
keep=sim/out/fuzz
build=sim/out/build
chip=$build/${CONFIG:-tiny}-${MESH:-2x2}
# Nothing that a file of a few kilobytes says may cost a quarter of a gigabyte at once.
export ASAN_OPTIONS=max_allocation_size_mb=256:allocator_may_return_null=0:detect_leaks=1
die() { echo "FAIL fuzz: $1"; exit 1; }
case $how in
    replay) flags=() kind=sanitized ;;
    fuzz)
        seconds=${FUZZ_SECONDS:-20}
        [[ $seconds =~ ^[1-9][0-9]*$ ]] || {
            echo "run.sh: FUZZ_SECONDS '$seconds', expected a whole number above 0" >&2; exit 2; }
        flags=("-fsanitize-coverage=trace-pc,trace-cmp") kind=fuzz ;;
    *) echo "run.sh: '$how', expected replay or fuzz" >&2; exit 2 ;;
esac
rm -rf "$out"
mkdir -p "$out/seeds"

# ---- the program ----

mapfile -t include < <(scripts/sources.sh include)
compile=(gcc -std=c11 -O1 -g -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE
    "-fsanitize=address,undefined" -fno-sanitize-recover=all "${include[@]}" -Itb/fuzz
    -Isim/host/chip)
mapfile -t files < <(scripts/sources.sh c \
    behav/{common,device,crossbar,converter,golden,fast,energy} \
    sim/host/{net,map,chip,study,vector,cli} | grep -v '/ohm_backend_uart\.c$')
objects=$(tb/unit/sanitized.sh --kind $kind "${files[@]}" sim/host/xbar/ohm_table.c) ||
    die "build"
mapfile -t objects <<<"$objects"
"${compile[@]}" "${flags[@]}" -Dmain=ohm_check_main -c sim/host/cli/ohm_check.c -o "$out/check.o"
for part in files chip; do
    "${compile[@]}" "${flags[@]}" -c "tb/fuzz/fuzz_$part.c" -o "$out/$part.o"
done
"${compile[@]}" tb/fuzz/fuzz.c tb/fuzz/fuzz_change.c "$out"/*.o "${objects[@]}" -o "$out/fuzz" \
    -lcjson -lz -lm -ldl -lpthread

# ---- seeds: files of the project, what is made of a recording, and what once broke something ----

digits=sim/networks/digits-16-16-10
$build/ohmic --rtl-lib "$chip/libohm_rtl.so" --net $digits --config "${CONFIG:-tiny}" \
    --mesh "${MESH:-2x2}" --data sim/data/digits/test-images-4x4.npy --device ideal --count 2 \
    --record "$out/seeds/run.rec" --out "$out/seeds/run" >"$out/seeds/run.log" ||
    die "no recording: $(tail -1 "$out/seeds/run.log")"
python3 tb/fuzz/seeds.py "$out/seeds"
seeds_of() {
    case $1 in
        npy) ls $digits/*.npy sim/data/digits/test-labels.npy ;;
        idx) ls "$out"/seeds/idx-* ;;
        cifar) ls "$out"/seeds/cifar-* ;;
        network) ls sim/networks/{digits-16-16-10,mnist-cnn,mnist-lstm,airline}/network.json ;;
        weights) ls $digits/fc1_w.npy ;;
        device) ls sim/configs/devices/*.txt tb/unit/fast/telegraph.device ;;
        physics) ls sim/configs/devices/*.txt ;;
        energy) echo sim/configs/energy.txt ;;
        scheme) ls sim/configs/programming/*.txt ;;
        kernel) ls sim/kernels/*.vec ;;
        *) ls "$out/seeds/$1"-* ;;
    esac
    [ ! -d "tb/fuzz/seeds/$1" ] || ls tb/fuzz/seeds/"$1"/*
}
targets=(npy idx cifar network weights device physics energy scheme defects csv kernel options
    record packets serial)

# What lies beside the input of a target.
prepare() {
    mkdir -p "$1/net"
    cp $digits/*.npy $digits/network.json "$1/net/"
}

total=0
if [ "$how" = replay ]; then
    for target in "${targets[@]}"; do
        mapfile -t seeds < <(seeds_of "$target")
        mkdir -p "$out/$target"
        prepare "$out/$target"
        "$out/fuzz" --replay "$target" "$out/$target" "${seeds[@]}" >"$out/$target.log" \
            2>"$out/$target.said" ||
            { tail -30 "$out/$target.said"; die "$target: $(grep -m1 -E 'ERROR|runtime error' \
                "$out/$target.said")"; }
        total=$((total + $(sed -n 's/^replayed //p' "$out/$target.log")))
    done
    echo "PASS fuzz $total checks"
    exit
fi
# In memory, where there is such a place: a disk would take most of the time.
FUZZ_WORK=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
export FUZZ_WORK
trap 'rm -rf "$FUZZ_WORK"' EXIT
[ $# -lt 2 ] || targets=("${@:2}")
failed=0
for target in "${targets[@]}"; do
    mapfile -t seeds < <(seeds_of "$target")
    mkdir -p "$keep/$target"
    prepare "$FUZZ_WORK"
    "$out/fuzz" "$target" "$seconds" "${SEED:-1}" "$keep/$target" "${seeds[@]}" |
        tee "$out/$target.log" || failed=1
    n=$(sed -n 's/^fuzz .* \([0-9]*\) runs,.*/\1/p' "$out/$target.log")
    total=$((total + ${n:-0}))
done
[ $failed = 0 ] || die "see the inputs above; a copy in tb/fuzz/seeds/<target>/ stays tested"
echo "PASS fuzz $total checks"
