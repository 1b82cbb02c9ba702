#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lines of at most 100 characters, in sources and in the prose of pages.

  columns.py [FILE or FOLDER…]    those of the project, as Git lists them, or those below these;
                                  one line of text for each that is too long, and exit code 1

Not checked: in pages tables, code blocks and lines whose length is a link's; generated tables and
register maps; here-documents of tb/formal/run.sh, whose lines are a table; data (JSON, lists).
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WIDTH = 100
KINDS = {".v", ".sv", ".vh", ".sh", ".py", ".c", ".h", ".cpp", ".md"}
NAMES = {"Makefile", "run"}  # run: .ci/run
GENERATED = re.compile(r"(_table\.h|/ohm_map\.v?h|/ohm_reg_(list\.h|exists\.vh))$")
HERE_DOCUMENT = re.compile(r"<<-?'?(\w+)'?$")
# The address of a link cannot be broken.
UNBROKEN = re.compile(r"\]\([^)]*\)|^\[[^\]]+\]: \S+|https?://\S+")


def files(names):
    """Paths, from the root of the project, of the files to check."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard", "--", *names],
                            cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    for name in sorted(set(listed.stdout.split("\0")) - {""}):
        path = pathlib.PurePath(name)
        if (path.suffix in KINDS or path.name in NAMES) and not GENERATED.search(name) \
                and (ROOT / name).is_file():
            yield name


def source(name, lines):
    """(number, line) of what counts in a source."""
    end = None
    for number, line in enumerate(lines, 1):
        if end is None:
            yield number, line
            begins = name == "tb/formal/run.sh" and HERE_DOCUMENT.search(line)
            end = begins[1] if begins else None
        elif line == end:
            end = None


def prose(lines):
    """(number, line) of what counts in a page."""
    fence = None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if fence is not None:
            fence = None if text.startswith(fence) and not text.strip(fence[0]) else fence
        elif text.startswith(("```", "~~~")):
            fence = re.match(r"`+|~+", text)[0]
        elif not text.startswith("|"):
            yield number, line


def breakable(line):
    """Whether a line of prose could be broken before its limit, links taken as they are."""
    return len(UNBROKEN.sub("", line)) > WIDTH


def main():
    found = 0
    for name in sys.argv[1:]:
        if not (ROOT / name).exists():
            sys.exit(f"columns.py: {name}: expected a file or folder of the project")
    for name in files(sys.argv[1:]):
        lines = (ROOT / name).read_text(encoding="utf-8").split("\n")
        page = name.endswith(".md")
        for number, line in prose(lines) if page else source(name, lines):
            if len(line) > WIDTH and (not page or breakable(line)):
                print(f"{name}:{number}: {len(line)} characters, expected at most {WIDTH}")
                found += 1
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
