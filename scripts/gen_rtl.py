# SPDX-License-Identifier: Apache-2.0
"""Reads modules and instances of the RTL, checks that parameters reach every module, and writes the
lists of sizes of the modules above a tile.

Used by scripts/gen.py. A parameter that a module forgets to hand down is silent: the child takes
its default, and the chip is another one than the configuration says.
"""
import re


def between(text, start):
    """The text inside the parenthesis that opens at `start`, and where it ends."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return text[start + 1:i], i + 1
    raise ValueError("no closing parenthesis")


def split(text):
    """Parts of a list between commas that are inside no bracket."""
    parts, depth = [""], 0
    for ch in text:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(ch, 0)
        if ch == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += ch
    return [p.strip() for p in parts if p.strip()]


class Module:
    """One module: its parameters with their defaults, its instances as (child, what is passed)."""

    def __init__(self, path, text):
        text = re.sub(r"/\*.*?\*/", "", re.sub(r"//.*", "", text), flags=re.S)
        start = re.search(r"^\s*module\s+(\w+)\s*(#\s*\()?", text, re.M)
        self.path, self.name, self.parameters, self.instances = path, start.group(1), {}, []
        at = start.end()
        if start.group(2):
            head, at = between(text, start.end() - 1)
            for part in split(head):
                name, default = part.split("=", 1)
                self.parameters[re.findall(r"\w+", name)[-1]] = " ".join(default.split())
        for found in re.finditer(r"\b(ohm_\w+)\s*(#\s*\(|u_\w+\s*[(\[])", text[at:]):
            passed = {}
            if found.group(2).startswith("#"):
                inside, _ = between(text, at + found.end() - 1)
                for part in split(inside):
                    name, value = re.fullmatch(r"\.(\w+)\s*\((.*)\)", part, re.S).groups()
                    passed[name] = " ".join(value.split())
            self.instances.append((found.group(1), passed))


def modules(root, folder, suffix):
    """Modules of a folder by name; of several views of one module, the first."""
    found = {}
    for path in sorted((root / folder).rglob(f"*{suffix}")):
        module = Module(path.relative_to(root), path.read_text(encoding="utf-8"))
        found.setdefault(module.name, []).append(module)
    return found


def faults_of_instance(parent, child, passed, keys, derived):
    """Lines about parameters that one instance does not take from its parent."""
    for name, default in child.parameters.items():
        where = f"{parent.path}: instance of {child.name}: {name}"
        follows = derived.get(name, parent.parameters.get(name))
        if name not in passed and default == follows and not default.isdigit():
            continue        # from parameters that are handed down
        wanted = name if name in parent.parameters else derived.get(name)
        have = passed.get(name)
        if wanted and name in (*keys, *derived):
            # a number, or a size that follows from others, is a decision
            if have != wanted and not (have and (have.isdigit() or have in derived)):
                yield f"{where} is {have or 'not passed'}, expected {wanted}"
        elif have is None and name in parent.parameters:
            yield f"{where} is not passed, expected {name} or another value"
        elif have is None and name in keys and parent.path.parts[1] != "fpga":
            yield f"{where} is not passed and {parent.name} has none, expected a value"


def faults(root, keys, derived):
    """Lines about RTL whose parameter lists disagree. Board tops choose values, of their own."""
    rtl = modules(root, "rtl", ".v")
    for views in rtl.values():
        for parent in views:
            for name, default in parent.parameters.items():
                if name in derived and not default.isdigit() and default != derived[name]:
                    yield f"{parent.path}: {name} = {default}, expected {derived[name]}"
            for child, passed in parent.instances:
                for name in passed if child in rtl else ():
                    if name not in rtl[child][0].parameters:
                        yield f"{parent.path}: instance of {child}: {name}: {child} has none"
                if child in rtl:
                    yield from faults_of_instance(parent, rtl[child][0], passed, keys, derived)
    # A bench that puts a stand-in of an RTL module in its place: it takes what the module takes.
    for name, stands in modules(root, "tb", ".sv").items():
        for stand in stands:
            for parameter in rtl[name][0].parameters if name in rtl else ():
                if parameter in (*keys, "PSUM") and parameter not in stand.parameters:
                    yield f"{stand.path}: {parameter} is missing, expected all of {name}"


# From the chip down to where a place's kind is chosen. Behind MADE, to OWN or the end of a list,
# the lists of these modules are written here: a size of a new kind of tile is a line of
# sim/configs/ohmic.json and nothing in the modules above the tile.
LEVELS = {"ohm_chip": "rtl/chip/ohm_chip.v", "ohm_mesh": "rtl/noc/ohm_mesh.v",
          "ohm_place": "rtl/chip/ohm_place.v"}
MADE, OWN = "// sizes, written by scripts/gen.py", "// own"
LIST = re.compile(rf"^( +){re.escape(MADE)}\n(.*?)(?=^ *(?:{OWN}$|\)))", re.M | re.S)


def sizes(c, module):
    """The keys that a module of LEVELS takes."""
    order = list(LEVELS)
    above = order[:order.index(module)]
    return [k for k in c["parameters"]
            if not any(k in c["handed_to"].get(level, []) for level in above)]


def with_sizes(c, root, module):
    """The text of a module of LEVELS: the list of its sizes, then that of the instance below it."""
    text = (root / LEVELS[module]).read_text(encoding="utf-8")
    below = [*LEVELS, None][list(LEVELS).index(module) + 1]
    found = list(LIST.finditer(text))
    if len(found) != (2 if below else 1):
        raise ValueError(f"{LEVELS[module]}: {len(found)} lists of sizes, one of the module "
                         f"{f'and one of {below} expected' if below else 'expected'}")
    for at in reversed(found):
        indent = at.group(1)
        if at is found[0]:
            lines = [f"{indent}parameter {key} = {c['configs']['base'][key]},"
                     for key in sizes(c, module)]
        else:
            lines = [indent]
            for part in (f".{key}({key})," for key in sizes(c, below)):
                if len(lines[-1]) + 1 + len(part) > 100:
                    lines.append(indent)
                lines[-1] += " " * bool(lines[-1].strip()) + part
        last = text[at.end():].lstrip().startswith(")")
        made = "\n".join([indent + MADE, *lines])
        text = text[:at.start()] + (made[:-1] if last else made) + "\n" + text[at.end():]
    return text
