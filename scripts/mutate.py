#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation score of the RTL: small changes of a module, and which of them the tests notice.

  mutate.py [--count N] [--seed N] [--jobs N] [--least PERCENT] [FILE or MODULE...]
A module's sample of N mutants is put into one copy of its file (scripts/mutants.py), so that each
bench of tb/mutate/plan.list is built once and a mutant is a run of it. A mutant is killed by the
first bench or proof that fails; one that none notices is listed with file and line. Scores go to
sim/out/mutate/<module>.json and are taken from there while file, plan, benches and sample are the
same. Last line: PASS mutate <n> checks, n mutants; fails below --least, which is of all together.
"""
import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import mutants

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLAN = ROOT / "tb/mutate/plan.list"
STORE = ROOT / "sim/out/mutate"
BUILD = ROOT / "sim/out/build"
COPIED = ("Makefile", "rtl", "behav", "tb", "scripts", "sim/configs", "sim/host")
LINKED = ("sim/networks", "sim/data", "sim/kernels")
LIMIT = 900  # seconds of a bench with its build
READER = ('#include <cstdlib>\nextern "C" int ohm_mutant() {\n'
          '    const char *s = std::getenv("OHM_MUTANT");\n    return s ? std::atoi(s) : 0;\n}\n')
# Stands before Verilator: no warnings for what mutants say, and what is built is built.
SHIM = """#!/bin/bash
[[ " $* " == *" --build "* ]] || exec {real} -Wno-lint -Wno-style "$@"
key=$(echo "$*" | sha256sum | cut -c1-32)
[ ! -e "{work}/$key" ] || exit 0
{real} "$@" -Wno-lint -Wno-style {work}/mutant.cpp && touch "{work}/$key"
"""


def stop(message):
    sys.exit(f"mutate.py: {message}")


def read_plan():
    benches, files = {}, []
    for number, line in enumerate(PLAN.read_text(encoding="utf-8").splitlines(), 1):
        words = line.split("#")[0].split()
        if words and words[0] == "bench" and len(words) > 2:
            benches[words[1]] = line.split(None, 2)[2]
        elif words and words[0] == "files" and len(words) > 1:
            files.append((words[1], words[2:]))
            if set(words[2:]) - set(benches):
                stop(f"{PLAN.name}:{number}: {words[2:]}, expected benches named above")
        elif words:
            stop(f"{PLAN.name}:{number}: '{words[0]}', expected bench or files")
    return benches, files


class Module:
    """One file of the RTL in a copy of the sources."""

    def __init__(self, file, args):
        self.file, self.args = file, args
        self.name = file.stem
        self.text = file.read_text(encoding="utf-8")
        self.all = mutants.mutants(self.text)
        self.numbers = mutants.sample(self.all, args.count, f"{args.seed} {self.name}")
        benches, files = read_plan()
        path = str(file.relative_to(ROOT))
        wanted = next((names for pattern, names in files if fnmatch.fnmatch(path, pattern)), [])
        self.benches = [(name, benches[name]) for name in wanted]
        self.work = STORE / self.name
        self.tree = self.work / "tree"

    def key(self):
        """What a score depends on, as one word."""
        h = hashlib.sha256(repr((self.numbers, self.benches)).encode())
        parts = [self.file, ROOT / "scripts/mutants.py", ROOT / "tb/formal/run.sh"]
        parts += sorted(p for p in (ROOT / "tb/unit").rglob("*") if p.is_file())
        for part in parts:
            h.update(part.read_bytes())
        return h.hexdigest()[:32]

    def lay(self):
        """The copy of the sources, with all mutants of the sample in the file."""
        shutil.rmtree(self.work, ignore_errors=True)
        for part in COPIED:
            source, target = ROOT / part, self.tree / part
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
        for part in LINKED:
            (self.tree / part).symlink_to(ROOT / part)
        (self.tree / "sim/out/build").mkdir(parents=True)
        for part in ("obj", "pic", "sanitized"):  # of the sound tree; make knows them by their time
            if (BUILD / part).is_dir():
                shutil.copytree(BUILD / part, self.tree / "sim/out/build" / part)
        if (BUILD / "flags").exists():
            shutil.copy2(BUILD / "flags", self.tree / "sim/out/build/flags")
        (self.work / "bin").mkdir()
        (self.work / "mutant.cpp").write_text(READER, encoding="utf-8")
        subprocess.run(["g++", "-O1", "-fPIC", "-c", "mutant.cpp", "-o", "mutant.o"],
                       cwd=self.work, check=True)
        shim = self.work / "bin/verilator"
        shim.write_text(SHIM.format(real=shutil.which("verilator"), work=self.work),
                        encoding="utf-8")
        shim.chmod(0o755)
        self.put(mutants.schema(self.text, self.numbers))

    def put(self, text):
        (self.tree / self.file.relative_to(ROOT)).write_text(text, encoding="utf-8")

    def run(self, command, number):
        """Exit code and output; 124: no end."""
        env = dict(os.environ, OHM_MUTANT=str(number), GOOD=str(BUILD), SEED="1",
                   OHM_MUTANT_O=str(self.work / "mutant.o"), OHM_CACHE=str(ROOT / "sim/out/cache"),
                   PATH=f"{self.work / 'bin'}:{os.environ['PATH']}")
        for name in ("OUT", "CONFIG", "MESH", "MAKEFLAGS"):
            env.pop(name, None)
        done = subprocess.run(["timeout", "-k", "5", str(LIMIT), "bash", "-c", command],
                              cwd=self.tree, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        return done.returncode, done.stdout

    def proofs(self, alive):
        """Of the module itself, on the file with that one change. The mutants that still live."""
        table = (ROOT / "tb/formal/run.sh").read_text(encoding="utf-8")
        if not re.search(rf"^(?:full )?(?:(?:induction|cycles) \d+ )?{self.name} ", table, re.M):
            return alive
        left = []
        for number in alive:
            self.put(mutants.alone(self.text, number))
            code, _ = self.run(f"OHM_OUT=sim/out/proof tb/formal/run.sh {self.name}", 0)
            left += [number] if code == 0 else []
        return left

    def score(self):
        """How many of the sample were killed, by what, and the others."""
        alive, by = list(self.numbers), {}
        self.lay()
        for name, command in self.benches:
            if not alive:
                break
            code, said = self.run(command, 0)
            if code:
                stop(f"{self.name}: bench {name} fails without a mutant: "
                     + " ".join(said.strip().splitlines()[-2:]))
            before = len(alive)
            alive = [n for n in alive if self.run(command, n)[0] == 0]
            by[name] = before - len(alive)
        before = len(alive)
        alive = self.proofs(alive)
        by["proofs"] = before - len(alive)
        shutil.rmtree(self.work)
        return {"file": str(self.file.relative_to(ROOT)), "all": len(self.all),
                "mutants": len(self.numbers), "killed": len(self.numbers) - len(alive), "by": by,
                "survivors": [{"number": n, "line": self.all[n - 1].line,
                               "what": mutants.WORDS[self.all[n - 1].kind],
                               "text": " ".join(self.text[self.all[n - 1].first:
                                                          self.all[n - 1].last].split())}
                              for n in alive]}

    def result(self):
        stored, key = STORE / f"{self.name}.json", self.key()
        if stored.exists():
            known = json.loads(stored.read_text(encoding="utf-8"))
            if known.get("key") == key:
                return {**known, "cached": True}
        out = {"key": key, **self.score()}
        part = stored.with_suffix(".part")
        part.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
        part.replace(stored)
        return out


def choose(names):
    """Files of the RTL without boards and views; all without a name."""
    files = [p for p in sorted((ROOT / "rtl").rglob("*.v"))
             if p.parent.name not in ("fpga", "macro")]
    if not names:
        return files
    known = {p.stem: p for p in files}
    chosen = [known.get(pathlib.Path(name).stem) for name in names]
    if None in chosen:
        stop(f"'{names[chosen.index(None)]}', expected a module of rtl/ without fpga/ and macro/")
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.error = stop
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    STORE.mkdir(parents=True, exist_ok=True)
    modules = [m for m in (Module(file, args) for file in choose(args.names))
               if m.numbers and m.benches]
    if not modules:
        stop("no mutants: no module of these has a bench in tb/mutate/plan.list")
    killed = count = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for module, r in zip(modules, pool.map(Module.result, modules)):
            killed, count = killed + r["killed"], count + r["mutants"]
            by = ", ".join(f"{n} by {name}" for name, n in r["by"].items() if n)
            print(f"{module.name:24} {r['killed']:3} of {r['mutants']:3} killed of {r['all']:4}: "
                  f"{by}{' (cached)' if r.get('cached') else ''}", flush=True)
            for s in r["survivors"]:
                print(f"  lives: {r['file']}:{s['line']}: {s['what']}: {s['text'][:80]}")
    print(f"{killed} of {count} mutants killed: {100 * killed / count:.1f} %")
    if 100 * killed / count < args.least:
        print(f"FAIL mutate: {100 * killed / count:.1f} %, expected {args.least} % at least")
        return 1
    print(f"PASS mutate {count} checks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
