# SPDX-License-Identifier: Apache-2.0
"""Runs the jobs of a plan (scripts/plan.py), each by one of these:

  local[:N]        processes on this machine, as many as cores, or N
  slurm[:N]        a Slurm array, at most N jobs at once (64); SBATCH_… variables go to sbatch
  parallel[:LIST]  GNU parallel, on the hosts of LIST (its --sshlogin: 8/node1,8/node2), or here

All hosts see the project under the same path. Jobs that are cheap share a chunk of CHUNK seconds at
least where starting one costs. A job that is killed, or lost with its node, runs again, twice;
then it is named. Ctrl-C ends the jobs; the same command goes on where they were.
"""
import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import types

from jobs import Job
from plan import MERGED, ROOT, PlanError
from progress import Line, span

CHUNK = int(os.environ.get("OHM_CHUNK") or 20)  # seconds
SYSTEM_CONF = pathlib.Path("/etc/slurm/slurm.conf")
ATTEMPTS = 3  # of a job that is killed
POLL = 1      # seconds between two looks at a queue


def bad(text):
    print(f"RUNNER={text}, expected local[:N], slurm[:N] or parallel[:SSHLOGINS]", file=sys.stderr)
    sys.exit(2)


def cores():
    return len(os.sched_getaffinity(0))


def parse(text):
    """(kind, number of jobs at once, hosts)"""
    kind, _, rest = (text or "local").partition(":")
    if kind not in ("local", "slurm", "parallel"):
        bad(text)
    if kind == "parallel":
        hosts = rest or ":"
        return kind, sum(int(re.match(r"(\d*)/?", h)[1] or 0) or cores()
                         for h in hosts.split(",")), hosts
    if rest and not (rest.isdigit() and int(rest) > 0):
        bad(text)
    return kind, int(rest) if rest else 64 if kind == "slurm" else cores(), ""


class Watch:
    """What a runner tells of its jobs; tests have a watch of their own. Counts images, or jobs."""

    def __init__(self, plan, label, unit):
        self.plan, self.label, self.unit = plan, label, unit
        self.line = Line(sys.stderr)
        self.began = time.monotonic()
        self.total = sum(self.size(line) for line in plan.jobs.values())
        self.before = self.count()

    @staticmethod
    def size(line):
        return line["range"][1] if line["range"] else 1

    def count(self):
        """What is there, also of jobs that are under way."""
        done = 0
        for name, line in self.plan.jobs.items():
            if self.plan.record_path(name).exists():
                done += self.size(line)
            elif line["range"]:
                try:
                    done += int((self.plan.folder / f"{name}.progress").read_text() or 0)
                except (OSError, ValueError):
                    pass
        return done

    def started(self, job):
        pass

    def ended(self, job, record):
        if record["status"]:
            self.say(f"{self.label}: {job.name}: {record['reason']}: {record['said']}")

    def say(self, text):
        self.line.clear()
        print(text, file=sys.stderr, flush=True)

    def status(self):
        passed, done = time.monotonic() - self.began, self.count()
        text = (f"{self.label}: {done} of {self.total} {self.unit} "
                f"({100 * done // max(1, self.total)} %), {span(passed)}")
        new = done - self.before
        if new <= 0:
            return text
        rate = new / passed
        each = f"{rate:.1f} {self.unit}/s" if rate >= 1 else f"{1 / rate:.1f} s each"
        return f"{text}, {each}, about {span((self.total - done) / rate)} left"

    def show(self):
        if self.line.due():
            self.line.show(self.status())


