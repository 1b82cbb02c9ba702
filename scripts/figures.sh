#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Figures of the analog models, by gnuplot, into sim/out/figures/ (SVG, with the numbers beside
# them): error by wires over array size, accuracy over time with and without compensation of drift,
# conductance histograms.
#   figures.sh [IMAGES]
set -euo pipefail
cd "$(dirname "$0")/.."
images=${1:-1000}
out=sim/out/figures
command -v gnuplot >/dev/null || { echo \
    "figures.sh: gnuplot: not found, expected gnuplot 5 (package gnuplot-nox)" >&2; exit 2; }
make -s sim/out/build/ohmic
mkdir -p $out
# shellcheck disable=SC2046
gcc -std=c11 -O2 -Wall -Wextra -Werror -ffp-contract=off -Ibehav/common -Ibehav/device \
    -Ibehav/crossbar scripts/figures.c \
    behav/common/ohm_math.c behav/common/ohm_rng.c behav/device/*.c behav/crossbar/*.c -lm \
        -o $out/numbers

style="set terminal svg size 720,480 font 'sans,14' background '#ffffff'"
style+="; set grid lc rgb '#dddddd'; set key left top;"

# A figure is there whole or not at all, and so are the numbers beside it.
figure() { # figure NAME: its gnuplot script on the standard input
    { echo "$style"; echo "set output '$out/$1.svg'"; cat; } |
        python3 scripts/whole.py "$out/$1.svg"
}

echo "wires: five sizes, four resistances, two cells"
scripts/progress.sh "wires" $out/wires.txt.part $out/numbers wires
mv $out/wires.txt.part $out/wires.txt
figure wires <<END
set title 'Error by wire resistance (pairs, mean 5 µS, half of the rows on)'
set logscale xy 2; set logscale y 10; set xrange [15:275]; set yrange [0.05:100]
set xtics ('16' 16, '32' 32, '64' 64, '128' 128, '256' 256); set key right bottom
set xlabel 'rows = columns of cells'; set ylabel 'RMS error of a column, % of its RMS'
array ohms[4] = ['0.35', '1', '2.1', '4.4']
plot for [i=1:4] '$out/wires.txt' using 1:(column(1+i)) with linespoints lw 2 pt 7 lc i \
     title '2T2R, '.ohms[i].' Ω per device', \
     for [i=1:4] '$out/wires.txt' using 1:(column(5+i)) with linespoints lw 1 dt 2 pt 6 lc i \
     title '1T1R, '.ohms[i].' Ω'
END

# The fast model: it computes the bits of the golden one.
accuracy() { # accuracy DEVICE SECONDS [OPTION]
    sim/out/build/ohmic --backend model --net sim/networks/mnist-784-240-10 \
        --data sim/data/mnist/t10k-images-idx3-ubyte.gz \
        --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz --count "$images" --out $out/run \
            --device "$1" --time "$2" ${3:+"$3"} |
        sed -n 's/^accuracy .*chip \([0-9.]*\) %, ideal.*/\1/p'
}
drift() {
    local device t how got at=0
    for device in pcm pcm-hermes; do
        echo "# seconds, accuracy in percent: as it is, compensated" >$out/drift-$device.part
        for t in 1 60 3600 86400 604800 2592000 31536000 315360000; do
            got=$t
            for how in "" --compensate; do
                echo "$((at * 100 / 32)) $device after $t s $how" >>"$PROGRESS"
                got+=" $(accuracy $device $t $how)"
                at=$((at + 1))
            done
            [ "$(wc -w <<<"$got")" = 3 ] || { echo "ohmic failed at $device, $t s"; exit 1; }
            echo "$got" >>$out/drift-$device.part
        done
        mv $out/drift-$device.part $out/drift-$device.txt
    done
}
echo "drift: two devices, $images images at eight times"
export -f accuracy drift
export images out
scripts/progress.sh "drift" $out/drift.log bash -c drift || { tail -3 $out/drift.log >&2
    echo "figures.sh: drift failed" >&2; exit 1; }
figure drift <<END
set title 'MNIST 784-240-10, $images images: accuracy over time after programming'
set logscale x; set key left bottom; set bmargin 5
set ylabel 'accuracy, %'; set xlabel 'time of the reads'
set xtics ('1 s' 1, '1 min' 60, '1 h' 3600, '1 day' 86400, '1 week' 604800, '1 month' 2592000, \
    '1 year' 31536000, '10 years' 315360000) rotate by -30 nomirror
plot '$out/drift-pcm.txt' using 1:2 with linespoints lw 2 dt 2 pt 6 lc 1 title 'PCM, as it is', \
     '' using 1:3 with linespoints lw 2 pt 7 lc 1 title 'PCM, global compensation', \
     '$out/drift-pcm-hermes.txt' using 1:2 with linespoints lw 2 dt 2 pt 6 lc 2 \
     title 'HERMES, as it is', \
     '' using 1:3 with linespoints lw 2 pt 7 lc 2 title 'HERMES, global compensation'
END

for device in pcm-hermes rram-neurram rram-cmo; do
    echo "histogram: $device"
    $out/numbers histogram $device 0 | python3 scripts/whole.py $out/histogram-$device.txt
    $out/numbers histogram $device 86400 | python3 scripts/whole.py $out/histogram-$device-1day.txt
    figure histogram-$device <<END
set title '$device: 20 000 reads at each of five targets'; set key right top
set xlabel 'conductance, µS'; set ylabel 'density, 1/µS'
plot for [i=2:6] '$out/histogram-$device.txt' using 1:i with lines lw 2 lc i \
     title i == 2 ? 'at the reference time' : '', \
     for [i=2:6] '$out/histogram-$device-1day.txt' using 1:i with lines lw 1 dt 2 lc i \
     title i == 2 ? 'one day later' : ''
END
done
ls $out/*.svg
