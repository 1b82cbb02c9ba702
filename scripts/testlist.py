# SPDX-License-Identifier: Apache-2.0
"""Reads sim/tests.list, whose head describes the columns, and the lists of the same form that
benches bring in their own folders below tb/, for scripts/regress.py."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "sim/tests.list"
SUITES = ("test", "full", "negative")
KINDS = ("script", "run")
COLUMNS = "name kind config seed limit suites arguments"


def stop(message):
    sys.exit(f"regress.py: {message}")


class Test:
    """One line of the list."""

    def __init__(self, line, where, out):
        part = line.split(None, 6)
        if len(part) != 7:
            stop(f"{where}: {len(part)} columns, expected {COLUMNS}")
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
    def key(self):
        return f"{self.name}.{self.config}.{self.seed}"

    @property
    def dir(self):
        return self.out / self.key

    @property
    def rel(self):
        return os.path.relpath(self.dir, ROOT)

    @property
    def out_rel(self):
        """What the test may write to; its log lies outside."""
        return f"{self.rel}/out"


def read_list(path, out):
    """The tests of a list; those of LIST are followed by those that benches bring."""
    tests, seen = [], {}
    for each in [path, *(sorted((ROOT / "tb").rglob(LIST.name)) if path == LIST else [])]:
        where = path.name if each == path else each.relative_to(ROOT)
        for number, line in enumerate(each.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.lstrip().startswith("#"):
                test = Test(line, f"{where}:{number}", out)
                if test.key in seen:
                    stop(f"{test.where}: {test.name} {test.config} {test.seed} stands in "
                         f"{seen[test.key]} already")
                seen[test.key] = test.where
                tests.append(test)
    return tests


def choose(tests, args):
    """The tests that --suite or --test asks for; None when it asks for neither."""
    if args.test:
        chosen = [t for t in tests if t.name == args.test]
        if not chosen:
            stop(f"test '{args.test}' is not in {args.list.name}, expected one of: "
                 + " ".join(sorted({t.name for t in tests})))
        # The line with that configuration if there is one, else the first, changed.
        test = next((t for t in chosen if t.config == args.config), chosen[0])
        if args.config and args.config != test.config and test.mesh:
            test.config = args.config
        if args.seed is not None:
            test.seed = args.seed
        return [test]
    if args.suite:
        # full is test and more
        suites = {args.suite} | ({"test"} if args.suite == "full" else set())
        return [t for t in tests if suites & set(t.suites)]
    return None
