# SPDX-License-Identifier: Apache-2.0
"""Plans and runners (scripts/plan.py, runners.py, run.py). A run in parts is the run of one
process, byte for byte; records that are missing, there twice or of something else are named; what
is killed runs again.

  check.py OUT parts CONFIG MESH BACKEND COUNT PARTS NETWORK DATA LABELS [OPTION...]
  check.py OUT records CONFIG MESH     with what `parts` of digits has left in OUT/parts
  check.py OUT jobs
The last line is `PASS plan <n> checks`.
"""
import contextlib
import filecmp
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts"))

# pylint: disable=wrong-import-position
import run  # noqa: E402
from plan import Plan, PlanError, job  # noqa: E402
from runners import Watch, run_all, runner_of  # noqa: E402

BUILD = "sim/out/build"
FILES = ("predictions.csv", "scores.csv", "layers.json", "energy.csv", "mesh.svg", "run.log")
checks = 0


def check(good, what):
    global checks
    checks += 1
    if not good:
        print(f"FAIL plan: {what}")
        sys.exit(1)


def says(text, call):
    """The call ends with this text in its message."""
    try:
        call()
    except (PlanError, SystemExit) as why:
        check(text in str(why), f"expected '{text}', got '{why}'")
    else:
        check(False, f"no '{text}'")


def command_of(config, mesh, backend, count, net, data, labels, *options):
    return [f"{BUILD}/ohmic", "--backend", backend,
            "--rtl-lib", f"{BUILD}/{config}-{mesh}/libohm_rtl.so",
            "--tlm-lib", f"{BUILD}/libohm_tlm.so", "--energy", "sim/configs/energy.txt",
            "--net", net, "--data", data, *(["--labels", labels] if labels else []),
            "--config", config, "--mesh", mesh, "--count", count, *options]


