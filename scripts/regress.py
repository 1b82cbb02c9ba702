#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tests of sim/tests.list (its head describes the columns).

  regress.py --suite test|full|negative [--jobs N]
  regress.py --test NAME [--config C] [--seed N] [--waves]     one test, also with another configuration or seed
  regress.py --check                                           is the list well formed?
  --list FILE --out DIR                                        another list, another place for logs (the runner's own test)
Passing is positive: exit 0, a PASS line (or ohmic's count of VMMs) that names at least one check, within the time limit.
Logs go to sim/out/<test>.<config>.<seed>/, JUnit XML to sim/out/junit.xml. The last line is `N passed, N failed`.
"""
import argparse
import concurrent.futures
import fcntl
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "sim/tests.list"
OUT = ROOT / "sim/out"
BUILD = "sim/out/build"
BUILD_LIMIT = 900  # seconds; Verilator on a slow machine
SUITES = ("test", "full", "negative")
KINDS = ("script", "run")

PASS_LINE = re.compile(r"^PASS (\S+) (\d+) (?:checks|proofs)\b", re.M)
RUN_LINE = re.compile(r"VMMs checked\W+([\d,]+)\W+mismatches\W+([\d,]+)")
CYCLES = re.compile(r"(\d+) in all|\b([1-9]\d*) cycles\b")  # ohmic; others
CYCLE = re.compile(r"\bcycle (\d+)")                   # of a mismatch
REASONS = [re.compile(p, re.M) for p in (r"^FAIL.*$", r"^.*\b(?:FAILED|ERROR|[Ee]rror|mismatch|Assertion)\b.*$")]


def stop(message):
    sys.exit(f"regress.py: {message}")


class Test:
    """One line of the list."""

    def __init__(self, line, where, out):
        part = line.split(None, 6)
        if len(part) != 7:
            stop(f"{where}: {len(part)} columns, expected name kind config seed limit suites arguments")
        self.name, self.kind, config, seed, limit, suites, self.args = part
        self.config, _, self.mesh = config.partition(":")
        self.where, self.out = where, out
        if self.kind not in KINDS:
            stop(f"{where}: kind '{self.kind}', expected one of {', '.join(KINDS)}")
        if not seed.isdigit() or not limit.isdigit():
            stop(f"{where}: seed '{seed}', limit '{limit}', expected whole numbers")
        self.seed, self.limit = int(seed), int(limit)
        self.suites = suites.split(",")
        unknown = set(self.suites) - set(SUITES)
        if unknown:
            stop(f"{where}: suite '{unknown.pop()}', expected {', '.join(SUITES)}")
        if self.kind == "script" and not os.access(ROOT / self.args.split()[0], os.X_OK):
            stop(f"{where}: {self.args.split()[0]} is not an executable file")
        if self.kind == "run" and not self.mesh:
            stop(f"{where}: configuration '{config}', expected <name>:<width>x<height> for a run")

    @property
    def dir(self):
        return self.out / f"{self.name}.{self.config}.{self.seed}"

    @property
    def rel(self):
        return os.path.relpath(self.dir, ROOT)

    @property
    def out_rel(self):
        """What the test may write to; its log lies outside."""
        return f"{self.rel}/out"


def read_list(path, out):
    tests, seen = [], set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            test = Test(line, f"{path.name}:{number}", out)
            key = (test.name, test.config, test.seed)
            if key in seen:
                stop(f"{test.where}: {test.name} {test.config} {test.seed} is in the list twice")
            seen.add(key)
            tests.append(test)
    return tests


class Result:
    def __init__(self, test):
        self.test, self.ok, self.checks, self.cycles, self.time, self.reason = test, False, 0, "", 0.0, ""


build_lock = threading.Lock()
running = set()  # processes of the tests under way


def end_all(number, _frame):
    """Ctrl-C and kill end the tests too, which have sessions of their own."""
    for process in list(running):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    os._exit(128 + number)


def build(test, waves, log):
    """ohmic and the Verilated chip of the test; make knows what is out of date. The reason of a failure, or ''."""
    # The lock holds against tests that run make themselves, too.
    command = ["flock", f"{BUILD}/lock", "make", "-s", f"-j{os.cpu_count()}", "build", f"CONFIG={test.config}",
               f"MESH={test.mesh}", f"WAVES={int(waves)}"]
    with build_lock:  # so that the limit counts one build
        (ROOT / BUILD).mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, timeout=BUILD_LIMIT)
        except subprocess.TimeoutExpired:
            return f"the build took more than {BUILD_LIMIT} s"
    return "" if done.returncode == 0 else "the build failed"


def execute(test, waves):
    (test.dir / "out").mkdir(parents=True, exist_ok=True)
    with open(test.dir / "lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            result = Result(test)
            result.reason = "another run of this test is under way in this tree"
            return result
        return execute_alone(test, waves)


def execute_alone(test, waves):
    result = Result(test)
    log_path = test.dir / "run.log"
    env = dict(os.environ, SEED=str(test.seed), CONFIG=test.config, MESH=test.mesh, WAVES=str(int(waves)), OUT=test.out_rel)
    # Not the flags of the make that started us: a test that runs make would inherit its job server and its variables.
    for name in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL"):
        env.pop(name, None)
    with open(log_path, "w", encoding="utf-8", errors="replace") as log:
        if test.mesh:
            result.reason = build(test, waves, log)
            if result.reason:
                return finish(result, log_path)
        command = shlex.split(test.args)
        if test.kind == "run":
            lib = f"{BUILD}/{test.config}-{test.mesh}{'-waves' if waves else ''}/libohm_rtl.so"
            command = [f"{BUILD}/ohmic", "--rtl-lib", lib, "--config", test.config, "--mesh", test.mesh,
                       "--seed", str(test.seed), "--out", test.out_rel] + command
            if waves:
                command += ["--waves", f"{test.rel}/wave.fst"]
        print("+ " + shlex.join(command), file=log, flush=True)
        started = time.monotonic()
        # A session of its own, so that a time-out ends the children too.
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        running.add(process)
        try:
            status = process.wait(timeout=test.limit)
            if status < 0:
                result.reason = f"ended by signal {signal.Signals(-status).name}"
            elif status:
                result.reason = f"exit {status}"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            result.reason = f"no end within {test.limit} s"
        running.discard(process)
        result.time = time.monotonic() - started
        if waves and (test.dir / "wave.fst").exists():
            subprocess.run([sys.executable, "scripts/waves.py", "fit", f"{test.rel}/wave.fst"], cwd=ROOT, stdout=log,
                           stderr=subprocess.STDOUT, check=False)
    return finish(result, log_path)


def finish(result, log_path):
    """Reads the log: counts, and the reason when the test failed."""
    text = log_path.read_text(encoding="utf-8", errors="replace")
    test = result.test
    mismatches = 0
    if test.kind == "run":
        found = RUN_LINE.findall(text)
        if found:
            result.checks = int(found[-1][0].replace(",", ""))
            mismatches = int(found[-1][1].replace(",", ""))
    else:
        found = PASS_LINE.findall(text)
        if found and text.rstrip().splitlines()[-1].startswith("PASS "):
            result.checks = int(found[-1][1])
    said = next((found for found in (p.search(text) for p in REASONS) if found), None)
    if result.reason:
        if said:
            result.reason += ": " + said.group(0).strip()
    elif mismatches:
        result.reason = f"{mismatches} mismatches" + (": " + said.group(0).strip() if said else "")
    elif result.checks == 0:
        result.reason = "no PASS line with a check count above zero"
    result.ok = not result.reason
    cycles = (CYCLES if result.ok else CYCLE).findall(text)
    if cycles:
        result.cycles = "".join(cycles[-1])
    return result


def show_failure(result, waves):
    test = result.test
    rel = test.rel
    cycle = f"  cycle={result.cycles}" if result.cycles else ""
    config = f" CONFIG={test.config}" if test.mesh else ""
    can_wave = test.kind == "run"
    print(f"FAIL  {test.name}  cfg={test.config}  seed={test.seed}{cycle}")
    print(f"      {result.reason}")
    print(f"      rerun: make sim TEST={test.name}{config} SEED={test.seed}{' WAVES=1' if can_wave else ''}")
    print(f"      log:   {rel}/run.log")
    if can_wave:
        print(f"      waves: gtkwave {rel}/wave.fst {rel}/wave.tile.gtkw{'' if waves else '   (after the rerun)'}")


def junit(results, suite, path):
    root = xml.Element("testsuite", name=f"ohmic.{suite}", tests=str(len(results)),
                       failures=str(sum(not r.ok for r in results)), time=f"{sum(r.time for r in results):.1f}")
    for r in results:
        case = xml.SubElement(root, "testcase", classname=f"ohmic.{r.test.config}", name=f"{r.test.name}.{r.test.seed}",
                              time=f"{r.time:.1f}")
        if not r.ok:
            xml.SubElement(case, "failure", message=r.reason).text = f"log: {r.test.rel}/run.log"
    xml.indent(root)
    xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def main():
    parser = argparse.ArgumentParser(description="Runs tests of sim/tests.list.", usage=__doc__)
    parser.add_argument("--suite", choices=SUITES)
    parser.add_argument("--test")
    parser.add_argument("--config")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--waves", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", type=pathlib.Path, default=LIST)
    parser.add_argument("--out", type=pathlib.Path, default=OUT)
    args = parser.parse_args()
    tests = read_list(args.list, args.out.resolve())
    if args.check:
        print(f"{len(tests)} tests")
        return 0
    if args.test:
        chosen = [t for t in tests if t.name == args.test]
        if not chosen:
            stop(f"test '{args.test}' is not in {args.list.name}")
        # The line with that configuration if there is one, else the first, changed.
        test = next((t for t in chosen if t.config == args.config), chosen[0])
        if args.config and args.config != test.config and test.mesh:
            test.config = args.config
        if args.seed is not None:
            test.seed = args.seed
        chosen = [test]
    elif args.suite:
        # full is test and more
        chosen = [t for t in tests if args.suite in t.suites or (args.suite == "full" and "test" in t.suites)]
    else:
        parser.error("--suite, --test or --check")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_all)
    form = "{:<24} {:<6} {:>6} {:>11} {:>10} {:>7}  {}"
    print(form.format("test", "config", "seed", "cycles", "checks", "time", "result"), flush=True)
    results = []
    args.out.mkdir(parents=True, exist_ok=True)
    # Longest first keeps the machine busy to the end.
    order = sorted(chosen, key=lambda t: -t.limit)
    with concurrent.futures.ThreadPoolExecutor(max(1, args.jobs)) as pool:
        for done in concurrent.futures.as_completed([pool.submit(execute, t, args.waves) for t in order]):
            r = done.result()
            results.append(r)
            print(form.format(r.test.name, r.test.config, r.test.seed, r.cycles or "-", r.checks, f"{r.time:.1f} s",
                              "pass" if r.ok else "FAIL"), flush=True)
    failed = [r for r in results if not r.ok]
    for r in failed:
        print()
        show_failure(r, args.waves)
    junit(results, args.suite or args.test, args.out / "junit.xml")
    if args.waves and (chosen[0].dir / "wave.fst").exists():
        print(f"waves: gtkwave {chosen[0].rel}/wave.fst {chosen[0].rel}/wave.tile.gtkw")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
