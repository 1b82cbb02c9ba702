#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A C test of the whole chip on the mutants of this copy of the sources: the chip is built once, the
# mutant is chosen by OHM_MUTANT. chip.sh CONFIG MESH TEST SEED [ARGUMENT…]; GOOD: where the sound
# tree has its objects and tests, OHM_MUTANT_O: the object that reads OHM_MUTANT.
set -euo pipefail
: "${GOOD:?}" "${OHM_MUTANT_O:?}"
cd "$(dirname "$0")/../.."
export CONFIG=$1 MESH=$2
test=$3
shift 3
dir=sim/out/build/$CONFIG-$MESH
mapfile -t objects < <(scripts/sources.sh c behav/common behav/device behav/crossbar \
    behav/converter behav/macro | sed "s|^|$GOOD/pic/|; s|\$|.o|")
build() { # not where sound chips are kept
    OHM_CACHE='' UNITS=0 tb/harness/build.sh "$CONFIG" "$MESH" 0 "$dir" || return
    mapfile -t models <"$dir/models.list"
    g++ -shared -Wl,-Bsymbolic,--no-undefined -o "$dir/libohm_rtl.so" "${models[@]}" \
        "$GOOD/pic/tb/harness/ohm_dpi.c.o" "${objects[@]}" "$OHM_MUTANT_O" -lm -lpthread
}
mkdir -p "$dir"
[ -e "$dir/libohm_rtl.so" ] || build >"$dir.log" 2>&1 ||
    { tail -5 "$dir.log"; echo "chip.sh: the chip did not build"; exit 3; }
sound=$GOOD/$CONFIG-$MESH/test_$test
[ -e "$sound" ] || env -u MAKEFLAGS flock "$GOOD/lock" make -s -C "$GOOD/../../.." \
    "sim/out/build/$CONFIG-$MESH/test_$test" CONFIG="$CONFIG" MESH="$MESH" >"$dir.test.log" 2>&1 ||
    { tail -5 "$dir.test.log"; echo "chip.sh: the sound chip did not build"; exit 3; }
cp "$sound" "$dir/"
exec "$dir/test_$test" "$@"
