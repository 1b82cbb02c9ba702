#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Synthesis: area and speed of modules and boards, compared with the stored table.

  synth.py [TARGET…] [--update] [--jobs N]
      TARGET   a run, or the runs that begin with it (ice40, ecp5, xilinx, cells, column); all when
               none is given, but ecp5-small and cells-large (an hour each) only when they are named
      --update write the stored table scripts/synth-table.txt

Each target synthesises its runs with Yosys, checks the netlist (no latch, no loop, no net driven
twice, no warning that is not explained below), places and routes where a tool is at hand, and
prints one line per module. A number more than 5 % off the stored one is marked; the exit code is 0
all the same: smaller is no fault, and a reader decides about bigger.
Exit code 1: a check failed. Last line: PASS synth <n> rows, or FAIL.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

from synth_tools import (
    LIBERTY, OUT, ROOT, Failed, command, f_max, module_name, nextpnr_ecp5, nextpnr_ice40, number,
    numbers, parameters, parse, rows_of, tile_parameters, tool, yosys,
)

STORED = ROOT / "scripts/synth-table.txt"
ECP5_WIRE_PS = 1000
COLUMNS = ["LUT", "FF", "BRAM", "DSP", "memory", "area", "MHz"]   # memory: bits; area: um2


def ice40_modules(add):
    text = yosys("ice40-modules", "emu", "ohm_chip", parameters("board"),
                 ["synth_ice40 -noflatten -top ohm_chip", "tee -q -o @STAT@ stat"])
    for module, n in rows_of(text):
        add("ice40", "board", module, n)


def ice40_board(add, board, part, package, options, area=False):
    """area: the smallest netlist instead of the fastest, with a multiplier for the emulated
    cells."""
    name = f"ice40-{board}"
    synth = f"synth_ice40 {options} -abc9 -top ohm_board_{board}{' -dffe_min_ce_use 4' * area}"
    steps = (
        [
            f"{synth} -dff -run begin:map_luts",
            "script scripts/synth_area.ys",
            f"{synth} -run map_cells:",
        ]
        if area
        else [synth]
    )
    steps[-1] += " -json @NAME@.json"
    text = yosys(
        name,
        "emu",
        f"ohm_board_{board}",
        "",
        ["techmap -map scripts/synth_compare.v", *steps, "tee -q -o @STAT@ stat"],
        ["rtl/fpga/*.v"],
        define="-DOHM_MULTIPLIER=1" if area else "",
    )
    for module, n in rows_of(text):
        note = "nextpnr-ice40 is not installed"
        if shutil.which("nextpnr-ice40"):
            n["MHz"], note = nextpnr_ice40(
                name, part, package, f"constraints/ice40-{board}/board.pcf"
            )
        add("ice40", board, module, n, note)


def ecp5_commands(top, fast_rams=True):
    """Block RAM answers 5.6 ns after the clock: what decides much in the same cycle is read from
    LUTs and kept in registers.

    The step map_luts is Yosys' own but for the wires' delay: its 300 ps a LUT make ABC save LUTs in
    chains that are the longest paths of a full part, where nextpnr finds 1 ns."""
    synth = f"synth_ecp5 -abc9 -nowidelut -top {top}"
    rams = [
        'setattr -set ram_style "distributed" c:*u_cfg_fifo.u_fifo.mem c:*u_map.mem'
    ] * fast_rams
    luts = ["techmap -map +/ecp5/latches_map.v", f"abc9 -maxlut 4 -W {ECP5_WIRE_PS}", "clean"]
    return [
        f"{synth} -run begin:map_ram",
        *rams,
        f"{synth} -run map_ram:map_luts",
        *luts,
        f"{synth} -run map_cells: -json @NAME@.json",
        "tee -q -o @STAT@ stat",
    ]


