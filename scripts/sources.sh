#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The one place that knows in which room a source file lies, so that a file may move without a test
# to change.
#   sources.sh include          -I flags: every folder of behav/ and sim/host/ that has headers, and
#                               the harness
#   sources.sh c FOLDER…        the C files below these folders that are no programs, sorted
#   sources.sh programs FOLDER… those with a main
#   sources.sh rtl [MODULE…]    the files of these RTL modules, in this order; without a name all
#                               that a tile, the mesh and the chip are made of (not boards, not
#                               views of the macro), sorted
# Paths are relative to the root of the project, where it must be called. Takes a few milliseconds.
set -eu
what=${1:-}
[ $# -eq 0 ] || shift
case $what in
    include)
        find behav sim/host tb/harness -name '*.h' | sed 's|/[^/]*$||; s|^|-I|' | LC_ALL=C sort \
            -u ;;
    c)
        find "$@" -name '*.c' -exec grep -L '^int main(' {} + | LC_ALL=C sort ;;
    programs)
        find "$@" -name '*.c' -exec grep -l '^int main(' {} + | LC_ALL=C sort ;;
    rtl)
        if [ $# -eq 0 ]; then
            find rtl -name '*.v' -not -path 'rtl/fpga/*' -not -path 'rtl/macro/*' | LC_ALL=C sort
        fi
        for module in "$@"; do
            file=$(find rtl -name "$module.v")
            [ -n "$file" ] || { echo \
                "sources.sh: module '$module', expected the name of a file below rtl/" >&2;
                exit 1; }
            echo "$file"
        done ;;
    *)
        echo "sources.sh: '$what', expected include, c, programs or rtl" >&2
        exit 2 ;;
esac
