# SPDX-License-Identifier: Apache-2.0
"""A test of scripts/regress.py as a job of a plan, and what its log says of it."""
import os
import re
import shlex
import subprocess
import sys

from jobs import BUILD
from plan import ROOT, job

SKIP = 77          # the exit code of a test that cannot run here; its last line says why

PASS_LINE = re.compile(r"^PASS (\S+) (\d+) (?:checks|proofs)\b", re.M)
SKIP_LINE = re.compile(r"^SKIP (\S+) (\S.*)$")
PART_LINE = re.compile(r"^  skip  (\S.*)$", re.M)  # a part of a test that passed
RUN_LINE = re.compile(r"VMMs checked\W+([\d,]+)\W+mismatches\W+([\d,]+)")
CYCLES = re.compile(r"(\d+) in all|\b([1-9]\d*) cycles\b")  # ohmic; others
CYCLE = re.compile(r"\bcycle (\d+)")                        # of a mismatch
TILE = re.compile(r"\btile \((\d+),(\d+)\)")
REASONS = [re.compile(p, re.M) for p in
           (r"^FAIL.*$", r"^.*\b(?:FAILED|ERROR|[Ee]rror|mismatch|Assertion)\b.*$")]


class Result:
    def __init__(self, test):
        self.test, self.state, self.checks, self.cycles = test, "FAIL", 0, ""
        self.time, self.reason, self.parts = 0.0, "", []
        self.cpu = 0.0  # seconds of all its processes, build included


def job_of(test, waves, cost):
    """A test's line of the plan."""
    env = {"SEED": str(test.seed), "WAVES": str(int(waves)), "OUT": test.out_rel}
    build = None
    if test.mesh:
        env.update(CONFIG=test.config, MESH=test.mesh)
        # ohmic and the Verilated chip of the test; make knows what is out of date.
        build = ["make", "-s", f"-j{os.cpu_count()}", "build", f"CONFIG={test.config}",
                 f"MESH={test.mesh}", f"WAVES={int(waves)}"]
    command = shlex.split(test.args)
    if test.kind == "run":
        chip = f"{test.config}-{test.mesh}{'-waves' if waves else ''}"
        command = [f"{BUILD}/ohmic", "--rtl-lib", f"{BUILD}/{chip}/libohm_rtl.so",
                   "--config", test.config, "--mesh", test.mesh, "--seed", str(test.seed),
                   "--out", test.out_rel] + command
        if waves:
            command += ["--waves", f"{test.rel}/wave.fst"]
    (test.dir / "out").mkdir(parents=True, exist_ok=True)
    return job(test.key, command, seed=test.seed, cost=cost, limit=test.limit, build=build, env=env,
               log=f"{test.rel}/run.log", lock=f"{test.rel}/lock")


def fit_views(test, status):
    """Views of the waves, opened on the tile and the cycle of a mismatch."""
    command = [sys.executable, "scripts/waves.py", "fit", f"{test.rel}/wave.fst"]
    text = read_log(test)
    tile, cycle = TILE.search(text), CYCLE.findall(text)
    if status and tile and cycle:
        command += [f"{tile[1]},{tile[2]}", cycle[-1]]
    with open(test.dir / "run.log", "a", encoding="utf-8") as log:
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False)


def result_of(test, record, waves):
    """What the record of a test's job and its log say."""
    result = Result(test)
    result.time, result.cpu, result.reason = record["seconds"], record["cpu"], record["reason"]
    status = record["exit"]
    if waves and record["seconds"] and (test.dir / "wave.fst").exists():
        fit_views(test, status)
    if status == SKIP:
        result.reason = ""
    judge(result, read_log(test), status == SKIP)
    return result


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
