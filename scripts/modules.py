#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A page for each RTL module, made from its header, ports and parameters, into sim/out/docs.

  modules.py write     writes reference/modules/ there; `make docs` builds the site from it
  modules.py check     exit 1, naming the file, when a module gives no page: without a header, a
                       purpose or ports, or in a folder of rtl/ that no chapter below names

A page has the symbol (SVG), the header (purpose, throughput, latency, timing), parameters, ports,
what it is built of and in, and where it is proved and tested. Nothing is written here that is not
in rtl/, tb/formal/run.sh, tb/netlist/equiv.sh or tb/unit/: correct it there.
"""
import html
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = pathlib.Path("sim/out/docs/reference/modules")
FOLDERS = [  # in the order of the data's way
    ("chip", "Chip: the host's stream, and what holds it all"),
    ("noc", "Mesh"),
    ("shell", "Shell: what every tile has on the mesh"),
    ("walk", "Windows of maps, pooling"),
    ("program", "Programming by pulses: the write-verify engine"),
    ("core", "Compute core of a crossbar tile"),
    ("vector", "Vector unit"),
    ("macro", "Macro, the views that synthesis knows"),
    ("fpga", "Boards"),
    ("common", "Parts used everywhere"),
]
WAY = """bridge bridge_in bridge_out axil chip place tile tile_serial trace mesh router ingress
route turns channels solo shell ni_rx reg_check cfg_fifo regs ibuf slots return walk window walker
byte_ram core core_serial desc ctrl rows rows_serial row_mod link convert convert_serial ramp
ramp_serial capture capture_serial capture_cco capture_code
scan shift_add shift_add_serial trim acc acc_serial reference post counters counters_serial ram
psum pool out credit events events_serial inject inject_serial
vec vec_regs vec_turn vec_seq vec_decode vec_scalar vec_place vec_issue vec_exec vec_mem vec_lane
vec_reduce vec_send""".split()
PORT = re.compile(
    r"^\s*(input|output)\s+(?:wire|reg)?\s*(?:signed)?\s*(\[[^\]]+\])?\s*(\w+)"
    r"\s*,?\s*(?://\s*(.*))?$"
)
PARAMETER = re.compile(
    r"^\s*parameter\s+(?:integer|signed)?\s*(\[[^\]]+\])?\s*(\w+)\s*=\s*((?:[^,/]|/(?!/))+?)"
    r"\s*,?\s*(?://\s*(.*))?$"
)


class Module:
    def __init__(self, path):
        self.path = path
        text = path.read_text(encoding="utf-8")
        self.stem = path.stem       # several views are modules of one name
        start = re.search(r"^module (\w+)", text, re.M)
        if not start or not self.stem.startswith(start.group(1)):
            sys.exit(f"modules.py: {path}: no module {self.stem}")
        self.name = start.group(1)
        lines = text[:start.start()].splitlines()
        self.header = [
            line[2:].removeprefix(" ")
            for line in lines
            if line.startswith("//") and "SPDX" not in line
        ]
        while self.header and not self.header[0].strip():
            self.header.pop(0)
        while self.header and not self.header[-1].strip():
            self.header.pop()
        if not self.header:
            sys.exit(f"modules.py: {path}: no header")
        body = text[start.start():]
        head = body[:body.index(");\n")]
        self.ports, self.parameters, group = [], [], ""
        for line in head.splitlines():
            comment = re.match(r"^\s*//\s*(.*)$", line)
            port, parameter = PORT.match(line), PARAMETER.match(line)
            if comment:
                group = comment.group(1)
            elif port:
                self.ports.append(
                    (port.group(1), port.group(2) or "", port.group(3), port.group(4) or "", group)
                )
            elif parameter:
                self.parameters.append(
                    (parameter.group(2), parameter.group(3), parameter.group(4) or "")
                )
        self.uses = sorted(
            set(
                re.findall(r"^\s*(?:end else begin : \w+\s+)?(ohm_\w+)\s*(?:#\(|u_\w+)", body, re.M)
            )
            - {self.name}
        )

    def purpose(self):
        text = re.sub(
            rf"^{self.name}:\s*", "", " ".join(line.strip() for line in self.header if line.strip())
        )
        return re.split(r"(?<=[\w)])\.(?:\s|$)", text, maxsplit=1)[0].rstrip(".:;")


def symbol(module):
    """The box with its ports, inputs left and outputs right, groups apart."""
    sides = {"input": [], "output": []}
    for direction, width, name, _, group in module.ports:
        side = sides[direction]
        if side and side[-1][2] != group:
            side.append(("", "", group))
        side.append((name, width, group))
    rows = max(len(sides["input"]), len(sides["output"]), 1)
    wide = [max([len(n) for n, _, _ in sides[d]] + [4]) for d in ("input", "output")]
    box = max(7 * (wide[0] + wide[1]) + 60, 8 * len(module.name) + 40)
    height, left = 18 * rows + 44, 150
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{box + 2 * left}" height="{height}" '
        'font-family="monospace" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<rect x="{left}" y="24" width="{box}" height="{height - 32}" fill="#f4f4f0" '
        'stroke="black"/>',
        f'<text x="{left + box / 2:g}" y="16" text-anchor="middle" font-weight="bold" '
        f'font-size="13">{module.name}</text>',
    ]
    for direction, at, inner, outer, anchor, beyond in (
        ("input", left, left + 6, left - 26, "start", "end"),
        ("output", left + box, left + box - 6, left + box + 26, "end", "start"),
    ):
        for i, (name, width, _) in enumerate(sides[direction]):
            if not name:
                continue
            y = 42 + 18 * i
            out.append(
                f'<line x1="{at}" y1="{y - 4}" x2="{outer}" y2="{y - 4}" stroke="black" '
                f'stroke-width="{2.5 if width else 1}"/>'
            )
            out.append(f'<text x="{inner}" y="{y}" text-anchor="{anchor}">{name}</text>')
            if width:
                out.append(
                    f'<text x="{outer + (4 if beyond == "start" else -4)}" y="{y}" '
                    f'text-anchor="{beyond}" fill="#555">'
                    f'{html.escape(width)}</text>'
                )
    return "\n".join(out + ["</svg>"]) + "\n"


def proofs(name):
    run = (ROOT / "tb/formal/run.sh").read_text(encoding="utf-8")
    lines = []
    for line in re.findall(rf"^{name} (\d+ \d+ \d+ \S+) rtl", run, re.M):
        depth, induction, _, sets = line.split()
        lines.append(
            f"{sets}: "
            + (
                f"by induction, {induction}"
                if induction != "0"
                else f"{depth} cycles from reset on"
            )
        )
    for kind, steps, sets in re.findall(rf"^(induction|cycles) (\d+) {name} (\S+)", run, re.M):
        lines.append(
            f"{sets}: "
            + (f"by induction, {steps}" if kind == "induction" else f"{steps} cycles from reset on")
        )
    return lines


def tests(module):
    """Unit benches that build the module's file by name."""
    found = []
    for script in sorted((ROOT / "tb/unit").glob("*/*.sh")):
        text = script.read_text(encoding="utf-8")
        folder = f"rtl/{module.path.parent.name}"
        whole = "" if folder == "rtl/common" else rf"|{folder}\b(?!/ohm_)"  # there for headers
        by_name = re.search(rf"\b{module.stem}\b{whole}", text)
        if by_name and script.parent.name not in found:
            found.append(script.parent.name)
    return found


