#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tests of sim/tests.list (its head describes the columns) and of tb/**/tests.list.

  regress.py --suite test|full|negative [--jobs N]
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
import signal
import sys
import time
import xml.etree.ElementTree as xml

import report
from progress import Line, span
from testlist import LIST, ROOT, SUITES, choose, read_list, stop
from testrun import Run, slowness

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
        begun = [max(0, ratio * self.of(r.test) - (time.monotonic() - r.began)) for r in active]
        whole = ratio * sum(self.of(t) for t in waiting) + sum(begun)
        return max(whole / jobs, max(begun, default=0))

    def store(self):
        self.path.write_text(json.dumps(self.known, indent=0, sort_keys=True) + "\n")


class Schedule:
    """Starts tests, tells how far they are, gathers results.

    Half of the workers take the quickest test that is left, so that a failure shows while it is
    cheap; the others the longest, so that none is left for the end. One build at a time: it has all
    cores.
    """

    def __init__(self, chosen, args, scale):
        self.args, self.scale, self.number = args, scale, len(chosen)
        self.jobs = max(1, args.jobs)
        self.times = Times(args.out / "times.json")
        self.waiting = sorted(chosen, key=self.times.of)
        self.active, self.results = [], []
        self.ended_by = 0  # a signal
        self.line = Line(sys.stdout)

    def interrupt(self, number, _frame):
        if self.ended_by:  # the second time: at once
            for run in self.active:
                if run.process:
                    run.kill(signal.SIGKILL)
            os._exit(128 + number)
        self.ended_by = number

    def fill(self):
        while self.waiting and len(self.active) < self.jobs:
            long_ones = sum(run.long for run in self.active)
            take_long = self.jobs > 1 and long_ones < self.jobs // 2
            order = self.waiting[::-1] if take_long else self.waiting
            builds = any(run.phase in ("builds", "waits") for run in self.active)
            test = next((t for t in order if not (builds and t.mesh)), order[0])
            self.waiting.remove(test)
            run = Run(test, self.args.waves, self.scale)
            run.long = take_long
            self.active.append(run)
            if not self.line.live:
                self.say(f"start  {test.name} {test.config} {test.seed}")

    def step(self):
        self.fill()
        for run in list(self.active):
            if run.phase == "waits":
                if not run.test.mesh:
                    run.run()
                elif not any(other.phase == "builds" for other in self.active):
                    run.build()
            if run.look():
                self.active.remove(run)
                self.took(run.result)

    def took(self, result):
        self.results.append(result)
        self.times.ended(result)
        test = result.test
        verdict = {"pass": "pass", "skip": f"skip: {result.reason}", "FAIL": "FAIL"}[result.state]
        self.say(FORM.format(test.name, test.config, test.seed, result.cycles or "-", result.checks,
                             f"{result.time:.1f} s", f"{result.cpu:.1f} s", verdict))

    def say(self, text):
        self.line.clear()
        print(text, flush=True)

    def status(self):
        now = time.monotonic()
        word = {"builds": " builds", "waits": " waits to build"}
        runs = ", ".join(f"{run.test.name}{word.get(run.phase, '')} {span(now - run.began)}"
                         for run in self.active)
        failed = sum(r.state == "FAIL" for r in self.results)
        left = span(self.times.left(self.waiting, self.active, self.jobs))
        return (f"{len(self.results)} of {self.number} done, {failed} failed, "
                f"{len(self.waiting)} wait, about {left} left | {runs}")

    def work(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.interrupt)
        while (self.waiting or self.active) and not self.ended_by:
            self.step()
            if self.active and self.line.due():
                self.line.show(self.status())
            time.sleep(0.02 if len(self.results) < 2 else 0.1)
        self.line.clear()
        for run in self.active:
            run.stop("interrupted")
        self.times.store()


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


def sum_up(schedule, args, seconds):
    """The end of the table. Exit code: 0 when all passed that could run, and one at least."""
    results = schedule.results
    count = {s: [r for r in results if r.state == s] for s in ("pass", "skip", "FAIL")}
    for r in count["FAIL"]:
        print()
        show_failure(r, args.waves)
    skips = [f"skip  {r.test.name}: {r.reason}" for r in count["skip"]]
    skips += [f"skip  part of {r.test.name}: {part}" for r in count["pass"] for part in r.parts]
    if skips:
        print("\n" + "\n".join(skips))
    broken = [run.test for run in schedule.active] + schedule.waiting
    if schedule.ended_by:
        print(f"\ninterrupted: {', '.join(r.test.name for r in schedule.active) or 'nothing'} "
              f"ended, {len(schedule.waiting)} not started")
    junit(results, broken, args.suite or args.test, args.out / "junit.xml")
    first = results[0].test if results else None
    if args.waves and first and (first.dir / "wave.fst").exists():
        print(f"waves: gtkwave {first.rel}/wave.fst {first.rel}/wave.tile.gtkw")
    if args.suite and results and not schedule.ended_by:
        leave_page(count, args, seconds)
    print(f"{sum(r.cpu for r in results):.0f} s of processor time in {seconds:.0f} s")
    if count["skip"]:
        print(f"{len(count['skip'])} skipped")
    print(f"{len(count['pass'])} passed, {len(count['FAIL'])} failed", flush=True)
    if schedule.ended_by:
        return 128 + schedule.ended_by
    return 1 if count["FAIL"] or not count["pass"] else 0


def main():
    parser = argparse.ArgumentParser(description="Runs tests of sim/tests.list.", usage=__doc__)
    parser.error = stop  # one line
    parser.add_argument("--suite", choices=SUITES)
    parser.add_argument("--test")
    parser.add_argument("--config")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--waves", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", type=pathlib.Path, default=LIST)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "sim/out")
    args = parser.parse_args()
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
    schedule = Schedule(chosen, args, scale)
    schedule.work()
    return sum_up(schedule, args, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
