#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Mesh bench: builds ohm_mesh with traffic endpoints for several sizes and runs it; `run.sh full`:
# for more sizes; `run.sh full 3x2 …`: for these alone. Prints "PASS noc <n> checks" last, and exits
# 0, only when every size passed. OHM_OUT: where to build.
set -eu
cd "$(dirname "$0")/../../.."
out=${OHM_OUT:-sim/out/unit}/noc
seed=${SEED:-1}
suite=${1:-test}
[ $# -eq 0 ] || shift
sizes=$*
max_flits=66
total=0

# suite width height depth channels pipe parity trim
while read -r in w h depth channels pipe parity trim; do
    [ "$in" = test ] || [ "$suite" = full ] || continue
    case " ${sizes:-${w}x$h} " in *" ${w}x$h "*) ;; *) continue ;; esac
    dir=$out/${w}x$h-${channels}x$depth
    FLIPS=$parity tb/unit/noc/build.sh noc "$dir" -GMESH_W="$w" -GMESH_H="$h" \
        -GFIFO_DEPTH="$depth" -GNVC="$channels" -GPIPE="$pipe" -GPARITY="$parity" -GTRIM="$trim" \
        -GMAX_FLITS=$max_flits
    "$dir/noc" "$w" "$h" $max_flits "$channels" "$pipe" "$parity" "$seed" >"$dir/run.log" 2>&1 ||
        { cat "$dir/run.log"; exit 1; }
    tail -n 2 "$dir/run.log"
    n=$(sed -n 's/^checks //p' "$dir/run.log")
    total=$((total + ${n:?no check count}))
done <<END
test 1 1 2 1 0 0 0
full 2 2 4 1 0 0 0
test 3 2 3 1 0 0 1
full 4 4 2 1 0 0 0
full 4 4 8 2 0 0 0
test 3 3 3 2 1 1 1
full 5 2 2 3 1 0 0
test 4 3 4 1 0 1 0
full 8 8 4 1 0 0 0
END
[ "$total" -gt 0 ] || { echo "FAIL noc: size '$sizes', expected one of those in run.sh"; exit 1; }
echo "PASS noc $total checks"
