#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes everything that follows from sim/configs/map.json and sim/configs/ohmic.json.

  gen.py write                     rewrite the generated files (they are committed)
  gen.py check                     fail when one of them is out of date, a module does not hand down
                                   a parameter, or a board top differs from its configuration
  gen.py flags TOOL CONFIG [WxH]   parameter flags for verilator, iverilog or yosys
  gen.py names                     names of the configurations
Takes well under a second.
"""
import json
import pathlib
import re
import subprocess
import sys

import gen_adc
import gen_kernels
import gen_rtl
import gen_text

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAP = ROOT / "sim/configs/map.json"
CONFIGS = ROOT / "sim/configs/ohmic.json"
BOARDS = {
    "ohm_board_hx8k": "board",
    "ohm_board_up5k": "board",
    "ohm_board_ulx3s_tiny": "board",
    "ohm_board_ulx3s_program": "board_program",
    "ohm_board_ulx3s": "board_2x2",
}
# Modules that check their sizes at time 0, and the keys that are a number where they stand.
LIMITED = {"ohm_chip": {}, "ohm_core": {}, "ohm_core_serial": {"LEAN": 1, "WINDOW": 0}}


def fail(message):
    sys.exit(f"gen.py: {message}")


def filled(c, name, own):
    """A configuration with what it takes from the one it is `like` (an earlier one) and from the
    parameters' defaults."""
    like = own.pop("like", None)
    if like is not None and like not in list(c["configs"])[:list(c["configs"]).index(name)]:
        fail(f"{CONFIGS.name}: {name}.like = {like}, expected a configuration above it")
    defaults = {k: p["default"] for k, p in c["parameters"].items() if "default" in p}
    merged = {**defaults, **(c["configs"][like] if like else {}), **own}
    c["configs"][name] = {**{k: merged[k] for k in c["parameters"] if k in merged}, **merged}
    return c["configs"][name]


def read(path):
    """A source; a text that is too long for a line is a list of lines there, one string here."""
    def joined(pairs):
        return {k: " ".join(v) if k in ("doc", "comment") and isinstance(v, list) else v
                for k, v in pairs}

    with open(path, encoding="utf-8") as f:
        return json.load(f, object_pairs_hook=joined)


def legal(p, value):
    if value == 0 and p.get("or0"):
        return True
    return p["min"] <= value <= p["max"] and not (p.get("power2") and value & (value - 1))


def load():
    m, c = read(MAP), read(CONFIGS)
    for level, keys in c["handed_to"].items():
        if level not in gen_rtl.LEVELS or not set(keys) <= set(c["parameters"]):
            fail(f"{CONFIGS.name}: handed_to.{level} = {keys}, expected keys of \"parameters\" "
                 f"of {' or '.join(gen_rtl.LEVELS)}")
    for line in gen_adc.faults(c):
        fail(f"{CONFIGS.name}: {line}")
    for name, own in c["configs"].items():
        cfg = filled(c, name, own)
        if set(cfg) != set(c["parameters"]):
            fail(f"{CONFIGS.name}: {name}: expected exactly the keys of \"parameters\", "
                 f"differ in {sorted(set(cfg) ^ set(c['parameters']))}")
        for key, value in cfg.items():
            if not legal(c["parameters"][key], value):
                expected = gen_text.expected_of(c["parameters"][key])
                fail(f"{CONFIGS.name}: {name}.{key} = {value}, expected {expected}")
        for rule in c["rules"]:
            if not holds(rule["expect"], cfg):
                fail(f"{CONFIGS.name}: {name}.{rule['key']} = {cfg[rule['key']]}, "
                     f"expected {rule['doc']}")
    complete(m, c)
    return m, c


def holds(expression, cfg):
    """Does a rule hold? One that names a parameter that is no key is not of the configuration."""
    names = set(gen_text.KEY.findall(expression))
    python = expression.replace("||", " or ").replace("&&", " and ")
    if " ? " in python:  # one choice, of sizes
        python = re.sub(r"^(.*?) \? (.*?) : (.*)$", r"(\2) if (\1) else (\3)", python)
    return not names <= set(cfg) or eval(python, {"__builtins__": {}}, cfg)


