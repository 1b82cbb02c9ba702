#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants one fault of tb/negative/faults.ini in a copy of the sources and expects the checks to
catch it.

  plant.py NAME...    plant, build, run; `PASS <name> 1 checks` when caught with the right message
                      (several: n checks)
  plant.py check      does the text of every fault still occur, exactly once?
  plant.py list
"""
import configparser
import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAULTS = ROOT / "tb/negative/faults.ini"
KEYS = {"file", "find", "replace", "needs", "command", "expect"}
COPIED = ("Makefile", "rtl", "behav", "tb", "scripts", "sim/configs", "sim/host")
LINKED = ("sim/networks", "sim/data")
BUILD = "sim/out/build"
BUILT = ("obj", "pic")  # objects of the sound tree; make knows which a fault changes
LIMIT = 600


def stop(message):
    sys.exit(f"plant.py: {message}")


def read():
    parser = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",)
    )
    parser.optionxform = str
    parser.read(FAULTS, encoding="utf-8")
    faults = {}
    for name in parser.sections():
        keys = set(parser[name])
        if keys != KEYS:
            stop(f"{FAULTS.name}: [{name}]: keys {sorted(keys ^ KEYS)} missing or unknown")
        faults[name] = dict(parser[name])
    return faults


def patched(fault, name):
    """The text of the file with the fault in it."""
    path = ROOT / fault["file"]
    if not path.exists():
        stop(f"{FAULTS.name}: [{name}]: {fault['file']} does not exist")
    text = path.read_text(encoding="utf-8")
    count = text.count(fault["find"])
    if count != 1:
        stop(f"{FAULTS.name}: [{name}]: '{fault['find']}' occurs {count} times in {fault['file']}, "
             "expected once")
    return text.replace(fault["find"], fault["replace"])


def plant(name, fault):
    """The reason why the fault was not caught, or ''."""
    text = patched(fault, name)
    if fault["needs"]:
        # The lock keeps tests that run beside this one out of the build.
        (ROOT / BUILD).mkdir(parents=True, exist_ok=True)
        make = ["make", "-s", *fault["needs"].split()]
        done = subprocess.run(["flock", f"{BUILD}/lock", *make], cwd=ROOT)
        if done.returncode:
            return "the sound tree does not build"
    tree = ROOT / os.environ.get("OUT", f"sim/out/{name}") / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    for part in COPIED:
        source, target = ROOT / part, tree / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    for part in LINKED:
        (tree / part).symlink_to(ROOT / part)
    (ROOT / BUILD).mkdir(parents=True, exist_ok=True)
    with open(ROOT / BUILD / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # no object is half written
        for part in BUILT:
            if (ROOT / BUILD / part).is_dir():
                shutil.copytree(ROOT / BUILD / part, tree / BUILD / part)
        if (ROOT / BUILD / "flags").exists():
            shutil.copy2(ROOT / BUILD / "flags", tree / BUILD / "flags")
    (tree / fault["file"]).write_text(text, encoding="utf-8")
    env = dict(os.environ, GOOD=str(ROOT / BUILD), OHM_CACHE=str(ROOT / "sim/out/cache"))
    print(f"+ [{name}] {fault['file']}: {fault['find']!r} -> {fault['replace']!r}\n+ "
          f"{fault['command']}", flush=True)
    try:
        done = subprocess.run(["bash", "-c", fault["command"]], cwd=tree, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return f"no end within {LIMIT} s"
    # Its lines are not ours: a PASS in it must not look like the end of this test.
    print("\n".join("| " + line for line in done.stdout.splitlines()), flush=True)
    if done.returncode == 0:
        return "not caught: the command exits 0"
    if re.search(r"did not build|FAIL \S+ build|%Error|error:", done.stdout):
        return "the copy did not build: that proves nothing"
    if not re.search(fault["expect"], done.stdout):
        return f"exit {done.returncode}, but no message that matches '{fault['expect']}'"
    shutil.rmtree(tree)
    return ""


def main(argv):
    faults = read()
    if argv == ["check"]:
        for name, fault in faults.items():
            patched(fault, name)
        print(f"{len(faults)} faults can be planted")
    elif argv == ["list"]:
        for name, fault in faults.items():
            print(f"{name:<24} {fault['file']}")
    elif argv:
        for name in argv:
            if name not in faults:
                stop(f"fault '{name}' is not in {FAULTS.name}")
            reason = plant(name, faults[name])
            if reason:
                print(f"FAIL {name}: {reason}")
                return 1
        print(f"PASS {argv[0]} {len(argv)} checks")
    else:
        sys.exit(__doc__.strip())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
