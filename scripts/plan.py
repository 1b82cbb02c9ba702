# SPDX-License-Identifier: Apache-2.0
"""A plan: jobs that may run in any order, on any machine that sees this folder, and the record that
each leaves (docs/reference/plan.md). Runners are in scripts/runners.py.

FOLDER/plan.jsonl   a line that says what the plan is, then a line a job
FOLDER/JOB.json     the record of a job that has ended, whole or not there
FOLDER/merge.json   the plan is over: all records were good and what they add up to is written
"""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent
FORMAT = "ohmic-plan-1"
RECORD = "ohmic-job-1"
MERGED = "merge"  # no job has this name


class PlanError(Exception):
    """Records that are missing, there twice, of something else, or failed."""


def content_key(*paths):
    """A key of what files and folders hold, by which records of other inputs are told apart."""
    total = hashlib.sha256()
    for top in sorted(str(p) for p in paths if p):
        files = sorted(pathlib.Path(top).rglob("*")) if os.path.isdir(top) else [top]
        for path in files:
            if os.path.isfile(path):
                total.update(os.path.relpath(path, top).encode() + b"\0")
                with open(path, "rb") as f:
                    total.update(hashlib.file_digest(f, "sha256").digest()
                                 if hasattr(hashlib, "file_digest")
                                 else hashlib.sha256(f.read()).digest())
    return total.hexdigest()[:16]


def write_whole(path, text):
    """A file that others never see half of, whoever else writes it."""
    part = f"{path}.{os.uname().nodename}.{os.getpid()}"
    with open(part, "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(part, path)


def job(name, command, **more):
    """A line of a plan. In the command {json} becomes where the job's own JSON goes, {dir} a folder
    of its own. more: seed, range (first and count), cost (seconds), limit (seconds, 0: none), build
    (a command that must have run before, one at a time), env, log, result (a JSON file that the
    command leaves elsewhere), answers (exit codes that are no failure), lock (a file that one job
    at a time may hold)."""
    if not name or "/" in name or name == MERGED:
        raise ValueError(f"job '{name}', expected a name for a file")
    return {"job": name, "command": command, "seed": 0, "range": None, "cost": 0.0, **more}


class Plan:
    def __init__(self, folder, name, jobs, key="", merge=None):
        """key: of the inputs. merge: the command that writes what the records add up to; None: the
        process that made the plan does it."""
        self.folder = pathlib.Path(folder)
        self.head = {"format": FORMAT, "plan": name, "key": key, "merge": merge}
        self.jobs = {line["job"]: line for line in jobs}
        self.lock = None
        if len(self.jobs) != len(jobs):
            raise ValueError(f"plan {name}: two jobs of one name")

    @property
    def name(self):
        return self.head["plan"]

    @property
    def path(self):
        return self.folder / "plan.jsonl"

    @classmethod
    def read(cls, folder):
        with open(pathlib.Path(folder) / "plan.jsonl", encoding="utf-8") as f:
            head, *jobs = [json.loads(line) for line in f]
        if head.get("format") != FORMAT:
            raise PlanError(f"{folder}/plan.jsonl: format '{head.get('format')}', "
                            f"expected {FORMAT}")
        return cls(folder, head["plan"], jobs, head["key"], head["merge"])

    def begin(self, resume=True):
        """Writes the plan, unless an unfinished one of the same inputs is there: that one goes on.
        Returns the plan to run. PlanError: another process runs it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PlanError(f"another process runs the plan in {self.folder}") from None
        with contextlib.suppress(OSError, ValueError, KeyError, PlanError):
            old = Plan.read(self.folder)
            # A run may have been divided in another way; what is there of it is still good.
            same = old.head == self.head and (self.head["merge"] or old.jobs == self.jobs)
            if resume and same and not self.record_path(MERGED).exists():
                old.drop_bad()
                old.lock = self.lock
                return old
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()
        write_whole(self.path, "".join(json.dumps(x, ensure_ascii=False) + "\n"
                                       for x in [self.head, *self.jobs.values()]))
        return self

    def release(self):
        """Others may run the plan."""
        if self.lock:
            self.lock.close()
            self.lock = None

    def digest(self, line):
        text = json.dumps([self.head["key"], line], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def record_path(self, name):
        return self.folder / f"{name}.json"

    def record(self, name):
        """The record of a job; None: there is none that can be read."""
        try:
            return json.loads(self.record_path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def is_good(self, name):
        record = self.record(name)
        return (record is not None and record.get("digest") == self.digest(self.jobs[name])
                and record.get("status") == 0)

    def left(self):
        """Jobs without a record."""
        return [line for name, line in self.jobs.items() if not self.record_path(name).exists()]

    def drop_bad(self):
        """Jobs that failed, or were of another line, run again."""
        for name in self.jobs:
            if not self.is_good(name):
                self.record_path(name).unlink(missing_ok=True)

    def collect(self):
        """The records by job, or a PlanError that names all that is wrong with them."""
        found, wrong = {}, []
        for path in sorted(self.folder.glob("*.json")):
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                name = record["job"]
            except (OSError, ValueError, KeyError, TypeError):
                wrong.append(f"inconsistent: {path} is no record of a job")
                continue
            if name == MERGED:
                continue
            if name not in self.jobs:
                wrong.append(f"inconsistent: {path}: job {name} is not in {self.path}")
            elif name in found:
                wrong.append(f"duplicate: {path}: job {name} has another record, too")
            elif record.get("digest") != self.digest(self.jobs[name]):
                wrong.append(f"inconsistent: {path}: of another command, or of other inputs")
            elif record.get("status") != 0:
                said = f": {record['said']}" if record.get("said") else ""
                wrong.append(f"failed: {name}: {record.get('reason')}{said} "
                             f"(log: {record.get('log')})")
            found.setdefault(name, record)
        wrong += [f"missing: {name} has left no record" for name in self.jobs if name not in found]
        if wrong:
            raise PlanError("\n".join(wrong))
        return found

    def finish(self, more=None):
        """The plan is over; the next one begins anew."""
        self.release()
        write_whole(self.record_path(MERGED),
                    json.dumps({"format": RECORD, "job": MERGED, "status": 0, **(more or {})})
                    + "\n")
