#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Mesh bench: builds ohm_mesh with traffic endpoints for several sizes and runs it.
# Prints "PASS noc <n> checks" last, and exits 0, only when every size passed. OHM_OUT: where to build.
set -eu
cd "$(dirname "$0")/../../.."
out=${OHM_OUT:-sim/out/unit}/noc
seed=${SEED:-1}
max_flits=66
total=0

# width height fifo-depth trim
while read -r w h depth trim; do
    dir=$out/${w}x$h
    tb/unit/noc/build.sh noc "$dir" -GMESH_W="$w" -GMESH_H="$h" -GFIFO_DEPTH="$depth" -GTRIM="$trim" -GMAX_FLITS=$max_flits
    "$dir/noc" "$w" "$h" $max_flits "$seed" >"$dir/run.log" 2>&1 || { cat "$dir/run.log"; exit 1; }
    tail -n 1 "$dir/run.log"
    n=$(sed -n 's/^noc .*: \([0-9]*\) checks in .*/\1/p' "$dir/run.log")
    total=$((total + ${n:?no check count}))
done <<END
1 1 2 0
2 2 4 0
3 2 3 1
4 4 2 0
8 8 4 0
END
[ "$total" -gt 0 ]
echo "PASS noc $total checks"
