#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One job of a plan (scripts/plan.py): builds what it needs, runs it within its limit, leaves its
record. On a node of a cluster:

  jobs.py FOLDER CHUNK    the jobs of a line of FOLDER/chunks.txt, one after the other
  jobs.py FOLDER --merge  the plan's own command once every record is there and good

Jobs that have a good record are passed over, so a chunk that was cut off goes on where it stood.
"""
import fcntl
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time
import zlib

from plan import MERGED, RECORD, ROOT, Plan, PlanError, write_whole

BUILD = "sim/out/build"
BUILD_LIMIT = 900  # seconds; Verilator
GRACE = 3          # seconds from the request to end to the end by force
# What ends a process from outside: the machine ran out of memory, the node went down.
KILLED = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGPWR)


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


class Job:
    """A job under way. Never waits: `look` says whether it has ended, `stop` ends it."""

    def __init__(self, plan, line, scale=1, threads=0):
        self.plan, self.line, self.scale, self.threads = plan, line, scale, threads
        self.name, self.process = line["job"], None
        self.phase, self.began = "waits", time.monotonic()
        self.cpu = self.time = 0.0
        self.reason, self.status, self.killed = "", None, False
        self.own = plan.folder / self.name  # {dir}
        # Of this process alone: a job that a lost node still runs may run elsewhere, too.
        self.json = plan.folder / f"{self.name}.{socket.gethostname()}.{os.getpid()}.result"
        self.progress = plan.folder / f"{self.name}.progress"
        self.log_path = pathlib.Path(line.get("log") or plan.folder / f"{self.name}.log")
        self.log = None
        (ROOT / self.log_path).parent.mkdir(parents=True, exist_ok=True)
        if not line.get("build"):
            self.phase = "ready"
        self.lock = None
        if line.get("lock"):
            self.lock = open(ROOT / line["lock"], "w", encoding="utf-8")
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.reason = "another run of this job is under way in this tree"
                self.phase = "taken"
                return
        self.log = open(ROOT / self.log_path, "w", encoding="utf-8", errors="replace")

    def start(self, command, phase, limit, env=None):
        self.phase, self.limit, self.began = phase, limit, time.monotonic()
        # A session of its own, so that its children can be ended with it.
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=self.log,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        start_new_session=True)

    def build(self):
        (ROOT / BUILD).mkdir(parents=True, exist_ok=True)
        # The lock holds against jobs that run make themselves, too.
        self.start(["flock", f"{BUILD}/lock", *self.line["build"]], "builds", BUILD_LIMIT)

    def run(self):
        # Not the flags of the make that started us: a job that runs make would inherit its job
        # server and its variables. A line says which variables of make its job has.
        env = {k: v for k, v in os.environ.items()
               if k not in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "CONFIG", "MESH")}
        env.update(OHM_LIMIT_SCALE=str(self.scale), **self.line.get("env", {}))
        env.pop("OHM_PROGRESS", None)  # of a job that has started this one's runner
        if self.line["range"]:
            env["OHM_PROGRESS"] = str(self.progress.resolve())
        if self.threads:
            env["OHM_THREADS"] = str(self.threads)
        command = [word.replace("{json}", str(self.json)).replace("{dir}", str(self.own))
                   for word in self.line["command"]]
        print("+ " + " ".join(command), file=self.log, flush=True)
        self.start(command, "runs", self.line.get("limit") or 0, env)

    def look(self):
        """Is it over? Starts what follows a build, ends what is late."""
        if self.phase == "taken":
            self.phase = "ended"
        if self.phase in ("ended", "waits", "ready"):
            return self.phase == "ended"
        # Not reaped yet, so that the group's number stays its own until its last process is gone.
        if not os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if not self.limit or time.monotonic() - self.began < self.limit * self.scale:
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

    def done(self):
        """Images that have ended so far, as the job tells; 0: it does not."""
        try:
            return int(self.progress.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0

    def kill(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def stop(self, reason):
        """Ends it. A runner within a job has sessions of its own to end: ask it first."""
        self.reason = reason
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
        self.cpu += usage.ru_utime + usage.ru_stime
        return self.process.returncode

    def end(self, status):
        built = self.phase != "builds"
        self.phase, self.status = "ended", status
        if not built:
            self.reason = self.reason or "the build failed"
            self.status = None
        else:
            self.time = time.monotonic() - self.began
            if status is not None and status < 0:
                self.killed = -status in KILLED
                self.reason = f"ended by signal {signal.Signals(-status).name}"
            elif status:
                self.reason = f"exit {status}"
        self.progress.unlink(missing_ok=True)
        for file in (self.log, self.lock):
            if file:
                file.close()

    def said(self):
        """What it says of its failure: its first line FAIL, else its last one."""
        text = (ROOT / self.log_path).read_text(encoding="utf-8", errors="replace")
        lines = [x for x in text.splitlines() if x.strip() and not x.startswith("+ ")]
        failures = [x for x in lines if x.startswith("FAIL")]
        return (failures or lines[-1:] or [""])[0].strip()

    def result(self):
        """What the command has left, or None."""
        path = self.line.get("result") or (
            self.json if any("{json}" in word for word in self.line["command"]) else None)
        if self.status != 0 or not path:
            return None
        try:
            return json.loads((ROOT / path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as why:
            self.status, self.reason = 1, f"no JSON: {why}"
            return None

    def leave_record(self):
        """The job's one JSON, with what its command has left in it."""
        result, code = self.result(), self.status
        self.json.unlink(missing_ok=True)
        said = self.said() if self.status and self.status > 0 else ""
        if code in self.line.get("answers", []):
            self.status = 0
        record = {"format": RECORD, "job": self.name, "digest": self.plan.digest(self.line),
                  "status": -1 if self.status is None else self.status, "exit": code,
                  "reason": self.reason, "said": said,
                  "host": socket.gethostname(), "seconds": round(self.time, 3),
                  "cpu": round(self.cpu, 3), "log": str(self.log_path), "result": result}
        write_whole(self.plan.record_path(self.name), json.dumps(record) + "\n")
        return record


def run_chunk(plan, names):
    """The jobs of a chunk. A job that was killed leaves no record: who waits for it tries again."""
    for name in names:
        if plan.is_good(name):
            continue
        given = os.environ.get("OHM_LIMIT_SCALE", "")
        limited = plan.jobs[name].get("limit")
        task = Job(plan, plan.jobs[name],
                   int(given) if given else slowness() if limited else 1,
                   int(os.environ.get("OHM_THREADS") or 0))
        if task.phase == "waits":
            task.build()
        elif task.phase == "ready":
            task.run()
        while not task.look():
            time.sleep(0.05)
        if not task.killed:
            task.leave_record()


def merge(plan):
    try:
        plan.collect()
    except PlanError as why:
        sys.exit(f"{plan.path}: {why}")
    done = subprocess.run(plan.head["merge"], cwd=ROOT, check=False)
    if done.returncode == 0:
        plan.finish()
    return done.returncode


def main(folder, what):
    plan = Plan.read(folder)
    if what == f"--{MERGED}":
        return merge(plan)
    chunks = (plan.folder / "chunks.txt").read_text(encoding="utf-8").splitlines()
    run_chunk(plan, chunks[int(what)].split())
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: jobs.py FOLDER CHUNK | jobs.py FOLDER --merge")
    sys.exit(main(*sys.argv[1:]))
