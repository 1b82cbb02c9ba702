#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs one C test of the whole chip: run.sh NAME [ARGUMENTS], with CONFIG, MESH and SEED
# in the environment.
# Last line: `PASS <name> <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
flock sim/out/build/lock make -s "sim/out/build/$CONFIG-$MESH/test_$name" CONFIG="$CONFIG" \
    MESH="$MESH"
shift
exec "sim/out/build/$CONFIG-$MESH/test_$name" "$SEED" "$@"
