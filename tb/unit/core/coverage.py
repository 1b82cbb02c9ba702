#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of the core's random vectors: how many met each cross of modes.

  coverage.py LEAST VECTORS LOG…    LOG: what tb/unit/core/bench printed (its lines
                                    `bin TABLE|ROW|COLUMN COUNT`)

Prints a table per cross. Fails, naming it, on a legal cross that fewer than LEAST vectors met, on
one that should not exist, and on fewer than VECTORS vectors in all. Legal is what the tables below
say, which follow docs/reference/numeric.md. Last line: PASS coverage <n> crosses.
"""

import collections
import sys

SIGNS = ("unsigned", "signed")
INPUTS = [f"{x} {w}" for x in ("x", "x+", "x-") for w in ("W", "W+", "W-")]
RESULTS = ("partial sum out", "byte out", "value out")
FUNCTIONS = ("none", "relu", "table", "threshold")
BITS = ("1", "2", "3-4", "5-6", "7-8", "9-10")
TABLES = {  # rows, columns
    "inputs": (
        [f"{s}, {e}" for s in SIGNS for e in ("1 bit", "2 to 7 bits", "8 bits", "pulse count")],
        INPUTS,
    ),
    "conversion": (
        ("ramp", "ramp, early stop", "ramp by table", "oscillators", "converters of codes"),
        BITS,
    ),
    "weights": (
        ("plain", "several to an output", "reference", "trimmed", "left out"),
        ("added", "subtracted", "times a gain", "part of the rows"),
    ),
    "results": (
        [r + p + q for r in RESULTS for p in ("", ", partial sum in") for q in ("", ", residual")],
        [f"{f}, {t}" for f in FUNCTIONS for t in ("u8", "s8")],
    ),
    "calibration": (RESULTS, ("sums", "residual")),
    "outcomes": (
        ("code clipped low", "code clipped high", "input -128", "byte clipped", "poison vector"),
        ("times",),
    ),
}


def legal(table, row, column):
    if table == "conversion":
        # the bench's converters of codes have 8 bits at most; a table has 256 levels, one of them
        # below START
        return not (row in ("converters of codes", "ramp by table") and column == "9-10")
    if table in ("results", "calibration"):  # what leaves as a partial sum has met no post-process
        return not (row.startswith("partial sum out") and "residual" in row + column)
    return True


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    least, vectors = int(sys.argv[1]), int(sys.argv[2])
    hits = collections.Counter()
    for name in sys.argv[3:]:
        with open(name, encoding="utf-8") as log:
            for line in log:
                if line.startswith("bin "):
                    key, count = line[4:].rsplit(" ", 1)
                    hits[key] += int(count)
    total = hits.pop("|vectors|", 0)
    faults, crosses = [], 0
    for table, (rows, columns) in TABLES.items():
        width = max(map(len, rows)) + 2
        print(f"{table:{width}}" + "".join(f"{c:>{max(9, len(c) + 2)}}" for c in columns))
        for row in rows:
            cells = ""
            for c in columns:
                n = hits.pop(f"{table}|{row}|{c}", 0)
                ok = legal(table, row, c)
                crosses += ok
                if ok and n < least:
                    faults.append(f"{table}: {row}: {c}: {n} vectors, expected at least {least}")
                if not ok and n:
                    faults.append(f"{table}: {row}: {c}: {n} vectors, expected none")
                cells += f"{n if ok else '–':>{max(9, len(c) + 2)}}"
            print(f"{row:{width}}{cells}")
        print()
    faults += [f"{key}: a cross that coverage.py does not know" for key in hits]
    if total < vectors:
        faults.append(f"{total} vectors, expected at least {vectors}")
    for fault in faults:
        print(f"coverage: {fault}")
    if faults:
        sys.exit(f"FAIL coverage: {faults[0]}")
    print(f"{total} random vectors\nPASS coverage {crosses} crosses")


main()