def ecp5_router(add):
    text = yosys(
        "ecp5-router",
        "bb",
        "ohm_router",
        "-chparam FIFO_DEPTH 4 -chparam MAX_FLITS 66 -chparam PIPE 1",
        ecp5_commands("ohm_router", fast_rams=False),
    )
    for module, n in rows_of(text):
        n["MHz"], note = nextpnr_ecp5(
            "ecp5-router", ["--85k", "--package", "CABGA756", "--out-of-context", "--freq", "100"]
        )
        add("ecp5", "router", module, n, note)


# LUTs for area: mapped, taken apart and mapped again, at last for depth with the area that is left.
# ABC does not rewrite the logic before it maps (ifraig, scorr, dc2): choices of one of four, which
# the source has in two LUTs, fall apart in that, and a lane takes 725 LUTs instead of 640.
SMALL = "+strash;dch,-f;{};mfs2,-a;lutpack,-S,1"
AREA_LUTS = [
    f"abc -lut 4 -script {SMALL.format(how)}; simplemap t:$lut; opt_expr; opt_merge; opt_clean"
    for how in ("if,-a,-F,10,-A,10", "if,-a,-F,10,-A,10")
] + [f"abc -lut 4 -script {SMALL.format('if')}", "clean"]


def ecp5_vector(add):
    """The vector unit of 8 lanes alone, as small as it gets; its traces are simulation's."""
    synth = "synth_ecp5 -nowidelut -top ohm_vec"
    text = yosys("ecp5-vector", "bb", "ohm_vec", "", [
        "delete -output w:trc_*",
        f"{synth} -run begin:map_luts",
        "techmap -map +/ecp5/latches_map.v",
        *AREA_LUTS,
        f"{synth} -run map_cells: -json @NAME@.json",
        "tee -q -o @STAT@ stat",
    ])
    for module, n in rows_of(text):
        n["MHz"], note = nextpnr_ecp5(
            "ecp5-vector",
            ["--85k", "--speed", "6", "--package", "CABGA756", "--out-of-context", "--freq", "80"],
        )
        add("ecp5", "vector", module, n, f"speed grade 6, {note}")


def ecp5_board(add, board, part, grades=(6,)):
    """grades: speed grades; that of the board first, whose bitstream is kept."""
    name = f"ecp5-{board}"
    text = yosys(
        name, "emu", f"ohm_board_{board}", "", ecp5_commands(f"ohm_board_{board}"), ["rtl/fpga/*.v"]
    )
    for module, n in rows_of(text):
        for grade in grades:
            n["MHz"], note = nextpnr_ecp5(
                name,
                [
                    part,
                    "--speed",
                    str(grade),
                    "--package",
                    "CABGA381",
                    "--lpf",
                    str(ROOT / "constraints/ecp5-ulx3s/board.lpf"),
                    "--freq",
                    "80",
                    "--tmg-ripup",
                ],
            )
            pack = tool("ecppack", "yowasp-ecppack")
            if pack and n["MHz"] and grade == grades[0]:
                command(
                    [pack, "--compress", str(ROOT / OUT / f"{name}.cfg"),
                     str(ROOT / OUT / f"{name}.bit")],
                    OUT / f"{name}.pack",
                )
            add(
                "ecp5",
                board if grade == grades[0] else f"{board}/{grade}",
                module,
                n,
                f"speed grade {grade}, {note}",
            )


def column(add):
    """What a column costs at 8 bits: a module of 128 columns less one of 64, by column. Above the
    limits the run fails."""
    total = {"LUT": 0.0, "FF": 0.0}
    for module in ("ohm_capture", "ohm_shift_add"):
        n = {}
        for columns in (64, 128):
            # chparam by itself: with `hierarchy -chparam` Yosys 0.23 makes a part of ohm_shift_add
            # twice, and stops
            text = yosys(f"column-{module}-{columns}", "bb", module, "",
                         [f"synth_ice40 -top {module}", "tee -q -o @STAT@ stat"],
                         before=f"chparam -set COLS {columns} -set CODE_W 8 {module}")
            n[columns] = rows_of(text)[0][1]
        each = {k: (n[128][k] - n[64][k]) / 64.0 for k in total}
        for k in total:
            total[k] += each[k]
        add("column", "8-bit", module, each)
    add("column", "8-bit", "total", total, "LUT4 and flip-flops of one column")
    for k, limit in (("FF", 40), ("LUT", 30)):
        if total[k] > limit:
            raise Failed(f"column: {total[k]:.1f} {k}, expected {limit} at most")


