# SPDX-License-Identifier: Apache-2.0
"""Mutants of a Verilog file for scripts/mutate.py: where something can be changed, the file with
all changes in it and a number that chooses one, and the file with one change alone."""
import random
import re
from collections import namedtuple

# kind; first and last + 1 character of what is changed
Mutant = namedtuple("Mutant", "kind first last line")

WORDS = {"always": "the condition holds always", "never": "the condition never holds",
         "inverted": "the value is inverted", "lost": "the register is not written"}
# What the benches check with other tools than Verilator has no mutant.
CHOICE = """
`ifdef VERILATOR
    import "DPI-C" function int ohm_mutant();
    int ohm_mutant_q;
    initial ohm_mutant_q = ohm_mutant();
`else
    integer ohm_mutant_q;
    initial ohm_mutant_q = 0;
`endif"""
HIDDEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"[^\"\n]*\""
                    r"|`ifdef FORMAL.*?`endif|`ifndef SYNTHESIS.*?`endif"
                    r"|\bfunction\b.*?\bendfunction\b"
                    r"|\binitial\b\s+(?:if\b[^;]*?\bbegin\b.*?\bend\b"
                    r"|begin\b.*?\bend\b|[^;]*;)|\b(?:parameter|localparam)\b[^;,)]*", re.S)
CONDITION = re.compile(r"\bif\s*(\()")
CONTINUOUS = re.compile(r"\b(?:assign|wire)\b(?:\s+signed)?(?:\s*\[[^\]]*\])?\s*"
                        r"([a-zA-Z_]\w*(?:\s*\[[^\]]*\])?)\s*=(?!=)\s*([^;]*);")
CLOCKED = re.compile(r"(?:;|\)|\bbegin\b(?:\s*:\s*\w+)?|\belse\b|\bend\b)\s*"
                     r"([a-z]\w*(?:\s*\[[^\];]*\]){0,2})\s*<=\s*([^;]*)(?=;)")
MODULE = re.compile(r"\bmodule\b.*?\)\s*;", re.S)
CONSTANT = re.compile(r"[A-Z0-9_\s()&|!=<>+*%'-]*(?:[bdh][0-9a-fA-F_]+)?[A-Z0-9_\s()&|!=<>+*%-]*$")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def closing(text, at):
    """Where the parenthesis at this place closes."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def inner(text):
    """Without what stands in parentheses, brackets and braces."""
    while (less := re.sub(r"[({\[][^()\[\]{}]*[)}\]]", "", text)) != text:
        text = less
    return text


def mutants(text):
    """All of a file, in order. Comments, proofs, parameters, functions and what is said before time
    0 stay as they are, as does what a parameter alone decides."""
    seen = HIDDEN.sub(blank, text)
    head = MODULE.search(seen)
    if not head:
        return []
    found = []

    def add(kind, first, last):
        found.append(Mutant(kind, first, last, text.count("\n", 0, first) + 1))

    for match in CONDITION.finditer(seen, head.end()):
        first, last = match.start(1) + 1, closing(seen, match.start(1))
        if last > 0 and not CONSTANT.match(seen[first:last]):
            add("always", first, last)
            add("never", first, last)
    for match in CONTINUOUS.finditer(seen, head.end()):
        if not match[1].startswith("unused") and "," not in inner(match[2]):
            add("inverted", *match.span(2))
    for match in CLOCKED.finditer(seen, head.end()):
        before = seen[:match.start(1)]
        if re.search(r"\b(?:assign|wire)\b[^;]*$", before[before.rfind(";") + 1:]):
            continue  # a comparison
        add("inverted", *match.span(2))
        add("lost", match.start(1), match.end() + 1)
    return sorted(found, key=lambda m: (m.first, m.kind))


def sample(all_of_them, count, seed):
    """At most so many, numbered from 1 as in the list of all."""
    numbers = range(1, len(all_of_them) + 1)
    return sorted(numbers if len(numbers) <= count else random.Random(seed).sample(numbers, count))


def changed(kind, old, chosen):
    """What stands in place of the mutant's text; chosen: an expression, 1 when it is on."""
    if kind == "always":
        return f"({old}) || {chosen}"
    if kind == "never":
        return f"({old}) && !{chosen}"
    if kind == "inverted":
        return f"{chosen} ? ~({old}) : ({old})"
    return f"begin if (!{chosen}) {old} end"


def render(text, first, last, places):
    """text[first:last] with its changes; a place may lie within another one, and goes first."""
    out, at = "", first
    for (a, b), those in sorted(places.items(), key=lambda p: (p[0][0], -p[0][1])):
        if not first <= a < b <= last or a < at or (a, b) == (first, last):
            continue
        new = render(text, a, b, places)
        for chosen, kind in those:
            new = changed(kind, new, chosen)
        out += text[at:a] + new
        at = b
    return out + text[at:last]


def put(text, list_of_changes):
    places = {}
    for mutant, chosen in list_of_changes:
        places.setdefault((mutant.first, mutant.last), []).append((chosen, mutant.kind))
    return render(text, 0, len(text), places)


def schema(text, numbers):
    """The file with these mutants in it; the C function ohm_mutant says which one is on."""
    every = mutants(text)
    out = put(text, [(every[n - 1], f"(ohm_mutant_q == {n})") for n in numbers])
    head = MODULE.search(HIDDEN.sub(blank, out))
    return out[:head.end()] + CHOICE + out[head.end():]


def alone(text, number):
    """The file with one change, as plain Verilog."""
    return put(text, [(mutants(text)[number - 1], "1'b1")])
