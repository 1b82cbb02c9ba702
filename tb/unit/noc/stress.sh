#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The mesh under all patterns at once, packets of 4 to 66 flits, idle and stalling ends, for STRESS
# flits in all: none may be lost, doubled, changed or out of order, and something must always move.
# Last line: PASS noc_stress <n> checks (flits).
set -eu
cd "$(dirname "$0")/../../.."
out=${OUT:-${OHM_OUT:-sim/out/unit}/noc_stress}
seed=${SEED:-1}
stress=${STRESS:-20000000}
total=0

# width height depth channels pipe
while read -r w h depth channels pipe; do
    dir=$out/${w}x$h-${channels}x$depth
    tb/unit/noc/build.sh traffic "$dir" -GMESH_W="$w" -GMESH_H="$h" -GFIFO_DEPTH="$depth" \
        -GNVC="$channels" -GPIPE="$pipe" -GMAX_FLITS=66
    "$dir/traffic" "$w" "$h" "$depth" "$channels" 66 stress $((stress / 4)) "$seed" \
        >"$dir/run.log" || { cat "$dir/run.log"; exit 1; }
    tail -n 1 "$dir/run.log"
    n=$(sed -n 's/^stress .*: \([0-9]*\) flits, .*/\1/p' "$dir/run.log")
    total=$((total + ${n:?no flit count}))
done <<END
4 4 2 1 0
4 4 4 2 1
3 5 2 3 0
8 8 4 1 0
END
[ "$total" -ge "$stress" ]
echo "PASS noc_stress $total checks"
