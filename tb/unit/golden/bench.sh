#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Microseconds per VMM of the golden model. Usage: bench.sh [build directory]
set -eu
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/golden}
mkdir -p "$out"
gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off -Ibehav/common -Ibehav/device -Ibehav/crossbar -Ibehav/golden \
    tb/unit/golden/bench.c behav/common/*.c behav/device/*.c behav/crossbar/*.c behav/golden/*.c -o "$out/bench" -lm
"$out/bench"
