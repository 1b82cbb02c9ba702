# SPDX-License-Identifier: Apache-2.0
"""One test of scripts/regress.py: builds what it needs, runs it within its limit, reads its log."""
import fcntl
import os
import pathlib
import random
import re
import shlex
import signal
import subprocess
import sys
import time
import zlib

from testlist import ROOT

BUILD = "sim/out/build"
BUILD_LIMIT = 900  # seconds; Verilator
SKIP = 77          # the exit code of a test that cannot run here; its last line says why
GRACE = 3          # seconds from the request to end to the end by force

PASS_LINE = re.compile(r"^PASS (\S+) (\d+) (?:checks|proofs)\b", re.M)
SKIP_LINE = re.compile(r"^SKIP (\S+) (\S.*)$")
PART_LINE = re.compile(r"^  skip  (\S.*)$", re.M)  # a part of a test that passed
RUN_LINE = re.compile(r"VMMs checked\W+([\d,]+)\W+mismatches\W+([\d,]+)")
CYCLES = re.compile(r"(\d+) in all|\b([1-9]\d*) cycles\b")  # ohmic; others
CYCLE = re.compile(r"\bcycle (\d+)")                        # of a mismatch
TILE = re.compile(r"\btile \((\d+),(\d+)\)")
REASONS = [re.compile(p, re.M) for p in
           (r"^FAIL.*$", r"^.*\b(?:FAILED|ERROR|[Ee]rror|mismatch|Assertion)\b.*$")]


def slowness():
    """How many times longer than on the machine that the limits were written for, at least 1.

    A machine that other work slows down is slow, too: what counts is the time that passes.
    """
    reference = 0.5  # seconds
    data = bytes(b & 63 for b in random.Random(1).randbytes(1 << 20))
    started = time.monotonic()
    for _ in range(20):
        zlib.compress(data, 9)
    return max(1, round((time.monotonic() - started) / reference))


def group_lives(group):
    """Is a process of this group left that is more than a name for its parent to read?"""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
            state, _, of = text.rpartition(")")[2].split()[:3]
        except OSError:
            continue  # ended meanwhile
        if state != "Z" and int(of) == group:
            return True
    return False


class Result:
    def __init__(self, test):
        self.test, self.state, self.checks, self.cycles = test, "FAIL", 0, ""
        self.time, self.reason, self.parts = 0.0, "", []
        self.cpu = 0.0  # seconds of all its processes, build included


