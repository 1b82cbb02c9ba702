#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unit tests of the golden model and of recordings, with sanitizers. Last line: PASS golden <n>
# checks.
# Usage: run.sh [build directory]
set -eu
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/golden}
mkdir -p "$out"

include="$(scripts/sources.sh include) -Itb/unit/golden"
flags="-std=c11 -Wall -Wextra -Werror -ffp-contract=off $include"
sanitize="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
# macro, host and their libraries are not needed: the golden model stands on common, device and
# crossbar alone
models=$(scripts/sources.sh c behav/common behav/device behav/crossbar \
    behav/converter behav/golden)

# shellcheck disable=SC2086 # a list of files
objects=$(tb/unit/sanitized.sh $models sim/host/chip/ohm_record.c sim/host/net/ohm_file.c) ||
    { echo "FAIL golden: build"; exit 1; }
# shellcheck disable=SC2086
gcc $flags $sanitize -c tb/unit/golden/model.c -o "$out/model.o"
# shellcheck disable=SC2086
gcc $flags $sanitize sim/host/cli/ohm_check.c $objects -o "$out/ohm-check" -lm

total=0
for name in numeric exact check flow alone conv conv_net record; do
    wrap=
    # the planted fault of the naive loop
    [ $name = alone ] && wrap=-Wl,--wrap=ohm_array_read_naive
    # shellcheck disable=SC2086
    gcc $flags $sanitize tb/unit/golden/test_$name.c "$out/model.o" $objects $wrap \
        -o "$out/test_$name" -lcmocka -lm
    if ! OHM_CHECK="$out/ohm-check" OHM_OUT="$out" "$out/test_$name" > "$out/test_$name.log" 2>&1;
        then
        cat "$out/test_$name.log"
        echo "FAIL golden: test_$name"
        exit 1
    fi
    n=$(sed -n 's/^CHECKS //p' "$out/test_$name.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL golden: test_$name made no check"; exit 1; }
    total=$((total + n))
done
echo "PASS golden $total checks"