def page(module, modules):
    stems = {m.name: m.stem for m in modules}
    def link(name):
        return f"[`{name}`]({stems[name]}.md)"
    text = [f"# {module.stem}", "", "Generated by scripts/modules.py; do not edit.", "",
            f"Source: `{module.path.relative_to(ROOT)}`", "", f"![ports]({module.stem}.svg)", "",
            "```", *module.header, "```"]
    if module.parameters:
        text += ["", "| parameter | default | |", "|---|---|---|"] + [
            f"| `{n}` | `{d}` | {c} |" for n, d, c in module.parameters
        ]
    if module.ports:
        text += ["", "| port | | bits | |", "|---|---|---|---|"]
        group = ""
        for direction, width, name, comment, of in module.ports:
            if of != group:
                group = of
                text.append(f"| | | | *{of}* |")
            bits = width.strip("[]").replace("|", "\\|") if width else "1"
            text.append(
                f"| `{name}` | {'in' if direction == 'input' else 'out'} | {bits} | "
                f"{comment.replace('|', chr(92) + '|')} |"
            )
    users = sorted({m.name for m in modules if module.name in m.uses})
    built = [u for u in module.uses if u in stems]
    text += [
        "",
        "| | |",
        "|---|---|",
        f"| built of | {', '.join(map(link, built)) or '–'} |",
        f"| part of | {', '.join(map(link, users)) or '–'} |",
    ]
    proved = proofs(module.name)
    if proved:
        text.append(f"| proved (`make formal`) | {'; '.join(proved)} |")
    equal = re.search(
        rf"^\w+ {module.name}\b", (ROOT / "tb/netlist/equiv.sh").read_text(encoding="utf-8"), re.M
    )
    if equal:
        text.append("| netlist proved equal | `tb/netlist/equiv.sh` |")
    benches = tests(module)
    if benches:
        text.append(f"| benches | {', '.join(f'`tb/unit/{b}`' for b in benches)} |")
    return "\n".join(text) + "\n"