class Run:
    """A test under way. Never waits: `look` says whether it has ended, `stop` ends it."""

    def __init__(self, test, waves, scale):
        self.test, self.waves, self.scale = test, waves, scale
        self.result = Result(test)
        self.process = self.lock = self.log = None
        self.phase, self.began = "waits", time.monotonic()
        (test.dir / "out").mkdir(parents=True, exist_ok=True)
        self.lock = open(test.dir / "lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.close()
            self.phase = "ended"
            self.result.reason = "another run of this test is under way in this tree"
            return
        self.log = open(test.dir / "run.log", "w", encoding="utf-8", errors="replace")

    def start(self, command, phase, limit, env=None):
        self.phase, self.limit, self.began = phase, limit, time.monotonic()
        # A session of its own, so that its children can be ended with it.
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=self.log,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        start_new_session=True)

    def build(self):
        """ohmic and the Verilated chip of the test; make knows what is out of date."""
        (ROOT / BUILD).mkdir(parents=True, exist_ok=True)
        # The lock holds against tests that run make themselves, too.
        self.start(["flock", f"{BUILD}/lock", "make", "-s", f"-j{os.cpu_count()}", "build",
                    f"CONFIG={self.test.config}", f"MESH={self.test.mesh}",
                    f"WAVES={int(self.waves)}"], "builds", BUILD_LIMIT)

    def run(self):
        test = self.test
        # Not the flags of the make that started us: a test that runs make would inherit its job
        # server and its variables. Without a configuration, the variables of make are not set.
        env = {k: v for k, v in os.environ.items()
               if k not in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "CONFIG", "MESH")}
        env.update(SEED=str(test.seed), WAVES=str(int(self.waves)), OUT=test.out_rel,
                   OHM_LIMIT_SCALE=str(self.scale))
        if test.mesh:
            env.update(CONFIG=test.config, MESH=test.mesh)
        command = shlex.split(test.args)
        if test.kind == "run":
            chip = f"{test.config}-{test.mesh}{'-waves' if self.waves else ''}"
            command = [f"{BUILD}/ohmic", "--rtl-lib", f"{BUILD}/{chip}/libohm_rtl.so",
                       "--config", test.config, "--mesh", test.mesh, "--seed", str(test.seed),
                       "--out", test.out_rel] + command
            if self.waves:
                command += ["--waves", f"{test.rel}/wave.fst"]
        print("+ " + shlex.join(command), file=self.log, flush=True)
        self.start(command, "runs", test.limit, env)

    def look(self):
        """Is it over? Starts what follows a build, ends what is late."""
        if self.phase in ("ended", "waits"):
            return self.phase == "ended"
        # Not reaped yet, so that the group's number stays its own until its last process is gone.
        if not os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if time.monotonic() - self.began < self.limit * self.scale:
                return False
            now = slowness()
            if now > self.scale:  # other work has come meanwhile
                self.scale = now
                return False
            self.stop(f"no end within {self.limit * self.scale} s" if self.phase == "runs" else
                      f"the build took more than {self.limit * self.scale} s")
            return True
        self.kill(signal.SIGKILL)  # what it left behind
        status = self.reap()
        if self.phase == "builds" and status == 0:
            self.run()
            return False
        self.end(status)
        return True

    def fit_views(self, status):
        """Views of the waves, opened on the tile and the cycle of a mismatch."""
        command = [sys.executable, "scripts/waves.py", "fit", f"{self.test.rel}/wave.fst"]
        text = read_log(self.test)
        tile, cycle = TILE.search(text), CYCLE.findall(text)
        if status and tile and cycle:
            command += [f"{tile[1]},{tile[2]}", cycle[-1]]
        subprocess.run(command, cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT, check=False)

    def kill(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def stop(self, reason):
        """Ends it. A runner within a test has sessions of its own to end: ask it first."""
        self.result.reason = reason
        if self.process and self.process.returncode is None:
            self.kill(signal.SIGTERM)
            late = time.monotonic() + GRACE
            while time.monotonic() < late and group_lives(self.process.pid):
                time.sleep(0.05)
            self.kill(signal.SIGKILL)
            self.reap()
        self.end(None)

    def reap(self):
        """The exit code; counts the processor time, which no other work lengthens."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.result.cpu += usage.ru_utime + usage.ru_stime
        return self.process.returncode

    def end(self, status):
        result, test = self.result, self.test
        built = self.phase != "builds"
        self.phase = "ended"
        if not built:
            result.reason = result.reason or "the build failed"
        else:
            result.time = time.monotonic() - self.began
            if status is not None and status < 0:
                result.reason = f"ended by signal {signal.Signals(-status).name}"
            elif status and status != SKIP:
                result.reason = f"exit {status}"
        if built and self.waves and (test.dir / "wave.fst").exists():
            self.fit_views(status)
        self.log.close()
        judge(result, read_log(test), status == SKIP and built)
        self.lock.close()


def read_log(test):
    return (test.dir / "run.log").read_text(encoding="utf-8", errors="replace")


def judge(result, text, skips):
    """Reads the log: counts, and the reason when the test failed or could not run."""
    mismatches = 0
    last = (text.rstrip().splitlines() or [""])[-1]
    if result.test.kind == "run":
        found = RUN_LINE.findall(text)
        if found:
            result.checks = int(found[-1][0].replace(",", ""))
            mismatches = int(found[-1][1].replace(",", ""))
    elif last.startswith("PASS "):
        found = PASS_LINE.findall(last)
        result.checks = int(found[-1][1]) if found else 0
    said = next((found for found in (p.search(text) for p in REASONS) if found), None)
    if result.reason:
        if said:
            result.reason += ": " + said.group(0).strip()
    elif skips:
        why = SKIP_LINE.match(last)
        result.state = "skip" if why else "FAIL"
        result.reason = why.group(2) if why else f"exit {SKIP}, no last line SKIP <name> <why>"
        return
    elif mismatches:
        result.reason = f"{mismatches} mismatches" + (": " + said.group(0).strip() if said else "")
    elif result.checks == 0:
        result.reason = "no PASS line with a check count above zero"
    if not result.reason:
        result.state, result.parts = "pass", PART_LINE.findall(text)
    cycles = (CYCLES if result.state == "pass" else CYCLE).findall(text)
    if cycles:
        result.cycles = "".join(cycles[-1])
