#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every gate on source text; any warning is fatal. Last line: `PASS lint <n> checks`.
# Usage: lint.sh [full]; full: Verilator also looks at each configuration with each view alone.
#   Verilator  -Wall: a chip of each named configuration, the macro's views, meshes, boards
#   Icarus     -g2005 -Wall
#   Yosys      read_verilog without -sv, hierarchy, no latch, no loop, no double driver
#   gen.py     the generated files are those of sim/configs/
#   columns.py no line of a source or of a page's prose is longer than 100 characters
#   lengths.py files of at most 500 lines (RTL 450), functions of at most 80; C, C++, Python
#   C files    private headers stay private; layers of the golden model
#   modules.py every module of rtl/ gives a page
#   docs.py    links, paths of pages in sources, glossary; the site without a warning (with MkDocs)
#   scripts    shellcheck (when installed), Python compiles, fault patterns still match, every test
#              of the list exists
#   RTL files  SPDX line, `default_nettype none … wire, one module per file, named as the file
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

full=''
case ${1:-} in
    full) full=1 ;;
    '') ;;
    *) echo "lint.sh: '$1', expected full or nothing" >&2; exit 2 ;;
esac
checks=0
failed=0
out=$(mktemp)
dir=$(mktemp -d)
trap 'rm -rf "$out" "$dir"' EXIT

# check NAME COMMAND…: passes when the command exits 0 and prints nothing.
check() {
    local name=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$out" 2>&1 && [ ! -s "$out" ]; then
        printf '  ok    %s\n' "$name"
    else
        failed=$((failed + 1))
        printf '  FAIL  %s\n' "$name"
        head -40 "$out" | sed 's/^/        /'
    fi
}

flags() { python3 scripts/gen.py flags "$@"; }

# The mesh does not change a tile: 2x2 has every kind of corner, and lint of 64 tiles takes minutes.
# Another view changes nothing but the macro, for which one tile is enough.
mesh=2x2 one=1x1
dpi=(tb/harness/ohm_macro_dpi.sv tb/harness/ohm_trace_dpi.sv
    tb/harness/ohm_trace_vec_dpi.sv)
# In the mesh bench a traffic endpoint stands for the tile, with its ports; not for serial tiles.
grep -v '/ohm_tile\.v$' rtl/rtl.f >"$dir/mesh.f"
echo tb/unit/noc/ohm_tile_traffic.sv >>"$dir/mesh.f"
mesh_options=("NVC=2 PIPE=0 PARITY=0" "NVC=1 PIPE=1 PARITY=1" "NVC=3 PIPE=1 PARITY=1")
read -ra configs <<<"$(python3 scripts/gen.py names)"

# Newer versions end with a report of their own work, which is no finding.
verilator_quiet() {
    verilator --lint-only -Wall -Irtl/common "$@" 2>&1 \
        | { grep -v -e '^- V e r i l a t i o n   R e p o r t' -e '^- Verilator: ' || true; }
    return "${PIPESTATUS[0]}"
}

verilator_lint() { # verilator_lint CONFIG MESH VIEW-FILES…
    local config=$1 mesh=$2
    shift 2
    # shellcheck disable=SC2046
    verilator_quiet --top-module ohm_chip $(flags verilator "$config" $mesh) -f rtl/rtl.f "$@"
}

# A module that holds others, so that Verilator reads the sources once and looks once at what they
# share. Its own ports are nobody's concern.
lint_top() { # lint_top MODULE PARAMETERS…: one for each list of parameters
    local module=$1 list n=0
    shift
    {
        echo '/* verilator lint_off PINMISSING */ // a stand for the modules below'
        echo '/* verilator lint_off DECLFILENAME */ // of a file that lasts as long as the check'
        echo 'module lint_top;'
        for list in "$@"; do
            n=$((n + 1))
            echo "    $module #($list) u_$n ();"
        done
        echo 'endmodule'
    } >"$dir/lint_top.v"
}

