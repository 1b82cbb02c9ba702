#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One page that shows a run and the regression, and the same as JSON.

  report.py --out DIR [--run DIR [--failed]] [--tests DIR] [--before report.json]
--run: what ohmic left; --failed: it did not end well, whatever its log says, which is that of an
earlier run where a part of a divided one failed; --tests: where regress.py keeps its history and
logs (sim/out).
Writes DIR/report.html, which needs no other file, no script and no network, and DIR/report.json,
which a later --before compares with. Says the verdict; exit 0 also when the verdict is a failure,
as whoever made the run has said so already.
"""
import argparse
import datetime
import json
import pathlib
import platform
import re
import subprocess
import sys

import report_figures as figures
from report_page import page

ROOT = pathlib.Path(__file__).resolve().parent.parent
FORMAT = "ohmic-report-1"
LINES = 200  # of a log, from its end, that the page shows
TOOLS = {"gcc": ["gcc", "-dumpfullversion"], "verilator": ["verilator", "--version"],
         "yosys": ["yosys", "-V"], "z3": ["z3", "--version"], "iverilog": ["iverilog", "-V"]}
CHECKED = re.compile(r"VMMs checked\W+([\d,]+)[^\n]*mismatches\W+0\b")


def stop(message):
    sys.exit(f"report.py: {message}")


def said_by(command):
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                              timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def project():
    """Version and commit; a + behind the commit: files of it were changed."""
    commit = said_by(["git", "rev-parse", "--short=12", "HEAD"])
    changed = commit and said_by(["git", "status", "--porcelain", "--untracked-files=no"])
    return {"version": (ROOT / "VERSION").read_text(encoding="utf-8").strip(),
            "commit": commit + ("+" if changed else "")}


def tools():
    out = {"python": platform.python_version(), "system": platform.platform()}
    for name, command in TOOLS.items():
        number = re.search(r"\d+(\.\d+)+", said_by(command))
        out[name] = number.group(0) if number else "not there"
    return out


def failure(log):
    """The lines of a failure as ohmic writes them: the reason, and the command that repeats it."""
    lines = log[log.index("FAIL  "):].splitlines()
    rerun, taken = [], False
    for line in lines:
        if "rerun: " in line:
            rerun, taken = [line.split("rerun: ", 1)[1]], True
        elif taken and rerun[-1].endswith("\\"):
            rerun.append(line.strip())
    return lines[0][len("FAIL  "):], " ".join(part.rstrip("\\ ") for part in rerun)


def read_run(directory, failed=False):
    """A run by its log, which each run begins anew; its other files count only when the log names
    them, as those of an earlier run stay where one fails."""
    try:
        log = (directory / "run.log").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        stop(f"{directory}/run.log: {error.strerror}, expected what make run leaves there")
    run = {"directory": str(directory), "log": "".join(log.splitlines(True)[-LINES:]),
           "layers": None, "metrics": {}, "command": ""}
    checked = CHECKED.search(log)
    if failed and "FAIL  " not in log:
        run["verdict"], run["log"] = "fail", ""
        run["reason"] = f"a part of the run failed: {directory}/jobs has the logs of all parts"
    elif log.startswith("FAIL  ") or "\nFAIL  " in log:
        run["verdict"], (run["reason"], run["command"]) = "fail", failure(log)
    elif not checked:
        run["verdict"], run["reason"] = "fail", "nothing was checked"
    else:
        count = int(checked[1].replace(",", ""))
        run["verdict"] = "pass" if count else "fail"
        run["reason"] = f"{count:,} VMMs checked, none differs"
    if run["verdict"] == "pass" and "\nleft       predictions.csv" in log:
        run["layers"] = json.loads((directory / "layers.json").read_text(encoding="utf-8"))
        run["metrics"] = figures.read_run(directory, run["layers"])
        run["command"] = " ".join(run["layers"].pop("command").replace("\\\n", " ").split())
    return run


def network_runs(directory, tests):
    """The figures of the networks that ran as tests."""
    rows = []
    for key, test in tests.items():
        path = directory / key / "out/layers.json"
        if test["kind"] != "run" or test["state"] != "pass" or not path.exists():
            continue
        layers = json.loads(path.read_text(encoding="utf-8"))
        rows.append({"test": key, **{k: layers.get(k) for k in (
            "network", "configuration", "device", "images", "accuracy_chip", "accuracy_software",
            "cycles_per_image", "energy_nj_per_image", "vmms_checked")}})
    return rows


def read_log(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def read_tests(directory):
    """The last run of the regression with what its tests left, and the runs before it."""
    runs = figures.history(directory / "history.jsonl")
    if not runs:
        return None
    last = runs[-1]
    logs = [read_log(directory / key / "run.log") for key, test in last["tests"].items()
            if test["state"] == "pass"]
    return {**last, "before": runs[:-1], "networks": network_runs(directory, last["tests"]),
            "proofs": figures.proofs(logs), "crosses": figures.crosses(logs)}


def read_mutation(directory):
    """Scores of modules, as scripts/mutate.py leaves them."""
    modules = {path.stem: json.loads(path.read_text(encoding="utf-8"))
               for path in sorted((directory / "mutate").glob("*.json"))}
    return {"modules": modules} if modules else None


def write(path, text):
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def make(out, run=None, tests=None, before=None, failed=False):
    """Writes both files; returns where the page is, and whether all on it is well."""
    earlier = None
    if before:
        try:
            earlier = json.loads(before.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            stop(f"{before}: {error}, expected a report.json")
        if not isinstance(earlier, dict) or earlier.get("format") != FORMAT:
            stop(f"{before}: format, expected \"{FORMAT}\"")
    report = {"format": FORMAT,
              "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M"),
              "project": project(), "tools": tools(),
              "run": read_run(run, failed) if run else None,
              "tests": read_tests(tests) if tests else None,
           "mutation": read_mutation(tests) if tests else None}
    if report["tests"]:
        report["proofs"] = report["tests"].pop("proofs")
    if not report["run"] and not report["tests"]:
        stop("nothing to report: neither a run nor a regression, expected make run or make test "
             "before")
    report["difference"] = figures.difference(earlier, report) if earlier else None
    well = all(part is None or part["verdict"] == "pass"
               for part in (report["run"], report["tests"]))
    out.mkdir(parents=True, exist_ok=True)
    write(out / "report.json", json.dumps(report, indent=1) + "\n")
    write(out / "report.html", page(report))
    return out / "report.html", well


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.error = stop
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--run", type=pathlib.Path)
    parser.add_argument("--failed", action="store_true")
    parser.add_argument("--tests", type=pathlib.Path)
    parser.add_argument("--before", type=pathlib.Path)
    args = parser.parse_args()
    path, well = make(args.out, args.run, args.tests, args.before, args.failed)
    print(f"report     {path} ({'all passed' if well else 'NOT all passed'})")


if __name__ == "__main__":
    main()
