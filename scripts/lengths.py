#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files and functions that a reader can hold in the head.

  lengths.py    one line of text for each that is too long, and exit code 1

At most 500 lines a file of C, C++, Python or shell and 450 of RTL; at most 80 a function of C, C++
or Python. What is generated is not checked.
"""

import ast
import pathlib
import re
import sys

from columns import GENERATED, ROOT, files

LINES = {".c": 500, ".h": 500, ".cpp": 500, ".py": 500, ".sh": 500, ".v": 450, ".sv": 450}
FUNCTION = 80
# The line on which the body of a C or C++ function begins: of a file's or of a class's indentation.
BODY = re.compile(r"^( {0,4})(?! )(.*\)(?: (?:const|noexcept|override))*(?: : .*)?)? ?\{$")
NO_FUNCTION = re.compile(
    r"(if|else|for|while|switch|do|namespace|struct|class|enum|union)\b|[^(]*=")
AFTER_SIGNATURE = re.compile(r"\)(?: (?:const|noexcept|override))*$")


def c_functions(lines):
    """(line, length) of function bodies, from the brace on; they end at the indentation they
    begin at."""
    for at, line in enumerate(lines):
        body = BODY.match(line)
        if not body:
            continue
        indent, signature = body.groups()
        if NO_FUNCTION.match(signature or "") or (
            not signature and not (at and AFTER_SIGNATURE.search(lines[at - 1]))
        ):
            continue
        for end in range(at + 1, len(lines)):
            if lines[end].startswith(indent + "}"):
                yield at + 1, end - at + 1
                break


def python_functions(text):
    """(line, length) of functions."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def main():
    faults = []
    for name in files([]):
        kind = pathlib.PurePath(name).suffix
        if kind not in LINES or GENERATED.search(name):
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        lines = text.splitlines()
        if len(lines) > LINES[kind]:
            faults.append(f"{name}: {len(lines)} lines, expected at most {LINES[kind]}")
        functions = ()
        if kind in (".c", ".h", ".cpp"):
            functions = c_functions(lines)
        elif kind == ".py":
            functions = python_functions(text)
        faults += [f"{name}:{line}: function of {length} lines, expected at most {FUNCTION}"
                   for line, length in functions if length > FUNCTION]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
