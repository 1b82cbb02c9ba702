#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what a recipe of docs/start says, in a copy of the project, and compares the outcome.

  recipes.py PAGE TREE [full]   PAGE: the recipe; TREE: a copy of the project, which is changed;
                                full: its long steps too

A sentence before a block of code says what to do with the block:

  New file `PATH`:         the block becomes the file
  Change `PATH`:           a block of diff: its lines without '+' are found in the file, exactly
                           once, and become its lines without '-'
  Run:                     a block of console: each line with '$' is run by bash and must end well;
                           the lines below it are found in what it prints, in this order; a line
                           '…' stands for any lines, '…' in a line for any text
  Run, which fails:        the same, but the last command must not end well
  Run, for some minutes:   as Run, of full only

Prints one line for each step and last `checks <n>`. Exit 1 at the first step that does not hold.
"""
import pathlib
import re
import subprocess
import sys

LONG = "Run, for some minutes"
STEP = re.compile(rf"^(New file|Change|Run|Run, which fails|{LONG})(?: `([^`]+)`)?:\n\n"
                  r"```\w*\n(.*?)^```$", re.M | re.S)
LIMIT = 1800  # seconds of one command


def stop(message):
    sys.exit(f"FAIL recipes: {message}")


def new_file(tree, path, block):
    target = tree / path
    if target.exists():
        stop(f"{path}: is there already, expected a new file")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(block, encoding="utf-8")
    if block.startswith("#!"):
        target.chmod(0o755)
    return 1


def change(tree, path, block):
    lines = block.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    target = tree / path
    text = target.read_text(encoding="utf-8")
    if text.count(old) != 1:
        stop(f"{path}: the lines to change occur {text.count(old)} times, expected once:\n{old}")
    target.write_text(text.replace(old, new), encoding="utf-8")
    return 1


def pattern(line):
    """A printed line of the page, blanks as they come."""
    words = re.sub(r"\s+", " ", line.strip())
    return re.escape(words).replace("…", ".*").replace(r"\ ", r"\s+")


def run(tree, block, fails):
    commands = []
    for line in block.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands and commands[-1][0].endswith("\\"):
            commands[-1] = (commands[-1][0] + "\n" + line, [])
        elif commands:
            commands[-1][1].append(line)
    checks = 0
    for i, (command, printed) in enumerate(commands):
        done = subprocess.run(["bash", "-c", command], cwd=tree, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT)
        wanted = int(fails and i == len(commands) - 1)
        if (done.returncode != 0) != wanted:
            print(done.stdout)
            stop(f"'{command}' exits {done.returncode}, expected {'a failure' if wanted else '0'}")
        checks += 1
        at, lines = 0, done.stdout.splitlines()
        for line in printed:
            if line.strip() in ("", "…"):
                continue
            while at < len(lines) and not re.search(rf"^\s*{pattern(line)}\s*$", lines[at]):
                at += 1
            if at == len(lines):
                print(done.stdout)
                stop(f"'{command}' does not print '{line}', or not in that place")
            checks += 1
    return checks


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.strip())
    page, tree, full = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), len(sys.argv) == 4
    steps = STEP.findall(page.read_text(encoding="utf-8"))
    if not steps:
        stop(f"{page}: no steps")
    checks = 0
    for kind, path, block in steps:
        if kind == LONG and not full:
            continue
        print(f"{page.name}: {kind} {path}".rstrip(), flush=True)
        if kind == "New file":
            checks += new_file(tree, path, block)
        elif kind == "Change":
            checks += change(tree, path, block)
        else:
            checks += run(tree, block, kind == "Run, which fails")
    print(f"checks {checks}")


main()
