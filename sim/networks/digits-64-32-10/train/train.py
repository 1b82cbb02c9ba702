# SPDX-License-Identifier: Apache-2.0
"""Train digits-64-32-10 for the noisy chip and write the network directory.

Needs NumPy; the data is in sim/data/digits.
"""
import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"       # repeatable sums; before NumPy loads
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "common"))

import train_digits         # noqa: E402

if __name__ == "__main__":
    train_digits.main("digits-64-32-10", 32, "", HERE, __doc__,
                      rows=64, cols=64, elastic=0.3)
