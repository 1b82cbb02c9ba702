# SPDX-License-Identifier: Apache-2.0
"""Write sim/data/digits from scikit-learn's copy of the UCI digits.

Needs scikit-learn. The files it writes are shipped, so nobody has to run it.
Pixels 0..16 become bytes 0..240 (times 15). A fixed shuffle puts 1297 images
in the training set and 500 in the test set. The 4x4 images are the means of
2x2 pixels, rounded half up.
"""
import argparse
import os
import sys

import numpy as np
from sklearn.datasets import load_digits

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "common"))
import ohmic_net            # noqa: E402


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", default=os.path.join(HERE, "..", "..", "..", "data", "digits"),
                   help="directory to write")
    a = p.parse_args()
    d = load_digits()
    order = np.random.default_rng(1).permutation(len(d.target))
    x = (d.images[order] * 15).astype(np.int64)
    y = d.target[order].astype(np.uint8)
    pooled = (x.reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)) + 2) // 4
    os.makedirs(a.out, exist_ok=True)
    for name, part in (("train", slice(0, -500)), ("test", slice(-500, None))):
        for suffix, images in (("", x), ("-4x4", pooled)):
            ohmic_net.save_array(os.path.join(a.out, f"{name}-images{suffix}.npy"),
                                 images[part].reshape(len(y[part]), -1).astype(np.uint8))
        ohmic_net.save_array(os.path.join(a.out, f"{name}-labels.npy"), y[part])


if __name__ == "__main__":
    main()