def complete(m, c):
    """Fills in what the map leaves to a default or to a size, and checks that nothing overlaps."""
    for width in m["widths"].values():
        width["bits"] = (c["parameters"][width["holds"]]["max"] - 1).bit_length()
    used = {}
    for r in m["registers"]:
        r["address"] = int(r["addr"], 16)
        for key, value in {"count": 1, "stride": 1, "words": 1, "exists": "", "live": False,
                           "kind": "cim", "fields": [], "desc": "0", "first": 0}.items():
            r.setdefault(key, value)
        r["desc"] = int(r["desc"], 16)
        names = set(gen_text.KEY.findall(f"{r['count']} {r['exists']}"))
        if not names <= {*c["parameters"], *c["derived"]}:
            fail(f"{MAP.name}: {r['name']}: {', '.join(sorted(names))}: "
                 f"expected keys of {CONFIGS.name}")
        if r["kind"] not in ("all", *c["kinds"]):
            fail(f"{MAP.name}: {r['name']}.kind = {r['kind']}, expected all or one of "
                 f"{', '.join(c['kinds'])}")
        r["most"] = gen_text.largest(c, r["count"])
        fields = [f for f in m["packet"][r["header"]] if f["name"] not in r["less"]] \
            if "header" in r else []
        fields += r["fields"]
        r["mask"] = mask_of_fields(r["name"], fields, m["widths"]) or (1 << r.get("width", 32)) - 1
        if "header" in r:
            r["mask"] &= ~gen_text.mask_of([f for f in fields if "exists" in f])
    m["desc_max"] = c["parameters"]["NDESC"]["max"]
    m["all"] = [copy for r in m["registers"] for copy in of_descriptors(r, m["desc_max"])]
    for r in m["all"]:
        for i in range(r["most"]):
            entry = r["address"] + i * r["stride"]
            for a in range(entry, entry + r["words"]):
                for kind in c["kinds"] if r["kind"] == "all" else [r["kind"]]:
                    if (a, kind) in used:
                        fail(f"{MAP.name}: {r['name']}[{i}] and {used[a, kind]} share address "
                             f"0x{a:04x}")
                    used[a, kind] = r["name"]
    codes = [e["code"] for e in m["bad_desc"]]
    if codes != list(range(1, len(codes) + 1)):
        fail(f"{MAP.name}: bad_desc: codes {codes}, expected 1 to {len(codes)}, none left out")


def of_descriptors(r, most):
    """A register, or one for each descriptor that has it, NAME_1 and so on."""
    if not r["desc"]:
        return [{**r, "of": r["name"], "number": 0}]
    copies = []
    for d in range(r["first"], most):
        exists = [f"NDESC > {d}"] * (d != 0)
        exists += [r["exists"]] * (r["exists"] not in ("", "NDESC > 1"))
        copies.append({**r, "number": d, "name": r["name"] + (f"_{d}" if d else ""),
                       "of": r["name"] + ("_1" if r["first"] else ""),
                       "address": r["address"] + d * r["desc"], "exists": " && ".join(exists)})
    return copies


def mask_of_fields(register, fields, widths):
    """The bits that fields cover; a width that has a name becomes a number."""
    mask = 0
    for f in fields:
        f["width"] = widths[f["width"]]["bits"] if isinstance(f["width"], str) else f["width"]
        bits = gen_text.mask_of([f])
        if bits & mask or bits >> 32:
            fail(f"{MAP.name}: {register}.{f['name']}: bits {f['lsb']} up, {f['width']} of them, "
                 "expected free ones of 32")
        if any(v["code"] >> f["width"] for v in f.get("values", [])):
            fail(f"{MAP.name}: {register}.{f['name']}: a value has more than {f['width']} bits")
        mask |= bits
    return mask


def file_lists(made):
    """The RTL in the lists of its readers, as scripts/sources.sh knows it: simulators and synthesis
    read rtl.f, FuseSoC reads ohmic.core. made: generated files, which may not be there yet."""
    found = subprocess.run(["scripts/sources.sh", "rtl"], cwd=ROOT, check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split()
    included = sorted({str(p.relative_to(ROOT)) for p in (ROOT / "rtl").rglob("*.vh")}
                      | {p for p in made if p.endswith(".vh")})
    core = (ROOT / "ohmic.core").read_text(encoding="utf-8")
    listed = "".join(f"      - {p}: {{is_include_file: true}}\n" for p in included)
    listed += "".join(f"      - {p}\n" for p in found)
    core, n = re.subn(r"(?<=\n  rtl:\n    files:\n)(?:      - .*\n)*", listed, core)
    if n != 1:
        fail(f"ohmic.core: {n} lists of RTL files, expected one")
    views = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "rtl").glob("views_*.f"))
    own = [p for p in found if p not in views.split()]
    return {"rtl/rtl.f": "\n".join(["+incdir+rtl/common", *own, ""]), "ohmic.core": core}


