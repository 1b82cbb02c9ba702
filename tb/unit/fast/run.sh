#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tests of the fast model and the installed library, with sanitizers (threads too). Last line:
# PASS fast <n> checks. Usage: run.sh [build directory]
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-sim/out/unit/fast}
mkdir -p "$out"
mapfile -t include < <(scripts/sources.sh include; echo -Itb/unit/fast)
flags=(-std=c11 -O1 -g -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE "${include[@]}")

# The models under the address and undefined behaviour sanitizers, then the threads under theirs.
mapfile -t files < <(scripts/sources.sh c \
    behav/{common,device,crossbar,converter,golden,fast,energy})
total=0
for sanitizer in address,undefined thread; do
    build=$out/${sanitizer%,*}
    mkdir -p "$build"
    objects=()
    [ $sanitizer = thread ] || mapfile -t objects < <(tb/unit/sanitized.sh "${files[@]}")
    for file in tb/unit/fast/fast_test.c tb/unit/fast/test_fast.c \
        $([ $sanitizer != thread ] || echo "${files[@]}"); do
        object=$build/$(basename "$file" .c).o
        with=(-fsanitize="$sanitizer" -fno-sanitize-recover=all)
        gcc "${flags[@]}" "${with[@]}" -c "$file" -o "$object"
        objects+=("$object")
    done
    gcc -fsanitize=$sanitizer "${objects[@]}" -o "$build/test_fast" -lcmocka -lm -lpthread
    if ! "$build/test_fast" >"$build/test_fast.log" 2>&1; then
        tail -40 "$build/test_fast.log"
        echo "FAIL fast: test_fast ($sanitizer)"
        exit 1
    fi
    n=$(sed -n 's/^CHECKS //p' "$build/test_fast.log")
    [ "${n:-0}" -gt 0 ] || { echo "FAIL fast: test_fast made no check"; exit 1; }
    total=$((total + n))
done

# The installed library, as a program of one's own would use it.
prefix=$(realpath "$out")/prefix
rm -rf "$prefix"
mkdir -p sim/out/build
flock sim/out/build/lock make -s install PREFIX="$prefix" >"$out/install.log" 2>&1 || { tail \
    -20 "$out/install.log"; echo "FAIL fast: make install"; exit 1; }
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
# check WHAT COMMAND…: the command must succeed
check() {
    local what=$1
    shift
    "$@" || { echo "FAIL fast: $what"; exit 1; }
    total=$((total + 1))
}
read -ra options <<<"$(pkg-config --cflags --libs ohmic)"
read -ra static <<<"$(pkg-config --static --libs ohmic)"
check "C example" gcc -Wall -Wextra -Werror sim/examples/vmm.c "${options[@]}" -o "$out/vmm_shared"
check "C example, static" gcc sim/examples/vmm.c "${options[0]}" \
    "${static[@]/-lohmic/-l:libohmic.a}" -o "$out/vmm_static"
LD_LIBRARY_PATH=$prefix/lib "$out/vmm_shared" >"$out/vmm_shared.out"
"$out/vmm_static" >"$out/vmm_static.out"
check "shared and static library give the same" cmp "$out/vmm_shared.out" "$out/vmm_static.out"
check "product within 10 %" awk \
    '{gsub(",", ""); exit !($2 > 0.9 * $5 && $2 < 1.1 * $5 && $3 < 0.9 * $6 && $3 > 1.1 * $6)}' \
    "$out/vmm_shared.out"
check "error as the library says" awk \
    '{gsub(",", ""); exit !($10 > 0 && ($2 - $5)^2 < 9 * $10^2 && ($3 - $6)^2 < 9 * $10^2)}' \
    "$out/vmm_shared.out"
for header in "$prefix"/include/ohmic/*.h; do
    echo "#include \"$(basename "$header")\"" >"$out/header.c"
    check "header $(basename "$header") by itself" gcc -std=c11 -Wall -Wextra -Werror \
        -fsyntax-only "${options[0]}" "$out/header.c"
done

# It never prints and never exits: it does not even know how.
nm -D --undefined-only "$prefix/lib/libohmic.so" | awk '{print $2}' |
    sed 's/@.*//' >"$out/undefined"
check "symbols listed" grep -qx malloc "$out/undefined"
ends='exit|_exit|_Exit|quick_exit|abort|__assert_fail'
prints='stdout|stderr|printf|vprintf|puts|putchar|perror|raise'
if grep -xE "$ends|$prints" "$out/undefined"; then
    echo "FAIL fast: the library uses these"
    exit 1
fi
# It exports what its headers declare, and nothing else.
for header in "$prefix"/include/ohmic/*.h; do
    echo "#include \"$(basename "$header")\""
done >"$out/headers.c"
# A compiler cache may make the paths relative.
CCACHE_DISABLE=1 gcc -std=c11 -fsyntax-only -aux-info "$out/declared" "${options[0]}" \
    "$out/headers.c"
{
    # functions: /* file:line:NC */ extern type name (…); an inline one is F, for it is defined
    # there
    sed -n "s|^/\* ${prefix}[^ ]*:NC \*/.*[ *]\(ohm_[a-z0-9_]*\) (.*|\1|p" "$out/declared"
    gcc -std=c11 -E -P "${options[0]}" "$out/headers.c" | tr '\n' ' ' | tr ';' '\n' | grep \
        -E '^ *extern const [^(]*ohm_[^(]*$' |
        sed 's/struct [a-z_0-9]* //; s/\[[^]]*\]//g' | grep -oE 'ohm_[a-z0-9_]+'
} | sort -u >"$out/declared.names"
nm -D --defined-only "$prefix/lib/libohmic.so" | awk '{print $3}' | sort >"$out/exported.names"
check "symbols declared" test "$(wc -l <"$out/declared.names")" -gt 50
if ! diff "$out/declared.names" "$out/exported.names"; then
    echo "FAIL fast: < declared by an installed header, but not exported;" \
        "> exported, but not declared"
    exit 1
fi
total=$((total + 2))

python=python3
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
check "Python example" "$python" sim/examples/vmm.py "$prefix/lib/libohmic.so"
check "Python, results and errors" "$python" tb/unit/fast/library.py "$prefix/lib/libohmic.so"
echo "PASS fast $total checks"
