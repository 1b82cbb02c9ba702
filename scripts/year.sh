#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A programmed network through a simulated year: runs ohm-year and draws its table, accuracy above,
# what has been spent below. All arguments are ohm-year's; `make year` gives them.
set -eu
cd "$(dirname "$0")/.."
command -v gnuplot >/dev/null || { echo \
    "year.sh: gnuplot: not found, expected gnuplot 5 (package gnuplot-nox)" >&2; exit 2; }
out=sim/out/year
for word; do
    [ "${before:-}" != --out ] || out=$word
    before=$word
done
sim/out/build/ohm-year "$@"
gnuplot - <<END
set terminal svg size 800,640 font 'sans-serif,13' background '#ffffff'
set datafile separator ','
set output '$out/year.svg'
set multiplot layout 2,1
set logscale x; set xrange [0.03:*]; set grid ytics lc rgb '#dddddd'; set border 3
set xtics nomirror ('1 h' 1/24., '1 day' 1, '1 week' 7, '1 month' 30, '1 year' 365)
set ytics nomirror; set lmargin 10; set rmargin 10
set ylabel 'accuracy, %'; set key left bottom
days(s) = s > 0 ? s / 86400. : 0.03
plot '$out/year.csv' using (days(\$1)):2 every ::1 with lines lw 1 lc rgb '#9ec3e6' \
         title 'under the policy, before a check', \
     '' using (days(\$1)):3 every ::1 with lines lw 2 lc rgb '#1f5fa8' title 'after it', \
     '' using (days(\$1)):4 every ::1 with lines lw 2 lc rgb '#e08214' title 'gains alone', \
     '' using (days(\$1)):5 every ::1 with lines lw 2 lc rgb '#b2182b' title 'left alone'
set ylabel 'spent, mJ'; set y2label 'tiles programmed anew'; set key left top
set xlabel 'time since programming'; set y2tics; set y2range [0:1<*]; set border 11
plot '$out/year.csv' using (days(\$1)):(\$13 / 1000) every ::1 with lines lw 2 lc rgb '#1f5fa8' \
         title 'pulses', \
     '' using (days(\$1)):(\$14 / 1000) every ::1 with lines lw 2 lc rgb '#5aae61' \
         title 'reads', \
     '' using (days(\$1)):10 every ::1 axes x1y2 with steps lw 1 lc rgb '#888888' \
         title 'tiles programmed anew (right)'
unset multiplot
END
echo "$out/year.csv $out/year.svg"
