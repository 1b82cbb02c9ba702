# SPDX-License-Identifier: Apache-2.0
"""compare.py NETWORK OUT: the scores of a run against NumPy's, or its classes. Prints how many."""
import csv
import os
import sys

import numpy as np

net, out = sys.argv[1:]
want = np.load(os.path.join(net, "want.npy"))
with open(os.path.join(out, "predictions.csv"), newline="", encoding="utf-8") as f:
    classes = [row.get("class") for row in csv.DictReader(f)]
if os.path.exists(os.path.join(out, "scores.csv")):
    with open(os.path.join(out, "scores.csv"), newline="", encoding="utf-8") as f:
        got = np.array([row[1:] for row in list(csv.reader(f))[1:]], float)
else:
    got, want = np.array(classes, float)[:, None], want[:, :1]
if got.shape != want.shape or (got != want).any():
    where = np.argwhere(got != want)[:1] if got.shape == want.shape else got.shape
    sys.exit(f"{net}: scores differ from NumPy's at {where}, expected {want.shape} equal ones")
print(got.size)
