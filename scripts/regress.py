#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tests of sim/tests.list (its head describes the columns) and of tb/**/tests.list.

  regress.py --suite test|full|negative [--runner RUNNER]     scripts/runners.py; --jobs N: local:N
  regress.py --test NAME [--config C] [--seed N] [--waves]     one test, also with another
                                                               configuration or seed
  regress.py --check                                           is the list well formed?
  --list FILE --out DIR          another list, another place for logs (the runner's own test)
Passing is positive: exit 0, a PASS line (or ohmic's count of VMMs) that names at least one check,
within the time limit. A test that lacks an optional tool exits 77, its last line SKIP <name> <why>.
On a terminal a line tells what runs, what failed and what is left; a log gets a line for each
start and each end. Ctrl-C ends the tests and sums up what there is. Limits hold for the machine
they were written on: a slower one, measured at the start, gets more (OHM_LIMIT_SCALE=N says how
much instead).
Logs go to sim/out/<test>.<config>.<seed>/, JUnit XML to sim/out/junit.xml; of a suite also a line
to sim/out/history.jsonl and a page to sim/out/report.html. The last line is `N passed, N failed`.
"""
import argparse
import json
import os
import pathlib
import sys
import time
import xml.etree.ElementTree as xml

import report
from jobs import slowness
from plan import Plan, PlanError
from progress import Line, span
from runners import parse, runner_of
from testlist import LIST, ROOT, SUITES, choose, read_list, stop
from testrun import job_of, result_of

FORM = "{:<20} {:<12} {:>4} {:>9} {:>9} {:>8} {:>8}  {}"


class Times:
    """What each test took the last time; a part of its limit as long as nobody knows."""

    def __init__(self, path):
        self.path = path
        try:
            self.known = {k: float(v) for k, v in json.loads(path.read_text()).items()}
        except (OSError, ValueError, AttributeError):
            self.known = {}
        self.guessed = self.took = 0.0  # of the tests that ended in this run

    def of(self, test):
        return self.known.get(test.key, test.limit / 15)

    def ended(self, result):
        self.guessed += self.of(result.test)
        self.took += result.time
        if result.state == "pass":
            self.known[result.test.key] = round(result.time, 1)

    def left(self, waiting, active, jobs):
        """Seconds to the end, from what the tests so far took against what was expected."""
        ratio = self.took / self.guessed if self.guessed else 1
        begun = [max(0, ratio * self.of(test) - passed) for test, passed in active]
        whole = ratio * sum(self.of(t) for t in waiting) + sum(begun)
        return max(whole / jobs, max(begun, default=0))

    def store(self):
        self.path.write_text(json.dumps(self.known, indent=0, sort_keys=True) + "\n")


class Tests:
    """What the runner tells of the tests (scripts/runners.py): the table, and how far they are."""

    def __init__(self, chosen, args):
        self.args, self.number = args, len(chosen)
        self.tests = {test.key: test for test in chosen}
        self.times = Times(args.out / "times.json")
        self.active, self.results = {}, []
        self.line = Line(sys.stdout)
        self.at_once = max(1, parse(args.runner)[1])

    def plan(self):
        jobs = [job_of(test, self.args.waves, self.times.of(test)) for test in self.tests.values()]
        name = self.args.suite or next(iter(self.tests))
        return Plan(self.args.out / "jobs" / name, "test", jobs).begin(resume=False)

    def waiting(self):
        over = {r.test.key for r in self.results}
        return [t for key, t in self.tests.items() if key not in self.active and key not in over]

    def started(self, job):
        self.active[job.name] = job
        if not self.line.live:
            test = self.tests[job.name]
            self.say(f"start  {test.name} {test.config} {test.seed}")

    def ended(self, job, record):
        self.active.pop(job.name, None)
        result = result_of(self.tests[job.name], record, self.args.waves)
        self.results.append(result)
        self.times.ended(result)
        test = result.test
        verdict = {"pass": "pass", "skip": f"skip: {result.reason}", "FAIL": "FAIL"}[result.state]
        self.say(FORM.format(test.name, test.config, test.seed, result.cycles or "-", result.checks,
                             f"{result.time:.1f} s", f"{result.cpu:.1f} s", verdict))

    def say(self, text):
        self.line.clear()
        print(text, flush=True)

    def show(self):
        if self.line.due():
            self.line.show(self.status())

    def status(self):
        now = time.monotonic()
        word = {"builds": " builds", "waits": " waits to build"}
        runs = ", ".join(f"{self.tests[job.name].name}{word.get(job.phase, '')} "
                         f"{span(now - job.began)}" for job in self.active.values())
        failed = sum(r.state == "FAIL" for r in self.results)
        waiting = self.waiting()
        begun = [(self.tests[job.name], now - job.began) for job in self.active.values()]
        left = span(self.times.left(waiting, begun, self.at_once))
        return (f"{len(self.results)} of {self.number} done, {failed} failed, "
                f"{len(waiting)} wait, about {left} left | {runs}")


def show_failure(result, waves):
    test = result.test
    rel = test.rel
    # A cycle is two steps of a wave file, whose unit is 1 ps.
    cycle = f"  cycle={result.cycles} ({2 * int(result.cycles)} ps)" if result.cycles else ""
    config = f" CONFIG={test.config}" if test.mesh else ""
    can_wave = test.kind == "run"
    rerun = f"make sim TEST={test.name}{config} SEED={test.seed}{' WAVES=1' if can_wave else ''}"
    print(f"FAIL  {test.name}  cfg={test.config}  seed={test.seed}{cycle}")
    print(f"      {result.reason}")
    print(f"      rerun: {rerun}")
    print(f"      log:   {rel}/run.log")
    if can_wave:
        print(f"      waves: gtkwave {rel}/wave.fst {rel}/wave.tile.gtkw"
              f"{'' if waves else '   (after the rerun)'}")


def junit(results, broken, suite, path):
    """JUnit XML; tests that an interruption ended, or kept from starting, count as skipped."""
    skipped = [(r.test, r.reason, r.time) for r in results if r.state == "skip"]
    skipped += [(test, "interrupted", 0) for test in broken]
    root = xml.Element("testsuite", name=f"ohmic.{suite}", tests=str(len(results) + len(broken)),
                       failures=str(sum(r.state == "FAIL" for r in results)),
                       skipped=str(len(skipped)), time=f"{sum(r.time for r in results):.1f}")

    def case(test, seconds):
        return xml.SubElement(root, "testcase", classname=f"ohmic.{test.config}",
                              name=f"{test.name}.{test.seed}", time=f"{seconds:.1f}")

    for r in results:
        if r.state != "skip":
            element = case(r.test, r.time)
            if r.state == "FAIL":
                log = f"log: {r.test.rel}/run.log"
                xml.SubElement(element, "failure", message=r.reason).text = log
    for test, reason, seconds in skipped:
        xml.SubElement(case(test, seconds), "skipped", message=reason)
    xml.indent(root)
    xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def leave_page(count, args, seconds):
    """The history of the suite's runs, and the page that shows it."""
    tests = {r.test.key: {"kind": r.test.kind, "state": r.state, "checks": r.checks,
                          "cycles": r.cycles, "time": round(r.time, 1), "cpu": round(r.cpu, 1),
                          "reason": r.reason} for results in count.values() for r in results}
    number = {state: len(results) for state, results in count.items()}
    target = {"test": "test", "full": "test-full", "negative": "test-negative"}[args.suite]
    report.figures.keep(args.out / "history.jsonl", {
        "suite": args.suite, "command": f"make {target}", "seconds": round(seconds),
        "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "commit": report.project()["commit"], "passed": number["pass"], "failed": number["FAIL"],
        "skipped": number["skip"], "tests": tests,
        "verdict": "fail" if number["FAIL"] or not number["pass"] else "pass"})
    print(f"report: {os.path.relpath(report.make(args.out, tests=args.out)[0], ROOT)}")


def sum_up(tests, ended_by, args, seconds):
    """The end of the table. Exit code: 0 when all passed that could run, and one at least."""
    results = tests.results
    count = {s: [r for r in results if r.state == s] for s in ("pass", "skip", "FAIL")}
    for r in count["FAIL"]:
        print()
        show_failure(r, args.waves)
    skips = [f"skip  {r.test.name}: {r.reason}" for r in count["skip"]]
    skips += [f"skip  part of {r.test.name}: {part}" for r in count["pass"] for part in r.parts]
    if skips:
        print("\n" + "\n".join(skips))
    cut_off = [tests.tests[key] for key in tests.active]
    broken = cut_off + tests.waiting()
    if ended_by:
        print(f"\ninterrupted: {', '.join(t.name for t in cut_off) or 'nothing'} "
              f"ended, {len(tests.waiting())} not started")
    elif broken:
        print("\nkilled, or lost with a node: " + ", ".join(t.name for t in broken))
    junit(results, broken, args.suite or args.test, args.out / "junit.xml")
    first = results[0].test if results else None
    if args.waves and first and (first.dir / "wave.fst").exists():
        print(f"waves: gtkwave {first.rel}/wave.fst {first.rel}/wave.tile.gtkw")
    if args.suite and results and not ended_by:
        leave_page(count, args, seconds)
    print(f"{sum(r.cpu for r in results):.0f} s of processor time in {seconds:.0f} s")
    if count["skip"]:
        print(f"{len(count['skip'])} skipped")
    failed = len(count["FAIL"]) + (0 if ended_by else len(broken))
    print(f"{len(count['pass'])} passed, {failed} failed", flush=True)
    if ended_by:
        return 128 + ended_by
    return 1 if failed or not count["pass"] else 0


def main():
    parser = argparse.ArgumentParser(description="Runs tests of sim/tests.list.", usage=__doc__)
    parser.error = stop  # one line
    parser.add_argument("--suite", choices=SUITES)
    parser.add_argument("--test")
    parser.add_argument("--config")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--waves", action="store_true")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--runner", default="")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", type=pathlib.Path, default=LIST)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "sim/out")
    args = parser.parse_args()
    args.runner = f"local:{args.jobs}" if args.jobs > 0 else args.runner
    tests = read_list(args.list, args.out.resolve())
    if args.check:
        print(f"{len(tests)} tests")
        return 0
    chosen = choose(tests, args)
    if chosen is None:
        parser.error("--suite, --test or --check")
    given = os.environ.get("OHM_LIMIT_SCALE", "")
    if given and not (given.isdigit() and int(given) > 0):
        stop(f"OHM_LIMIT_SCALE '{given}', expected a whole number above 0")
    scale = int(given) if given else slowness()
    if scale > 1:
        print(f"limits are {scale} times those of the list, as this machine is slower")
    print(FORM.format("test", "config", "seed", "cycles", "checks", "time", "cpu", "result"),
          flush=True)
    began = time.monotonic()
    args.out.mkdir(parents=True, exist_ok=True)
    tests = Tests(chosen, args)
    try:
        plan = tests.plan()
    except PlanError as why:
        stop(str(why))
    ended_by = runner_of(plan, args.runner, tests, scale=scale, threads=0).run()
    tests.times.store()
    return sum_up(tests, ended_by, args, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
