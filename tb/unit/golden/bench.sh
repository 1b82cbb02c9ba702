#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Microseconds per VMM of the golden model. Usage: bench.sh [build directory]
set -eu
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/golden}
mkdir -p "$out"
# shellcheck disable=SC2046 # lists of words
gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off $(scripts/sources.sh include) \
    tb/unit/golden/bench.c $(scripts/sources.sh c behav/common behav/device behav/crossbar \
    behav/converter \
        behav/golden) -o "$out/bench" -lm
"$out/bench"
