#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verilates a bench and builds it: verilate.sh FLAGS… SOURCES… as for verilator. Most of a short
# test is the compiler's time, so it gets -O1 (FAST=-O3: for what runs longer), and -O0 for what
# runs once. Verilator's runtime library is compiled once for all benches (objcache.sh).
set -eu
OBJCACHE=$(cd "$(dirname "$0")/../harness" && pwd)/objcache.sh
export OBJCACHE
exec verilator --cc --exe --build -j 1 -O3 -MAKEFLAGS \
    "OPT_FAST=${FAST:--O1} OPT_SLOW=-O0 OPT_GLOBAL=-O2" "$@"
