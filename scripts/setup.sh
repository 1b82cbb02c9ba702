#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what `make run`, `make test` or `make test-full` needs and does not find (Debian 12 and
# 13, Ubuntu). Asks nothing; does nothing when all is there, however it came there. What only single
# tests need, and this release of the system does not have, is named with what goes without it, and
# is no error: those tests say `skip`.
#   setup.sh run|test|full|tlm|synth|docs|cluster
set -euo pipefail

have_tool() { command -v "$1" >/dev/null 2>&1; }

# A header the compiler finds, without starting the compiler: three of those would cost more than
# the rest together.
have_header() {
    local dir
    for dir in /usr/include /usr/local/include ${CPATH:+${CPATH//:/ }}; do
        [ -e "$dir/$1" ] && return 0
    done
    return 1
}

# A Python of the system's, or the one in the path.
have_numpy() { /usr/bin/python3 -c 'import numpy' 2>/dev/null || python3 \
    -c 'import numpy' 2>/dev/null; }

set_name=${1:-}
case "$set_name" in
    run | test | full | tlm | synth | docs | cluster) ;;
    *) echo "setup.sh: set '$set_name', expected run, test, full, tlm, synth, docs or cluster" >&2
        exit 2 ;;
esac

missing=() wanted=() without=()
have_file() { [ -r "$1" ]; }
need() { # need tool|header|file WHAT PACKAGE
    "have_$1" "$2" || missing+=("$3")
}
want() { # want tool|header|file WHAT PACKAGE WHAT-GOES-WITHOUT-IT
    "have_$1" "$2" || { wanted+=("$3"); without+=("$4"); }
}
cells=/usr/share/qflow/tech/osu018/osu018_stdcells.lib
need tool python3 python3
if [ "$set_name" != docs ]; then
    need tool gcc build-essential
    need tool g++ build-essential
    need tool make build-essential
    need tool verilator verilator
    need header cjson/cJSON.h libcjson-dev
    need header zlib.h zlib1g-dev
fi
if [ "$set_name" = docs ]; then
    need tool mkdocs mkdocs
elif [ "$set_name" = cluster ]; then
    need tool sbatch slurm-wlm
    need file /usr/sbin/munged munge
elif [ "$set_name" = synth ]; then
    need tool yosys yosys
    need tool nextpnr-ice40 nextpnr-ice40
    need tool icepack fpga-icestorm
    want tool sta opensta "no speed of standard cells"
    want file $cells qflow-tech-osu018 "no figures of 0.18 um standard cells"
elif [ "$set_name" != run ]; then
    need header systemc libsystemc-dev
    need tool gnuplot gnuplot-nox
fi
if [ "$set_name" = test ] || [ "$set_name" = full ]; then
    need header cmocka.h libcmocka-dev
    need tool iverilog iverilog
    need tool pkg-config pkg-config
    need numpy "" python3-numpy
    need tool yosys yosys
    need tool z3 z3
    want file $cells qflow-tech-osu018 "tests of its netlists are skipped"
fi
if [ "$set_name" = full ]; then
    need tool ngspice ngspice
    want tool sbatch slurm-wlm "the test of RUNNER=slurm is skipped"
    want file /usr/sbin/munged munge "the test of RUNNER=slurm is skipped"
    want tool parallel parallel "the test of RUNNER=parallel is skipped"
fi
[ ${#missing[@]} -eq 0 ] && [ ${#wanted[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ] && have_tool sudo; then as_root=(sudo); fi
can_install() { have_tool apt-get && { [ "$(id -u)" -eq 0 ] || have_tool sudo; }; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt() { # apt WHAT-IT-DOES ARGUMENT…
    local label=$1
    shift
    APT_GET=${as_root[*]} scripts/progress.sh "$label" "$log" scripts/apt.sh "$@"
}
update() {
    apt "set-up: package lists" update && return
    tail -5 "$log" >&2
    echo "setup.sh: apt-get update failed (no network?); needed: ${missing[*]} ${wanted[*]}" >&2
    return 1
}
has_package() { [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null | head -1)" ]; }

cd "$(dirname "$0")/.."
if [ ${#missing[@]} -gt 0 ]; then
    mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
    if ! have_tool apt-get; then
        echo "setup.sh: missing ${missing[*]} (Debian names), and this system has no apt-get:" \
            "install them by hand" >&2
        exit 1
    fi
    if ! can_install; then
        echo "setup.sh: missing ${missing[*]}; not root and no sudo:" \
            "run 'apt-get install ${missing[*]}' as root" >&2
        exit 1
    fi
    update || exit 1
elif can_install && ! compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; then
    update || true # what is only wanted does not stop anybody who has no network
fi

for i in "${!wanted[@]}"; do
    if can_install && has_package "${wanted[i]}"; then
        missing+=("${wanted[i]}")
    else
        echo "setup.sh: no ${wanted[i]} here: ${without[i]}" >&2
    fi
done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "Installing: ${missing[*]}"
if ! apt "set-up: ${#missing[@]} packages" install -y --no-install-recommends "${missing[@]}"; then
    tail -5 "$log" >&2
    echo "setup.sh: apt-get could not install ${missing[*]}" >&2
    exit 1
fi
