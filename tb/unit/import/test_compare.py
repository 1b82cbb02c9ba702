# SPDX-License-Identifier: Apache-2.0
"""The comparison layer by layer: test_compare.py OUT OHMIC, on OUT/net and OUT/model.onnx that
test_import.py left. Prints `CHECKS <n>` last."""
import contextlib
import csv
import io
import os
import shutil
import sys
import xml.dom.minidom

import numpy as np

from ohmic_import.__main__ import main as command

checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAIL import: {what}")
        sys.exit(1)


def compare(out, ohmic, net, device):
    """Lines that the command prints, and the rows of its table."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        code = command(["compare", os.path.join(out, "model.onnx"), net, "--images",
                        os.path.join(out, "foreign.npy"), "--labels",
                        os.path.join(out, "labels.npy"), "--ohmic", ohmic, "--config", "small",
                        "--mesh", "8x8", "--device", device, "--out",
                        os.path.join(out, "compared")])
    check(code == 0, f"compare: exit code {code}")
    with open(os.path.join(out, "compared", "compare.csv"), encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    xml.dom.minidom.parse(os.path.join(out, "compared", "compare.svg"))
    return text.getvalue().splitlines(), rows


def main():
    out, ohmic = sys.argv[1:3]
    net, worse = os.path.join(out, "net"), os.path.join(out, "worse")
    lines, rows = compare(out, ohmic, net, "pcm-hermes")
    check(len(rows) == 3, f"{len(rows)} layers, expected 3")
    for row in rows:
        int8, ideal, real = (float(row[f"sqnr_db {s}"]) for s in ("int8", "ideal chip",
                                                                  "pcm-hermes"))
        check(int8 > 25 and ideal > 20 and real > 0, f"{row}")
        check(real <= ideal + 3, f"{row['layer']}: devices without error")
    check(sum("accuracy" in line for line in lines) == 4, "accuracy of four stages")
    lines, _ = compare(out, ohmic, net, "ideal")
    check(any(line.startswith("breaks     none below") for line in lines), "ideal devices break")

    shutil.rmtree(worse, ignore_errors=True)
    shutil.copytree(net, worse)
    path = os.path.join(worse, f"{rows[1]['layer']}_scale.npy")
    np.save(path, (np.load(path) // 2).astype(np.int16))
    lines, _ = compare(out, ohmic, worse, "ideal")
    check(any(line.startswith(f"breaks     layer {rows[1]['layer']}, int8") for line in lines),
          f"{[line for line in lines if line.startswith('breaks')]}, expected {rows[1]['layer']}")
    svg = open(os.path.join(out, "compared", "compare.svg"), encoding="utf-8").read()
    check(f'fill="#d1495b">{rows[1]["layer"]}<' in svg, "the figure does not mark the layer")
    for arguments, words in ((["--ohmic", "nowhere"], "expected the program"),
                             (["--config", "tiny"], "residual"), (["--device", "gold"], "gold")):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            code = command(["compare", os.path.join(out, "model.onnx"), net, "--images",
                            os.path.join(out, "foreign.npy"), "--ohmic", ohmic, "--config", "small",
                            "--mesh", "8x8", "--out", os.path.join(out, "compared"), *arguments])
        check(code == 2 and words in err.getvalue() and err.getvalue().count("\n") == 1,
              f"{arguments}: {code}, {err.getvalue()!r}")
    print(f"CHECKS {checks}")


main()
