#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Speed, median of three runs: the RTL with the analog model and every VMM checked, without the
# golden model, and with a macro that trips every column at a fixed code (RTL alone); then the
# models on their own. Prints machine and commands.
#   bench.sh [IMAGES]
set -euo pipefail
cd "$(dirname "$0")/.."
images=${1:-300}
out=sim/out/bench
mkdir -p $out
make -s -j"$(nproc)" build CONFIG=base MESH=4x4

compiler=$(gcc -dumpfullversion -dumpversion | sed 's/^/gcc /')
echo "machine    $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), $(nproc) cores," \
    "$compiler, $(verilator --version | cut -d' ' -f1,2)"
common=(sim/out/build/ohmic --rtl-lib sim/out/build/base-4x4/libohm_rtl.so \
    --net sim/networks/mnist-784-240-10
    --data sim/data/mnist/t10k-images-idx3-ubyte.gz \
        --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz
    --config base --mesh 4x4 --device pcm-hermes --count "$images" --out "$out/run")
echo "command    ${common[*]}"
printf '\n%-42s %10s %11s %10s\n' "base 4x4, MNIST, $images images" images/s cycles/s cost

# measure NAME OPTIONS…: sets images_s; the cost is against the RTL alone, known when `alone` is.
measure() {
    local name=$1 i log images_s cycles_s cost=-
    shift
    for i in 1 2 3; do
        log=$out/$i.log
        # without the golden model nothing is checked and ohmic exits 3
        "${common[@]}" "$@" >"$log" 2>&1 || [ $? -eq 3 ] || { tail -5 "$log" >&2;
            echo "bench.sh: ohmic $* failed" >&2; exit 1; }
    done
    images_s=$(for i in 1 2 3; do sed -n 's/^images .* \([0-9.]*\) images\/s.*/\1/p' $out/$i.log;
        done | sort -g | sed -n 2p)
    [ -n "$images_s" ] || { echo "bench.sh: no images/s in $out/1.log" >&2; exit 1; }
    cycles_s=$(sed -n 's/^cycles .* \([0-9]*\) in all, \([0-9]*\) of them.*/\1 \2/p' $out/1.log |
        awk -v s="$images_s" -v n="$images" '{printf "%.0f", ($1 - $2) / n * s}')
    [ -z "${alone:-}" ] || cost=$(awk -v a="$alone" \
        -v s="$images_s" 'BEGIN {printf "%+.0f %%", (a / s - 1) * 100}')
    printf '%-42s %10s %11s %10s\n' "$name" "$images_s" "$cycles_s" "$cost"
    last=$images_s
}
measure "RTL alone (--no-check --trip-code 0)" --no-check --trip-code 0
alone=$last
measure "with analog model (--no-check)" --no-check
measure "with analog model, every VMM checked"

echo
# shellcheck disable=SC2046 # a list of flags
gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off $(scripts/sources.sh include) \
    tb/unit/models/bench.c behav/common/ohm_math.c behav/common/ohm_rng.c behav/device/*.c \
        behav/crossbar/*.c behav/converter/*.c behav/macro/*.c -lm -o $out/models
echo "models     $out/models"
$out/models

echo
echo "fast model tb/unit/fast/bench.sh, one thread and all"
tb/unit/fast/bench.sh $out

echo
if pkg-config --exists openblas; then
    OUT=$out tb/unit/devices/run_bench.sh
else
    echo "physics    no comparison: OpenBLAS (libopenblas-dev) is not installed"
fi