class Local:
    """Processes on this machine.

    Half of the workers take the cheapest job that is left, so that a failure shows while it is
    cheap; the others the dearest, so that none is left for the end. One build at a time: it has all
    cores.
    """

    def __init__(self, plan, at_once, watch, scale=1, threads=None):
        """threads: of each job, 0: as many as it likes; None: what makes use of all cores."""
        self.plan, self.at_once, self.watch, self.scale = plan, max(1, at_once), watch, scale
        self.waiting = sorted(plan.left(), key=lambda line: line["cost"])
        places = min(self.at_once, max(1, len(self.waiting)))
        self.threads = max(1, cores() // places) if threads is None else threads
        self.active, self.tried = [], {}
        self.ended_by = 0  # a signal

    def interrupt(self, number, _frame):
        if self.ended_by:  # the second time: at once
            for job in self.active:
                if job.process:
                    job.kill(signal.SIGKILL)
            os._exit(128 + number)
        self.ended_by = number

    def fill(self):
        while self.waiting and len(self.active) < self.at_once:
            dear_ones = sum(job.dear for job in self.active)
            take_dear = self.at_once > 1 and dear_ones < self.at_once // 2
            order = self.waiting[::-1] if take_dear else self.waiting
            builds = any(job.phase in ("builds", "waits") for job in self.active)
            line = next((x for x in order if not (builds and x.get("build"))), order[0])
            self.waiting.remove(line)
            job = Job(self.plan, line, self.scale, self.threads)
            job.dear = take_dear
            self.active.append(job)
            self.watch.started(job)

    def step(self):
        self.fill()
        for job in list(self.active):
            if job.phase == "ready":
                job.run()
            elif job.phase == "waits" and not any(x.phase == "builds" for x in self.active):
                job.build()
            if job.look():
                self.active.remove(job)
                self.over(job)

    def over(self, job):
        tries = self.tried[job.name] = self.tried.get(job.name, 0) + 1
        if job.killed and tries < ATTEMPTS:
            self.watch.say(f"{job.name}: {job.reason}: again")
            self.waiting.insert(0, job.line)
            return
        if job.killed and tries > 1:
            job.reason += f", {tries} times"
        self.watch.ended(job, job.leave_record())

    def run(self):
        old = {n: signal.signal(n, self.interrupt) for n in (signal.SIGINT, signal.SIGTERM)}
        while (self.waiting or self.active) and not self.ended_by:
            self.step()
            if self.active:
                self.watch.show()
            time.sleep(0.02 if len(self.tried) < 2 else 0.1)
        self.watch.line.clear()
        for job in self.active:
            job.stop("interrupted")
        for number, handler in old.items():
            signal.signal(number, handler)
        return self.ended_by


class Remote:
    """Chunks of jobs that other processes run; what they leave is all there is to see."""

    def __init__(self, plan, at_once, watch):
        self.plan, self.at_once, self.watch = plan, at_once, watch
        self.told = set()

    def chunks(self):
        """As few as make use of all places, of CHUNK seconds at least; the dearest first, so that
        the cheap ones fill what they leave."""
        left = sorted(self.plan.left(), key=lambda line: -line["cost"])
        whole = sum(line["cost"] for line in left)
        number = max(1, min(len(left), self.at_once * 4, math.ceil(whole / CHUNK)))
        chunks = [[0.0, []] for _ in range(number)]
        for line in left:
            least = min(chunks, key=lambda c: c[0])
            least[0] += line["cost"]
            least[1].append(line["job"])
        chunks = [names for _, names in chunks if names]
        (self.plan.folder / "chunks.txt").write_text(
            "".join(" ".join(names) + "\n" for names in chunks), encoding="utf-8")
        return chunks

    def command(self, what):
        return f"{sys.executable} scripts/jobs.py {shell(self.plan.folder)} {what}"

    def look(self):
        """Tells of records that have come."""
        for name, line in self.plan.jobs.items():
            record = None if name in self.told else self.plan.record(name)
            if record:
                self.told.add(name)
                self.watch.ended(types.SimpleNamespace(name=name, line=line), record)
        self.watch.show()

    def run(self):
        """0, or the signal that ended it."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            for attempt in range(ATTEMPTS):
                names = [line["job"] for line in self.plan.left()]
                if not names:
                    break
                if attempt:
                    self.watch.say(f"{self.watch.label}: killed, or lost with a node, now for the "
                                   f"{attempt + 1}. time: {' '.join(names)}")
                self.submit()
                while self.alive():
                    self.look()
                    time.sleep(POLL)
                self.look()
        except KeyboardInterrupt:
            self.cancel()
            return signal.SIGINT
        finally:
            self.watch.line.clear()
        return 0


def shell(path):
    return "'" + str(path).replace("'", "'\\''") + "'"


class Slurm(Remote):
    """An array of chunks, and behind it a job that writes what the records add up to."""

    jobs = ()

    def __init__(self, plan, at_once, watch):
        super().__init__(plan, at_once, watch)
        own = ROOT / "sim/out/cluster/slurm.conf"  # of make cluster
        if "SLURM_CONF" not in os.environ and own.exists() and not SYSTEM_CONF.exists():
            os.environ["SLURM_CONF"] = str(own)

    def sbatch(self, command, *options):
        done = subprocess.run(
            ["sbatch", "--parsable", "--requeue", f"--chdir={ROOT}", "--open-mode=append",
             *options, f"--wrap=OHM_THREADS=${{SLURM_CPUS_PER_TASK:-1}} exec {command}"],
            capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"sbatch: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip().split(";")[0]

    def submit(self):
        folder, name = self.plan.folder.resolve(), f"ohmic-{self.plan.name}"
        last = len(self.chunks()) - 1
        array = self.sbatch(self.command("$SLURM_ARRAY_TASK_ID"), f"--job-name={name}",
                            f"--array=0-{last}%{self.at_once}",
                            f"--output={folder}/slurm-%A_%a.out")
        self.jobs = [array]
        if self.plan.head["merge"]:
            self.jobs.append(self.sbatch(
                self.command(f"--{MERGED}"), f"--job-name={name}-{MERGED}",
                f"--dependency=afterany:{array}", f"--output={folder}/merge.out",
                "--open-mode=truncate"))

    def alive(self):
        done = subprocess.run(["squeue", "--noheader", "--format=%T",
                               f"--jobs={','.join(self.jobs)}"],
                              capture_output=True, text=True, check=False)
        if done.returncode and "Invalid job id" not in done.stderr:
            return True  # the controller is busy, or away for a moment
        return bool(done.stdout.split())

    def cancel(self):
        subprocess.run(["scancel", *self.jobs], check=False)


class Parallel(Remote):
    """GNU parallel, which keeps a log of its jobs beside the plan."""

    process = None

    def __init__(self, plan, at_once, watch, hosts):
        super().__init__(plan, at_once, watch)
        self.hosts = hosts

    def submit(self):
        numbers = [str(i) for i in range(len(self.chunks()))]
        self.process = subprocess.Popen(
            ["parallel", "--will-cite", f"--sshlogin={self.hosts}", f"--workdir={ROOT}",
             f"--joblog={self.plan.folder}/joblog", "OHM_THREADS=1 " + self.command("{}"), ":::",
             *numbers], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sys.stderr)

    def alive(self):
        return self.process.poll() is None

    def cancel(self):
        self.process.send_signal(signal.SIGTERM)  # twice: its jobs end, too
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def runner_of(plan, runner, watch, **local):
    """What runs what is left of a plan; its run() gives 0, or the signal that ended it."""
    kind, at_once, hosts = parse(runner)
    tool = {"slurm": "sbatch", "parallel": "parallel"}.get(kind)
    if tool and subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True,
                               check=False).returncode:
        sys.exit(f"RUNNER={runner}: no {tool} here (docs/start/cluster.md)")
    if kind == "slurm":
        return Slurm(plan, at_once, watch)
    if kind == "parallel":
        return Parallel(plan, at_once, watch, hosts)
    return Local(plan, at_once, watch, **local)


def run_all(plan, runner, label, unit):
    """The same, and the records of all jobs; ends the process when one of them is no good."""
    try:
        plan = plan.begin()
    except PlanError as why:
        sys.exit(f"{label}: {why}")
    number = runner_of(plan, runner, Watch(plan, label, unit)).run()
    if number:
        sys.exit(f"{label}: ended by signal {signal.Signals(number).name}; the same command goes "
                 "on where it was")
    try:
        return plan, plan.collect()
    except PlanError as why:
        sys.exit(f"{label}: {why}")