def index(modules):
    text = [
        "# Modules",
        "",
        "Generated by scripts/modules.py; do not edit.",
        "",
        "The modules stand in the order of the data's way: packet, buffer, pulses, charge, code,",
        "sum, packet. Each page is made from the module's own header, ports and parameters.",
        "[sweep.md](../../explain/sweep.md) says what the modes of a tile are and which chips",
        "they come from, [architecture.md](../../explain/architecture.md) how the parts work",
        "together, and [borders.md](../borders.md) which wires run between them.",
    ]
    for folder, title in FOLDERS:
        text += ["", f"## {title}", "", "| module | what it is | lines |", "|---|---|---|"]
        for m in modules:
            if m.path.parent.name == folder:
                lines = len(m.path.read_text(encoding="utf-8").splitlines())
                text.append(f"| [`{m.stem}`]({m.stem}.md) | {m.purpose()} | {lines} |")
    return "\n".join(text) + "\n"


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ("write", "check"):
        sys.exit(__doc__)
    order = {f"ohm_{name}": i for i, name in enumerate(WAY)}
    modules = [
        Module(p)
        for p in sorted(
            (ROOT / "rtl").glob("*/*.v"), key=lambda p: (order.get(p.stem, len(order)), p.stem)
        )
    ]
    pages = {OUT / "README.md": index(modules)}
    for m in modules:
        pages[OUT / f"{m.stem}.md"] = page(m, modules)
        pages[OUT / f"{m.stem}.svg"] = symbol(m)
    if sys.argv[1] == "check":
        chapters = {folder for folder, _ in FOLDERS}
        for m in modules:
            if m.path.parent.name not in chapters:
                sys.exit(f"modules.py: {m.path.relative_to(ROOT)}: folder {m.path.parent.name}, "
                         f"expected one of {', '.join(sorted(chapters))}")
            if not m.purpose() or not m.ports:
                sys.exit(f"modules.py: {m.path.relative_to(ROOT)}: expected a purpose and ports")
        print(f"{len(modules)} modules have a page")
        return
    shutil.rmtree(ROOT / OUT, ignore_errors=True)
    (ROOT / OUT).mkdir(parents=True)
    for path, text in pages.items():
        (ROOT / path).write_text(text, encoding="utf-8")


main()
