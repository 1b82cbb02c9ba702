#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make run`: divides the images of a run among processes, by a plan (docs/reference/plan.md), and
puts the parts together. Whatever the runner and the number of parts, predictions, figures and
report are those of one process, byte for byte. What would take one process a few seconds, and what
cannot be divided (waves, recording, ...), stays one process.

  run.py --out DIR [--runner RUNNER] -- OHMIC OPTION...
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

from plan import MERGED, ROOT, Plan, job, write_whole
from runners import CHUNK, parse, run_all

# Seconds of a VMM and of getting the chip ready, until a run has told what they really are.
VMM = {"rtl": 4e-4, "model": 1e-5}
SETUP = {"rtl": 1.0, "model": 0.1}
LITTLE = 8    # seconds of images that are not worth a second process here
LONGEST = 180  # seconds of a part: what is lost with a node, at most
RATES = ROOT / "sim/out/rates.json"


def value(options, name, default=""):
    at = len(options) - 1 - options[::-1].index(name) if name in options else -1
    return options[at + 1] if 0 <= at < len(options) - 1 else default


class Rates:
    """Seconds of an image, as runs of this network on this chip have taken."""

    def __init__(self, options):
        self.key = " ".join(value(options, f"--{x}") for x in ("backend", "config", "mesh", "net",
                                                               "mapping"))
        try:
            self.known = json.loads(RATES.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def of(self, facts, backend):
        known = self.known.get(self.key)
        return known if isinstance(known, float) and known > 0 \
            else max(1, facts["vmms"]) * VMM[backend]

    def learn(self, records):
        parts = [r["result"] for r in records.values() if r.get("result")]
        images = sum(p["count"] for p in parts)
        if images:
            self.known[self.key] = sum(float(p["seconds"]) for p in parts) / images
            write_whole(RATES, json.dumps(self.known, indent=0, sort_keys=True) + "\n")


def facts_of(command):
    done = subprocess.run([*command, "--plan"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    try:
        return json.loads(done.stdout)
    except ValueError:  # --help among the options
        print(done.stdout, end="")
        sys.exit(0)


def number_of_parts(facts, image, kind, at_once):
    whole = facts["count"] * image
    if kind == "local":
        # Parts here have no use beyond one for each core but that less is lost with one.
        wanted = at_once * max(1, round(whole / at_once / LONGEST)) if whole > LITTLE else 1
    else:
        wanted = max(min(at_once, whole // CHUNK), whole // LONGEST)
    return max(1, int(wanted))


def ranges(facts, parts):
    """First images and counts: whole steps, the first part with all images that are timed."""
    first, count, origin, step = (facts[k] for k in ("first", "count", "origin", "step"))
    end, cuts = first + count, [first]
    for k in range(1, parts):
        cut = origin + round((end - origin) * k / parts / step) * step
        least = origin + -(-facts["least"] // step) * step if len(cuts) == 1 else cuts[-1] + step
        cut = max(cut, least)
        if cut >= end:
            break
        cuts.append(cut)
    return [(a, b - a) for a, b in zip(cuts, cuts[1:] + [end])]


def plan_of(command, facts, parts, image, setup, out):
    whole = [*command, "--timed", str(facts["timed"])]
    jobs = [job(f"images-{first:06}",
                [*whole, "--out", "{dir}", "--part", f"{first}:{count}:{{json}}"],
                seed=int(value(command, "--seed", "1")), range=[first, count],
                cost=round(setup + count * image, 2)) for first, count in parts]
    folder = pathlib.Path(out) / "jobs"
    return Plan(folder, "run", jobs, facts["key"],
                [*whole, "--out", out, "--merge", str(folder)])


def put_together(plan):
    """The merge that a cluster has done already, or this process does."""
    said = plan.folder / "merge.out"
    if plan.record(MERGED):
        sys.stdout.write(said.read_text(encoding="utf-8"))
        return 0
    sys.stdout.flush()
    code = subprocess.run(plan.head["merge"], check=False).returncode
    if code == 0:
        plan.finish()
    return code


def main():
    at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    p = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    p.add_argument("--out", required=True)
    p.add_argument("--runner", default="")
    args = p.parse_args(sys.argv[1:at])
    command = sys.argv[at + 1:]
    kind, at_once, _ = parse(args.runner)
    facts = facts_of(command)
    if facts.get("alone"):
        if kind != "local":
            print(f"run: with {facts['alone']} it is one process, here", file=sys.stderr)
        os.execv(command[0], [*command, "--out", args.out])
    backend = value(command, "--backend", "rtl")
    rates = Rates(command)
    image = rates.of(facts, backend)
    parts = ranges(facts, number_of_parts(facts, image, kind, at_once)) \
        if facts["least"] < facts["count"] else [(facts["first"], facts["count"])]
    if kind == "local" and len(parts) == 1:
        os.execv(command[0], [*command, "--timed", str(facts["timed"]), "--out", args.out])
    began = time.monotonic()
    plan = plan_of(command, facts, parts, image, SETUP[backend], args.out)
    plan, records = run_all(plan, args.runner, "run", "images")
    passed = time.monotonic() - began
    rates.learn(records)
    code = put_together(plan)
    if code == 0:
        hosts = len({r["host"] for r in records.values()})
        print(f"time       {passed:.1f} s for {len(records)} part{'s' if len(records) > 1 else ''} "
              f"on {hosts} host{'s' if hosts > 1 else ''}, {facts['count'] / passed:.1f} images/s")
    return code


if __name__ == "__main__":
    sys.exit(main())
