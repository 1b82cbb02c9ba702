# SPDX-License-Identifier: Apache-2.0
"""The checks of tb/unit/report/run.sh, on the runs that it left."""
import json
import math
import pathlib
import subprocess
import sys
from html.parser import HTMLParser

sys.path.insert(0, "scripts")
import report_figures as figures  # noqa: E402
import report_page  # noqa: E402

OUT = pathlib.Path(sys.argv[1])
checks = 0
VOID = {"meta"}


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        sys.exit(f"FAIL report: {what}")


def near(a, b):
    return abs(a - b) < 1e-9 * max(1, abs(b))


class Page(HTMLParser):
    """Every element is closed where it was opened; collects what the checks look at."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.ids, self.refs, self.heads, self.found = [], set(), [], [], []
        self.feed(text)
        check(not self.stack, f"elements stay open: {self.stack}")

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in VOID:
            self.stack.append(tag)
        self.found.append((tag, attrs))
        if "id" in attrs:
            check(attrs["id"] not in self.ids, f"id {attrs['id']} once")
            self.ids.add(attrs["id"])
        self.refs += [attrs[k] for k in ("aria-labelledby",) if k in attrs]
        if tag == "a":
            self.refs.append(attrs["href"].removeprefix("#"))
        if tag in ("h1", "h2", "h3"):
            self.heads.append(int(tag[1]))

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        check(self.stack and self.stack.pop() == tag, f"</{tag}> closes what is open")


def look(text):
    """What a reader by keyboard or by ear needs, and nothing from outside."""
    page = Page(text)
    tags = [tag for tag, _ in page.found]
    check(not {"script", "link", "img", "iframe", "object"} & set(tags), "nothing to load")
    check("http" not in text.split("<details>")[0] and "url(" not in text, "no address")
    check(set(page.refs) <= page.ids, f"links lead nowhere: {set(page.refs) - page.ids}")
    check(page.heads[0] == 1 and page.heads.count(1) == 1
          and all(b - a <= 1 for a, b in zip(page.heads, page.heads[1:])), "headings step by one")
    check(tags.count("table") == tags.count("caption") > 0, "every table has a caption")
    check(all("scope" in a for tag, a in page.found if tag == "th"), "every head has its scope")
    check(all(a.get("aria-label") and a.get("role") == "img"
              for tag, a in page.found if tag == "svg"), "every picture has words")
    check(all(a.get("tabindex") == "0" and a.get("aria-label")
              for _, a in page.found if a.get("class") == "scroll"), "what scrolls takes the focus")
    check(dict(page.found[[t for t, _ in page.found].index("html")][1])["lang"] == "en", "language")
    return page


def metrics():
    labels = [0] * 25 + [1] * 25
    said = [0] * 20 + [1] * 5 + [0] * 10 + [1] * 15
    m = figures.classification(labels, said, 2)
    check(m["confusion"] == [[20, 5], [10, 15]] and near(m["accuracy"], 70), "confusion matrix")
    check(near(m["kappa"], 0.4), f"kappa {m['kappa']}")
    first = m["classes"][0]
    check(near(first["precision"], 20 / 30) and near(first["recall"], 0.8)
          and near(first["specificity"], 0.6) and near(first["f1"], 8 / 11), "one class")
    check(near(m["macro_recall"], 0.7), "mean recall")
    check(abs(m["interval"][0] - 56.249) < 1e-3 and abs(m["interval"][1] - 80.897) < 1e-3,
          f"interval {m['interval']}")
    m = figures.classification([0, 0, 1], [0, 0, 0], 3)
    check(m["classes"][2]["recall"] is None and m["classes"][1]["f1"] == 0,
          "a class without images")
    # Of three right answers in four at one margin, the softmax that says 3/4 is the best.
    scores = [[10, 0]] * 3 + [[10, 0]]
    loss, temperature = figures.cross_entropy(scores, [0, 0, 0, 1])
    best = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
    check(abs(loss - best) < 1e-6, f"cross-entropy {loss}, expected {best}")
    check(abs(temperature - 10 / math.log(3)) < 1e-3, f"temperature {temperature}")
    check(figures.cross_entropy([[1e6, 0]], [0])[0] < 1e-6, "all right: no loss")
    check(report_page.middle_of([1] + [0] * 10 + [2000] + [0] * 10 + [2])
          == [1] + [0] * 3 + [2000] + [0] * 3 + [2], "bins beyond go to the outermost")


def report(*options):
    done = subprocess.run([sys.executable, "scripts/report.py", *map(str, options)],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def load(name):
    return json.loads((OUT / name / "report.json").read_text(encoding="utf-8"))


def runs():
    for name in ("run1", "run2", "failed"):
        check(report("--out", OUT / name, "--run", OUT / name)[0] == 0, f"{name}: report.py")
        look((OUT / name / "report.html").read_text(encoding="utf-8"))
    one = load("run1")
    layers, m = one["run"]["layers"], one["run"]["metrics"]
    check(one["run"]["verdict"] == "pass" and layers["vmms_checked"] == 60 * layers["tiles"],
          "verdict and its count")
    check(near(m["accuracy"], layers["accuracy_chip"]), "accuracy twice")
    check(one["run"]["command"].startswith("make run NET=sim/networks/digits-16-16-10 ")
          and "SEED=1" in one["run"]["command"] and "N=60" in one["run"]["command"], "command")
    check(sum(j["clipped_low"] + j["clipped_high"] for j in layers["layers"]) == layers["clipped"],
          "clipped by layer")
    parts = layers["energy_pj"]
    check(near(sum(j["pj_per_image"] for j in layers["layers"]) + parts["network"] + parts["host"],
               1000 * layers["energy_nj_per_image"]), "energy by layer")
    check(near(sum(parts.values()), 1000 * layers["energy_nj_per_image"]), "energy by part")
    for j in layers["layers"]:
        check(sum(j["error_bins"]) == j["samples"] > 0, "every error in a bin")
        check(j["sqnr_db"] > 10 and j["vmms"] == 60 * j["tiles"], "SQNR and VMMs of a layer")
    failed = load("failed")["run"]
    check(failed["verdict"] == "fail" and failed["layers"] is None, "a failure has no figures, "
          "though those of an earlier run lie beside it")
    check("make run NET=" in failed["command"], f"rerun of a failure: {failed['command']}")
    check(report("--out", OUT / "part", "--run", OUT / "run2", "--failed")[0] == 0
          and load("part")["run"]["verdict"] == "fail" and load("part")["run"]["layers"] is None,
          "a failure whose log is an earlier run's")
    check("FAIL" in (OUT / "failed/report.html").read_text(encoding="utf-8"), "FAIL on the page")


def differences():
    check(report("--out", OUT / "run2", "--run", OUT / "run2", "--before",
                 OUT / "run1/report.json")[0] == 0, "difference")
    rows = {row["what"]: row for row in load("run2")["difference"]["rows"]}
    check(rows["seed"]["before"] == 1 and rows["seed"]["now"] == 2, "another seed")
    check("cycles_per_image" not in rows and "tiles" not in rows, "what is the same is no row")
    check(report("--out", OUT / "run1", "--run", OUT / "run1", "--before",
                 OUT / "run1/report.json")[0] == 0 and load("run1")["difference"]["rows"] == [],
          "nothing differs from itself")
    (OUT / "old.json").write_text('{"format": "other"}', encoding="utf-8")
    for options, word in ((["--run", OUT / "run1", "--before", OUT / "old.json"], "format"),
                          (["--run", OUT / "run1", "--before", OUT / "none.json"], "none.json"),
                          (["--run", OUT / "none"], "run.log"), ([], "nothing to report")):
        code, said = report("--out", OUT / "refused", *options)
        check(code == 1 and said.count("\n") == 1 and word in said, f"refused: {said}")
    check(not (OUT / "refused").exists(), "what is refused leaves nothing")


def regression():
    """Two runs of a suite by hand, the second with a failure; names that would be markup."""
    evil = "<b>&\"'"
    test = {"kind": "script", "state": "pass", "checks": 7, "cycles": "", "time": 1.0, "cpu": 1.0,
            "reason": ""}
    run = {"suite": "test", "command": "make test", "seconds": 9, "date": "2026-01-01 00:00",
           "commit": "abc", "passed": 2, "failed": 0, "skipped": 0, "verdict": "pass",
           "tests": {"formal_x.-.1": test, "other.-.1": test}}
    tests = OUT / "tests"
    (tests / "formal_x.-.1").mkdir(parents=True)
    (tests / "formal_x.-.1/run.log").write_text(
        "formal ohm_fifo-W=3-DEPTH=2: proved by induction\nformal ohm_rr: proved (cached)\n"
        "210 of 210 crosses of modes\nPASS formal 2 proofs\n", encoding="utf-8")
    for _ in range(figures.LAST + 2):
        figures.keep(tests / "history.jsonl", run)
    bad = {**test, "state": "FAIL", "reason": evil}
    figures.keep(tests / "history.jsonl", {**run, "passed": 1, "failed": 1, "verdict": "fail",
                                           "tests": {"formal_x.-.1": test, "other.-.1": bad}})
    check(len(figures.history(tests / "history.jsonl")) == figures.LAST, "the history forgets")
    (tests / "mutate").mkdir()
    (tests / "mutate/ohm_m.json").write_text(json.dumps({
        "file": "rtl/ohm_m.v", "mutants": 4, "killed": 3, "by": {"core": 3, "proofs": 0},
        "survivors": [{"number": 2, "line": 7, "what": "lost", "text": "a < b"}]}),
        encoding="utf-8")
    check(report("--out", OUT / "both", "--run", OUT / "run1", "--tests", tests)[0] == 0, "both")
    both = load("both")
    check([p["module"] for p in both["proofs"]] == ["ohm_fifo", "ohm_rr"]
          and both["proofs"][0]["parameters"] == "W=3, DEPTH=2", f"proofs {both['proofs']}")
    check(both["tests"]["crosses"] == {"met": 210, "legal": 210}, "crosses")
    text = (OUT / "both/report.html").read_text(encoding="utf-8")
    look(text)
    check("3 of 4 mutants killed: 75.0 %" in text and "rtl/ohm_m.v:7" in text
          and "a &lt; b" in text, "mutation score")
    check(evil not in text and "&lt;b&gt;&amp;" in text, "a reason is text, never markup")
    check(text.index("other.-.1") < text.index("formal_x.-.1"), "failures stand first")


metrics()
runs()
differences()
regression()
print(f"PASS report {checks} checks")