def tile(add, target, config, commands):
    """Counts of one tile with its emulated macro, not placed. commands: a function of the tile's
    module."""
    top, params = tile_parameters(config)
    for _, n in rows_of(yosys(f"{target}-{config}", "emu", top, params, commands(top))):
        add(target, config, top, n)


def cells(add, config):
    """Per module of a tile; memories stay out of the mapping and are counted in bits (macros
    replace them)."""
    name = f"cells-{config}"
    text = yosys(
        name,
        "bb",
        *tile_parameters(config),
        [
            "tee -q -o @STAT@.bits stat",
            "opt; wreduce; peepopt; opt_clean; alumacc; share; opt",
            "memory -nomap",
            "opt_clean",
            "opt -fast -full; techmap; opt -fast; abc -fast; opt -fast -full",
            f"dfflibmap -liberty {LIBERTY}",
            f"abc -liberty {LIBERTY} -constr constraints/osu018/abc.constr -D 10000",
            "opt_clean -purge",
            f"tee -q -o @STAT@ stat -liberty {LIBERTY}",
            "delete t:$mem_v2",
            "setparam -unset ROWS -unset COLS -unset CODE_W -unset SERIAL -unset ADC -unset MUX "
            "-unset ADC_CYCLES -unset ADC_B t:ohm_macro",
            "splitnets -ports -format __v",
            "opt_clean",
            "write_verilog -noattr -noexpr -nohex @NAME@.v",
        ],
    )
    bits = {
        m: memory
        for m, _, _, memory in parse((ROOT / OUT / f"{name}.stat.bits").read_text(encoding="utf-8"))
    }
    table, memory = [], 0
    for module, cells, area, _ in parse(text):
        if area is not None and not module.startswith("design"):
            n = numbers(cells)
            n.update(area=area, memory=bits.get(module, 0), LUT=None)
            table.append((module_name(module), n))
    number(table, lambda module, n: add("cells", config, module, n))
    whole = re.search(r"Chip area for top module .*: ([\d.]+)", text)
    memory = bits.get("design hierarchy", 0)
    total = {"area": float(whole.group(1)) if whole else None, "memory": memory}
    note = "OpenSTA is not installed"
    if shutil.which("sta"):
        total["MHz"], note = sta(name), ""
    add("cells", config, "total", total, note)


def sta(name):
    """f_max of a tile, paths through memories and the macro left out."""
    log = OUT / f"{name}.sta"
    subprocess.run(["sta", "-no_splash", "-exit", "scripts/synth_sta.tcl"], cwd=ROOT, check=False,
                   env={**os.environ, "LIBERTY": LIBERTY, "NETLIST": str(OUT / f"{name}.v")},
                   stdout=open(ROOT / log, "w", encoding="utf-8"), stderr=subprocess.STDOUT)
    text = (ROOT / log).read_text(encoding="utf-8")
    slack = re.search(r"worst slack (-?[\d.]+)", text)
    if not slack or re.search(r"^Error", text, flags=re.M):
        raise Failed(f"{name}: OpenSTA failed, see {log}")
    if "unclocked" in text or "loop" in text:
        raise Failed(f"{name}: a register without clock, or a loop, see {log}")
    return 1000.0 / (10.0 - float(slack.group(1)))


def xilinx_commands(top):
    return [f"synth_xilinx -flatten -top {top}", "tee -q -o @STAT@ stat"]


