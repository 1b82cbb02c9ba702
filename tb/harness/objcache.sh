#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stands before the compiler in Verilator's makefiles (OBJCACHE). Verilator's runtime library is the
# same for every model and costs more than most models do, so it is compiled once for each compiler,
# version and set of flags; everything else goes to the compiler as it is.
#   objcache.sh COMPILER ARGUMENT… -c -o OBJECT SOURCE
# OHM_CACHE: where the objects are kept, sim/out/cache of this tree without it. Two that want the
# same object at once wait for one compiler.
set -euo pipefail
source=${*: -1}
case $source in
    /*/verilated*.cpp) ;;
    *) exec "$@" ;;
esac
include=$(dirname "$source")
# What a bench says to its own files (folders, sizes, warnings, dependencies) is left out.
command=("$1")
object=''
next=''
for word in "${@:2}"; do
    case $next$word in
        -o) next=object: ; continue ;;
        object:*) object=$word ;;
        -c | -MMD | -MP | -W* | "$source") ;;
        -I"$include"* | -DVM_* | -DVL_* | -DVERILATOR*) command+=("$word") ;;
        -I* | -D*) ;;
        *) command+=("$word") ;;
    esac
    next=
done
cache=${OHM_CACHE:-$(cd "$(dirname "$0")/../.." && pwd)/sim/out/cache}/verilated
mkdir -p "$cache"
key=$({ echo "${command[@]}" "$source"; "$1" -v 2>&1
    cat "$source" "$include/verilated_config.h"; } | sha256sum | cut -c1-32)
stored=$cache/$key.o
exec 9>"$cache/$key.lock"
flock 9
if [ ! -s "$stored" ]; then
    "${command[@]}" -c -o "$stored.$$" "$source"
    mv "$stored.$$" "$stored"
fi
cp "$stored" "$object"
