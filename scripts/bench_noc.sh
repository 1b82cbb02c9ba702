#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Latency-load curves of the mesh and its saturation against ideal queues, into sim/out/bench-noc/:
#   WxH-CxD.txt   per pattern and load: offered and accepted flits per source and cycle, cycles from
#                 birth to last flit
#   summary.txt   per mesh, buffers and pattern: latency at a load of 0.02, the most that was
#                 accepted at any load, what is accepted at a load of 1 (overload), the most that
#                 ideal queues accept, ratio of the two mosts
#   *.svg         the curves
# MESHES: the lines "W H channels depth"; 16 16 takes minutes to build with one channel, an hour
# with two.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${OUT:-sim/out/bench-noc}
seed=${SEED:-1}
patterns="uniform transpose tornado hotspot neighbour complement multicast"
mkdir -p "$out"
printf '%-7s %-8s %-10s %8s %8s %8s %8s %6s\n' mesh buffers pattern latency most overload ideal \
    ratio | tee "$out/summary.txt"

while read -r w h channels depth; do
    name=${w}x$h-${channels}x$depth
    dir=$out/build/$name
    tb/unit/noc/build.sh traffic "$dir" -GMESH_W="$w" -GMESH_H="$h" -GFIFO_DEPTH="$depth" \
        -GNVC="$channels" -GMAX_FLITS=66
    bench=("$dir/traffic" "$w" "$h" "$depth" "$channels" 66)
    : >"$out/$name.part" # whole before it has its name
    for pattern in $patterns; do
        "${bench[@]}" curve "$pattern" "$seed" >"$out/$pattern.tmp"
        cat "$out/$pattern.tmp" >>"$out/$name.part"
        printf '\n\n' >>"$out/$name.part"
        read -r _ _ _ latency < <(head -1 "$out/$pattern.tmp")
        most=$(awk '$3 > m { m = $3 } END { print m }' "$out/$pattern.tmp")
        read -r _ _ overload _ < <(tail -1 "$out/$pattern.tmp")
        ideal=- ratio=-
        if [ "$pattern" != multicast ]; then # the ideal queues know no copies
            read -r _ _ ideal _ < <("${bench[@]}" curve "$pattern" "$seed" ideal | sort -k3 -n |
                tail -1)
            ratio=$(awk "BEGIN { printf \"%.3f\", $most / $ideal }")
        fi
        printf '%-7s %-8s %-10s %8s %8s %8s %8s %6s\n' "${w}x$h" "${channels}x$depth" "$pattern" \
            "$latency" "$most" "$overload" "$ideal" "$ratio" |
            tee -a "$out/summary.txt"
        rm "$out/$pattern.tmp"
    done
    "${bench[@]}" speed | tee -a "$out/summary.txt"
    mv "$out/$name.part" "$out/$name.txt"
    python3 scripts/whole.py "$out/$name.svg" <<END
set terminal svg size 800,500 background "white"
set output '$out/$name.svg'
set title "mesh ${w}x$h, $channels channel(s) of $depth flits, packets of 8 flits"
set xlabel "offered load, flits per source and cycle"
set ylabel "latency, cycles from birth to last flit"
set yrange [0:$((40 + 10 * (w + h)))]
set key left top
patterns = "$patterns"
plot for [i=0:words(patterns)-1] "$out/$name.txt" index i using (\$2 < 1 ? \$2 : 1/0):4 \
     with linespoints title word(patterns, i+1)
END
done <<END
${MESHES:-2 2 1 4
4 4 1 4
8 8 1 4
8 8 2 8
8 8 4 8
16 16 1 4}
END
echo "tables and figures: $out"