TARGETS = {
    "ice40-modules": ice40_modules,
    "ice40-hx8k": lambda add: ice40_board(add, "hx8k", "hx8k", "ct256", "-device hx"),
    "ice40-up5k": lambda add: ice40_board(add, "up5k", "up5k", "sg48", "-device u -dsp", area=True),
    "ecp5-router": ecp5_router,
    "ecp5-vector": ecp5_vector,
    "ecp5-tiny": lambda add: ecp5_board(add, "ulx3s_tiny", "--12k"),
    "ecp5-program": lambda add: ecp5_board(add, "ulx3s_program", "--12k"),
    "ecp5-tile": lambda add: tile(add, "ecp5", "board_2x2", ecp5_commands),
    "xilinx-tiny": lambda add: tile(add, "xilinx", "tiny", xilinx_commands),
    "xilinx-small": lambda add: tile(add, "xilinx", "small", xilinx_commands),
    "cells-tiny": lambda add: cells(add, "tiny"),
    "cells-small": lambda add: cells(add, "small"),
    "column": column,
}
LONG = {
    "ecp5-small": lambda add: ecp5_board(add, "ulx3s", "--85k", (6, 8)),
    "cells-large": lambda add: cells(add, "large"),
}


def load(path):
    table = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                part = line.split()
                table[tuple(part[:3])] = part[3:3 + len(COLUMNS)]
    return table


def form(v):
    return (
        "-"
        if v is None or v == 0
        else f"{v:.1f}" if isinstance(v, float) and v < 1000 else f"{v:.0f}"
    )


def row(key, values):
    return f"{key[0]:7} {key[1]:10} {key[2]:20} " + " ".join(f"{v:>8}" for v in values)


def changes(values, old):
    """What of a row is more than 5 % off the stored one."""
    for column, now, before in zip(COLUMNS, values, old):
        if now != before and (
            now == "-"
            or before == "-"
            or abs(float(now) - float(before)) > 0.05 * abs(float(before))
        ):
            yield f"{column} was {before}"


def run(target, stored):
    """The lines of a target, its rows, and whether it failed."""
    lines, rows = [], {}

    def add(target, config, module, n, note=""):
        values = [form(n.get(c)) for c in COLUMNS]
        key = (target, config, module)
        rows[key] = values
        marks = list(changes(values, stored.get(key, [])))
        if key not in stored and stored:
            marks.append("new")
        lines.append(
            row(key, values)
            + (f"  {note}" if note else "")
            + ("  CHANGED: " + ", ".join(marks) if marks else "")
        )

    try:
        {**TARGETS, **LONG}[target](add)
    except Failed as e:
        lines.append(f"FAIL {e}")
        return lines, rows, 1
    return lines, rows, 0


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("target", nargs="*", default=[])
    p.add_argument("--update", action="store_true")
    p.add_argument("--jobs", type=int, default=1)
    a = p.parse_args()
    targets = [] if a.target else list(TARGETS)
    for name in a.target:
        runs = (
            [name]
            if name in LONG
            else [t for t in TARGETS if t == name or t.startswith(name + "-")]
        )
        if not runs:
            sys.exit(
                f"synth.py: target '{name}', expected one of {' '.join([*TARGETS, *LONG])}, or how "
                "some of them begin"
            )
        targets += runs
    (ROOT / OUT).mkdir(parents=True, exist_ok=True)
    stored, new, failures = load(STORED), {}, 0
    head = f"{'target':7} {'config':10} {'module':20} " + " ".join(f"{c:>8}" for c in COLUMNS)
    print(head)

    with concurrent.futures.ThreadPoolExecutor(max(1, a.jobs)) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, t, stored) for t in targets]):
            lines, rows, failed = done.result()
            print("\n".join(lines), flush=True)
            new.update(rows)
            failures += failed
    if a.update:
        kept = {**stored, **new}
        lines = [
            "# Written by scripts/synth.py --update. memory: bits of RAM not in the area; area: "
            "um2 of osu018 cells.",
            "# " + head,
        ]
        lines += [row(k, kept[k]) for k in sorted(kept)]
        STORED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if failures or not new:
        print(f"FAIL synth {failures} of {len(targets)} runs")
        return 1
    print(f"PASS synth {len(new)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
