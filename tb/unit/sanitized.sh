#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compiles C files with the address and undefined behaviour sanitizers and prints their objects.
# Tests share them, as each would otherwise compile the same hundred files.
#   sanitized.sh [--kind sanitized|fuzz] FILE…     fuzz: they also tell which way they take
set -euo pipefail
cd "$(dirname "$0")/../.."
build=sim/out/build
kind=sanitized
[ "${1:-}" != --kind ] || { kind=$2; shift 2; }
objects=("${@/%.c/.o}")
objects=("${objects[@]/#/$build/$kind/}")
mkdir -p "$build"
# Not the flags of a make that started us: the targets are ours.
env -u MAKEFLAGS -u MFLAGS flock "$build/lock" make -s "${objects[@]}" >&2
printf '%s\n' "${objects[@]}"