# What of a configuration's sizes a module takes, as a list.
parameters() { # parameters MODULE CONFIG MESH
    local file flag key taken list=''
    file=$(scripts/sources.sh rtl "$1" 2>/dev/null || echo "rtl/macro/${1}_bb.v")
    taken=" $(sed -n 's/^ *parameter *\([A-Z_0-9]*\) *=.*/\1/p' "$file" | tr '\n' ' ')"
    for flag in $(flags verilator "$2" "$3"); do
        key=${flag%=*} key=${key#-G}
        [[ $taken != *" $key "* ]] || list+="${list:+, }.$key(${flag#*=})"
    done
    echo "$list"
}

# The module of every configuration.
verilator_all() { # verilator_all MODULE MESH FLAGS-AND-FILES…
    local config lists=()
    for config in "${configs[@]}"; do lists+=("$(parameters "$1" "$config" "$2")"); done
    lint_top "$1" "${lists[@]}"
    verilator_quiet --top-module lint_top "${@:3}" "$dir/lint_top.v"
}

# The mesh's options, together and apart, with all inputs of edge routers and without some.
verilator_options() {
    local options trim lists=()
    for options in "${mesh_options[@]}"; do
        for trim in 0 1; do
            lists+=("$(sed 's/\([A-Z_]*\)=\([0-9]*\)/.\1(\2),/g' \
                <<<"$options MESH_W=2 MESH_H=2") .TRIM($trim)")
        done
    done
    lint_top ohm_mesh "${lists[@]}"
    verilator_quiet --top-module lint_top -f "$dir/mesh.f" "$dir/lint_top.v"
}

# The ports of a module, a line each, without comments and spaces.
ports() {
    sed 's|//.*||' "$1" | tr -d ' \t\r' | sed -n '/^)($/,/^);/p' | sed '/^$/d; s/,$//'
}

# All views of the macro are one module to the chip.
same_ports() {
    local view
    for view in rtl/macro/ohm_macro_emu.v tb/harness/ohm_macro_dpi.sv; do
        diff <(ports rtl/macro/ohm_macro_bb.v) <(ports "$view") ||
            echo "$view: other ports than rtl/macro/ohm_macro_bb.v"
    done
    [ "$(ports rtl/macro/ohm_macro_bb.v | wc -l)" -gt 20 ] || echo "ohm_macro_bb.v: no ports found"
}

icarus_lint() {
    # shellcheck disable=SC2046
    iverilog -g2005 -Wall -t null -I rtl/common -s ohm_chip $(flags iverilog "$1" $mesh) \
        -f rtl/rtl.f -f rtl/views_blackbox.f
}

yosys_lint() {
    local files
    files=$(cat rtl/rtl.f rtl/views_blackbox.f | grep -E '\.v$')
    # An array that is meant to be registers is not a fault, though Yosys warns of it.
    yosys -q -p "read_verilog -Irtl/common ${files//$'\n'/ }; \
        hierarchy -check -top ohm_chip $(flags yosys "$1" $mesh); proc; opt_clean; \
        select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr; check -assert" 2>&1 \
        | { grep -v '^Warning: Replacing memory .* with list of registers' || true; }
    return "${PIPESTATUS[0]}"
}

# One module per file, the frame every file has.
rtl_form() {
    local file name
    for file in $(find rtl -name '*.v' | sort); do
        name=$(basename "$file" .v)
        case $file in rtl/macro/ohm_macro_*) name=ohm_macro ;; esac # views of one module
        head -1 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
            echo "$file: first line, expected the SPDX identifier"
        grep -q '^`default_nettype none' "$file" || echo "$file: expected \`default_nettype none"
        tail -1 "$file" | grep -q '^`default_nettype wire' ||
            echo "$file: last line, expected \`default_nettype wire"
        [ "$(grep -cE '^\s*module\s' "$file")" = 1 ] ||
            echo "$file: $(grep -cE '^\s*module\s' "$file") modules, expected 1"
        grep -qE "^\s*module\s+$name\b" "$file" || echo "$file: expected module $name"
        grep -qxF "$file" rtl/*.f || echo "$file: in no file list of rtl/"
    done
}

# Rooms of behav/golden from the bottom up, and what the models outside may include; each file
# includes only what stands before it.
c_rooms() {
    local -a public=(ohm_numeric.h ohm_vec_word.h ohm_vec.h ohm_update.h ohm_plan.h \
        ohm_golden.h ohm_golden_hooks.h ohm_program_cycles.h ohm_golden_code.h ohm_golden_model.h)
    local -a order=("${public[@]}" ohm_vec_state.h ohm_golden_slots.h ohm_golden_state.h \
        ohm_golden_out.h ohm_golden_core.h ohm_golden_ring.h
                    ohm_golden_flow.h ohm_golden_program.h ohm_golden_vec.h ohm_golden_walk.h
                    ohm_golden_kinds.h ohm_golden_tile.h)
    local file header name i of
    local owned='golden[a-z_]*\|plan[a-z_]*\|numeric\|vec\|vec_word\|vec_state'
    declare -A level
    for i in "${!order[@]}"; do level[${order[i]}]=$i; done
    while read -r file; do
        name=$(basename "${file%.c}" .h).h
        case $file in # a room's C files stand just above its header
            */core/*.c) name=ohm_golden_core.h ;;
            */program/*.c) name=ohm_golden_program.h ;;
            */walk/*.c) name=ohm_golden_walk.h ;;
            */plan/*.c) name=ohm_plan.h ;;
            */update/*.c) name=ohm_update.h ;;
            */vector_tile/*.c) name=ohm_golden_vec.h ;;
            */vector/*.c) name=ohm_vec_state.h ;;
            behav/golden/*/*) ;;
            *.c) name=ohm_golden_tile.h ;;
        esac
        [ -n "${level[$name]:-}" ] || { echo "$file: in no layer of scripts/lint.sh"; continue; }
        for header in $(sed -n "s/^#include \"\(ohm_\($owned\)\.h\)\".*/\1/p" "$file"); do
            i=${level[$header]:-99}
            case $file in *.c) [ "$i" -le "${level[$name]}" ] ;; *) [ "$i" \
                -lt "${level[$name]}" ] ;; esac ||
                echo "$file: includes $header, which does not stand below it"
        done
    done < <(find behav/golden -name '*.[ch]' | sort)
    while read -r of; do
        file=${of%%:*}
        header=${of#*\"}
        header=${header%%\"*}
        case " ${public[*]} " in *" $header "*) ;; *) echo \
            "$file: includes $header, which is private to behav/golden" ;; esac
    done < <(grep -r "^#include \"ohm_\($owned\)\.h\"" behav sim/host tb \
        --include='*.[ch]' --include='*.cpp' | grep -v '^behav/golden/')
    grep -rn '#include "ohm_mapper_steps.h"' behav sim/host --include='*.[ch]' | grep \
        -v '^sim/host/map/' || true
}