def one_process(command, facts, out):
    """The run that parts are held against, under the name that theirs will have."""
    subprocess.run([*command, "--timed", str(facts["timed"]), "--out", out], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.rmtree(f"{out}.one", ignore_errors=True)
    os.rename(out, f"{out}.one")


def parts(out, config, mesh, backend, count, number, *rest):
    command = command_of(config, mesh, backend, count, *rest)
    facts = run.facts_of(command)
    check("alone" not in facts, f"it can be divided: {facts}")
    ranges = run.ranges(facts, int(number))
    check(len(ranges) > 1 and ranges[0][0] == facts["first"]
          and sum(n for _, n in ranges) == facts["count"], f"parts of the run: {ranges}")
    target = f"{out}/parts"
    one_process(command, facts, target)
    for runner in ("local:2", "local:1") if backend == "model" else ("local:2",):
        plan, _ = run_all(run.plan_of(command, facts, ranges, 1e-3, 0.1, target), runner, "plan",
                          "images")
        check(run.put_together(plan) == 0, "the parts are put together")
        for name in FILES:
            check(filecmp.cmp(f"{target}/{name}", f"{target}.one/{name}", shallow=False),
                  f"{target}/{name} is that of one process, {target}.one/{name}")


def change(path, **fields):
    record = json.loads(path.read_text())
    record.update(fields)
    path.write_text(json.dumps(record))


def merged(plan, folder):
    """What ohmic says of these records."""
    command = [str(folder) if word == str(plan.folder) else word for word in plan.head["merge"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def records(out, config, mesh):
    """Each way in which records can be wrong, told by the plan and by ohmic."""
    good = Plan.read(f"{out}/parts/jobs")
    names = list(good.jobs)
    folder = pathlib.Path(out) / "wrong"
    check(merged(good, good.folder)[0] == 0, "good records")

    def fresh():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(good.folder, folder)
        (folder / "merge.json").unlink()
        plan = Plan.read(folder)
        return plan, plan.record_path(names[0]), plan.record_path(names[1])

    plan, _, second = fresh()
    second.unlink()
    says(f"missing: {names[1]}", plan.collect)
    code, said = merged(good, folder)
    check(code == 1 and "missing: no part has image" in said, f"missing: {said}")
    plan, _, second = fresh()
    shutil.copy(second, folder / "copy.json")
    says(f"duplicate: {folder}/{names[1]}.json", plan.collect)
    code, said = merged(good, folder)
    check(code == 1 and "duplicate: image" in said, f"duplicate: {said}")
    plan, first, second = fresh()
    change(second, digest="0" * 16)
    says("inconsistent: ", plan.collect)
    plan, first, second = fresh()
    change(second, result={**json.loads(second.read_text())["result"], "key": "0" * 16})
    code, said = merged(good, folder)
    check(code == 1 and "inconsistent: of run 0000" in said, f"inconsistent: {said}")
    plan, first, second = fresh()
    change(second, status=1, reason="exit 1", said="FAIL of a check")
    says("failed: " + names[1] + ": exit 1: FAIL of a check", plan.collect)
    plan, first, second = fresh()
    first.write_text(first.read_text()[:500])
    says("is no record of a job", plan.collect)
    # What is missing runs again, nothing else.
    plan, first, second = fresh()
    (folder / "merge.json").unlink(missing_ok=True)
    second.unlink()
    before = first.stat().st_mtime_ns
    plan, _ = run_all(plan, "local:2", "plan", "images")
    check(first.stat().st_mtime_ns == before and second.exists(), "only what is missing runs")
    check(merged(good, folder)[0] == 0, "the rest was run")
    # Part that is no whole step; options that keep a run in one process.
    command = plan.jobs[names[0]]["command"]
    for option, text in ((["--part", "5:7:x"], "whole steps"), (["--part", "0"], "expected FIRST"),
                         (["--no-check"], "--no-check"), (["--reload"], "--reload")):
        done = subprocess.run([w.replace("{json}", "x").replace("{dir}", str(folder / "d"))
                               for w in command + option], capture_output=True, text=True,
                              check=False)
        check(done.returncode == 2 and text in done.stderr, f"{option}: {done.stderr}")
    facts = run.facts_of(command_of(config, mesh, "golden", "1", "sim/networks/digits-16-16-10",
                                    "sim/data/digits/test-images-4x4.npy", ""))
    check(facts.get("alone") == "--backend golden", f"alone: {facts}")


class Quiet(Watch):
    def say(self, text):
        self.heard = getattr(self, "heard", "") + text + "\n"


def runs(plan, runner):
    watch = Quiet(plan, "plan", "jobs")
    return runner_of(plan, runner, watch).run(), watch


def jobs(out, runners):
    """Jobs that fail, are late or are killed, with each runner."""
    for runner in runners:
        folder = pathlib.Path(out) / "jobs"
        shutil.rmtree(folder, ignore_errors=True)
        mark = (folder / "mark").resolve()
        dies_once = f"test -e {mark} || {{ : >{mark}; kill -KILL $$; }}; echo '{{}}' >{{json}}"
        plan = Plan(folder, "jobs", [
            job("good", ["sh", "-c", "echo '{\"a\": 1}' >{json}"]),
            job("answer", ["sh", "-c", "echo no room; exit 2"], answers=[2]),
            job("fails", ["sh", "-c", "echo FAIL here; echo more; exit 3"]),
            job("late", ["sleep", "60"], limit=1),
            job("silent", ["sh", "-c", ": {json}"]),
            job("once", ["sh", "-c", dies_once]),
            job("dies", ["sh", "-c", "kill -KILL $$"])]).begin()
        number, watch = runs(plan, runner)
        check(number == 0, f"{runner}: ended by {number}")
        record = plan.record
        check(record("good")["status"] == 0 and record("good")["result"] == {"a": 1}, "good")
        check(record("answer")["exit"] == 2 and record("answer")["said"] == "no room", "answer")
        check(record("fails")["exit"] == 3 and record("fails")["said"] == "FAIL here", "fails")
        check("no end within" in record("late")["reason"], f"late: {record('late')}")
        check("no JSON" in record("silent")["reason"], f"silent: {record('silent')}")
        check(record("once")["status"] == 0, f"{runner}: once: {record('once')}")
        check("again" in watch.heard or "2. time" in watch.heard, f"{runner}: {watch.heard}")
        says("dies", plan.collect)
        says("another process runs the plan", Plan(folder, "jobs", []).begin)
        plan.release()
    with contextlib.suppress(ValueError):
        job("a/b", [])
        check(False, "a name that is no file's")
    for bad in ("cloud", "local:0", "slurm:x"):
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.suppress(SystemExit):
            runner_of(plan, bad, None)
        check(f"RUNNER={bad}, expected" in said.getvalue(), f"{bad}: {said.getvalue()}")


def main():
    os.chdir(ROOT)
    os.environ["OHM_LIMIT_SCALE"] = "1"
    out, what, *rest = sys.argv[1:]
    signal.alarm(900)
    if what == "jobs":
        jobs(out, rest)
    else:
        {"parts": parts, "records": records}[what](out, *rest)
    print(f"PASS plan {checks} checks")


if __name__ == "__main__":
    main()