def check_boards(c):
    """The chip in each board top is that of the configuration the host takes it for."""
    defaults = re.findall(
        r"parameter (\w+)\s*= (\d+)", (ROOT / "rtl/fpga/ohm_fpga.v").read_text(encoding="utf-8")
    )
    for name, config in BOARDS.items():
        own = re.findall(
            r"\.([A-Z_]+)\((\d+)\)", (ROOT / f"rtl/fpga/{name}.v").read_text(encoding="utf-8")
        )
        built = {k: int(v) for k, v in defaults + own}
        for key, want in c["configs"][config].items():
            have = built.get(key, c["parameters"][key].get("default"))
            if have != want:
                fail(
                    f"rtl/fpga/{name}.v: {key} = {have}, expected {want} as in configuration "
                    f"{config}"
                )


def flags(c, tool, config, mesh):
    if config not in c["configs"]:
        fail(f"configuration '{config}' is unknown, expected one of {', '.join(c['configs'])}")
    cfg = dict(c["configs"][config])
    if mesh:
        try:
            cfg["MESH_W"], cfg["MESH_H"] = (int(v) for v in mesh.split("x"))
        except ValueError:
            fail(f"mesh '{mesh}', expected <width>x<height>, for example 4x4")
        if not (1 <= cfg["MESH_W"] <= 16 and 1 <= cfg["MESH_H"] <= 16):
            fail(f"mesh '{mesh}', expected 1 to 16 tiles each way")
    form = {"verilator": "-G{}={}", "iverilog": "-Pohm_chip.{}={}", "yosys": "-chparam {} {}"}
    if tool not in form:
        fail(f"tool '{tool}' is unknown, expected one of {', '.join(form)}")
    return " ".join(form[tool].format(k, v) for k, v in cfg.items())


def names_of_energy():
    """The first word of each line of the parameters of energy."""
    text = (ROOT / "sim/configs/energy.txt").read_text(encoding="utf-8")
    return re.findall(r"^\s*([a-z]\w*)", text, re.M)


def generated(m, c):
    """Text of every generated file by its path."""
    rtl = gen_rtl.modules(ROOT, "rtl", ".v")
    check_parameters = rtl["ohm_reg_check"][0].parameters
    made = {"rtl/common/ohm_map.vh": gen_text.verilog(m, c, gen_adc.verilog_pins(c)),
            "rtl/common/ohm_kinds.vh": gen_text.kinds(c, verilog=True),
            "behav/common/ohm_map.h": gen_text.c_map(m, c),
            "rtl/common/ohm_reg_exists.vh": gen_text.reg_exists(m, c, check_parameters),
            "behav/common/ohm_reg_list.h": gen_text.c_registers(m, c),
            "behav/golden/ohm_golden_kinds.h": gen_text.golden_kinds(c),
            "behav/common/ohm_config_table.h": gen_text.c_config(c),
            "behav/common/ohm_adc.h": gen_adc.c_kinds(c),
            "behav/energy/ohm_energy_list.h": gen_text.c_energy(names_of_energy()),
            "rtl/common/ohm_adc.vh": gen_adc.verilog_kinds(c),
            "sim/host/vector/ohm_vkernel_list.h": gen_kernels.c_kernels(ROOT / "sim/kernels"),
            "docs/reference/map.md": gen_text.page(gen_text.md_map(m)),
            "docs/reference/configurations.md": gen_text.page(gen_text.md_config(c))}
    for name, fixed in LIMITED.items():
        made[f"rtl/common/{name}_limits.vh"] = gen_text.limits(c, rtl[name][0], fixed)
    try:
        made.update({path: gen_rtl.with_sizes(c, ROOT, name)
                     for name, path in gen_rtl.LEVELS.items()})
    except ValueError as e:
        fail(e)
    return {**made, **file_lists(made)}


def check(made, c):
    old = [p for p, t in made.items()
           if not (ROOT / p).exists() or (ROOT / p).read_text(encoding="utf-8") != t]
    if old:
        fail(f"out of date: {', '.join(old)}; run scripts/gen.py write")
    for line in gen_rtl.faults(ROOT, list(c["parameters"]), c["derived"]):
        fail(line)
    check_boards(c)
    print(f"{len(made)} generated files are up to date, parameters reach every module, "
          f"{len(BOARDS)} board tops have their configuration's sizes")


def main(argv):
    m, c = load()
    if argv[:1] == ["write"]:
        for path, text in generated(m, c).items():
            (ROOT / path).write_text(text, encoding="utf-8")
    elif argv[:1] == ["check"]:
        check(generated(m, c), c)
    elif argv[:1] == ["flags"] and len(argv) in (3, 4):
        print(flags(c, argv[1], argv[2], argv[3] if len(argv) == 4 else ""))
    elif argv[:1] == ["names"]:
        print(" ".join(c["configs"]))
    else:
        sys.exit(__doc__.strip())


if __name__ == "__main__":
    main(sys.argv[1:])