# Kept apart from `check`'s silence rule: what these print when all is well is thrown away.
quiet() { local text; text=$("$@" 2>&1) || { echo "$text"; return 1; }; }

# Chips of one tile with the behavioral macro, the other views of the macro by themselves, and the
# mesh with endpoints for tiles: together that is each chip with each view. A path from tile to tile
# needs several whole ones: one chip with, one without duration links.
check "verilator chips of one tile" verilator_all ohm_chip $one -f rtl/rtl.f "${dpi[@]}"
check "verilator meshes" verilator_all ohm_chip $mesh -f "$dir/mesh.f" "${dpi[@]}"
for views in rtl/views_*.f; do
    name=${views#rtl/views_}
    check "verilator macros, ${name%.f} views" verilator_all ohm_macro $one -f "$views"
done
check "ports of the macro's views" same_ports
for config in tiny small_link; do
    check "verilator $config" verilator_lint $config $mesh "${dpi[@]}"
done
for config in "${configs[@]}"; do
    check "iverilog $config" icarus_lint "$config"
    [ -n "$full" ] || continue
    for views in rtl/views_*.f; do
        name=${views#rtl/views_}
        check "verilator $config, ${name%.f} views" verilator_lint "$config" $one -f "$views"
    done
    check "verilator $config, behavioral views" verilator_lint "$config" $mesh "${dpi[@]}"
done
check "verilator options of the mesh" verilator_options
for options in "${mesh_options[@]}"; do
    read -ra set <<<"$options"
    check "iverilog mesh $options" iverilog -g2005 -Wall -t null -I rtl/common -s ohm_mesh \
        -Pohm_mesh.MESH_W=2 \
        -Pohm_mesh.MESH_H=2 "${set[@]/#/-Pohm_mesh.}" -f rtl/rtl.f -f rtl/views_blackbox.f
done
for board in hx8k up5k ulx3s ulx3s_tiny ulx3s_program; do
    check "verilator board $board" verilator_quiet --top-module "ohm_board_$board" -f rtl/rtl.f \
        -f rtl/views_emulation.f -f rtl/fpga.f
done
check "yosys tiny" yosys_lint tiny
check "form of RTL files" rtl_form
check "length of files and functions" python3 scripts/lengths.py
check "rooms of C files" c_rooms
check "lines of at most 100 characters" python3 scripts/columns.py
check "generated files" quiet python3 scripts/gen.py check
check "module pages" quiet python3 scripts/modules.py check
check "links, paths, glossary" quiet python3 scripts/docs.py check
if command -v mkdocs >/dev/null; then
    check "site of the documents" quiet python3 scripts/docs.py site
else
    echo "  skip  site of the documents (mkdocs not installed)"
fi
mapfile -t python < <(find scripts tb sim -name '*.py' -not -path 'sim/out/*' | sort)
check "python compiles" python3 -c 'import ast, sys
for f in sys.argv[1:]: ast.parse(open(f, encoding="utf-8").read(), f)' "${python[@]}"
check "fault patterns" quiet python3 scripts/plant.py check
check "test list" quiet python3 scripts/regress.py --check
check "wave views" quiet python3 scripts/waves.py form
if command -v shellcheck >/dev/null; then
    mapfile -t shell < <(find scripts tb .ci -type f \( -name '*.sh' -o -path '.ci/run' \) | sort)
    # Not these: commas belong to gcc's -fsanitize (SC2054); word splitting of $* and ls | grep are
    # meant (SC2048, SC2010).
    check "shellcheck" shellcheck -S warning -e SC2010,SC2048,SC2054 "${shell[@]}"
else
    echo "  skip  shellcheck (not installed)"
fi

if [ $failed -gt 0 ]; then
    echo "FAIL lint $failed of $checks checks"
    exit 1
fi
echo "PASS lint $checks checks"
