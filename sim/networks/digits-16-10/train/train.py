# SPDX-License-Identifier: Apache-2.0
"""Train digits-16-10, one layer for one 16x16 tile, with noise on the sums, and write the network
directory.

Softmax regression by full-batch Adam. Needs NumPy; the data is in sim/data/digits. A few seconds.
"""

import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"       # repeatable sums; before NumPy loads
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "common"))

import numpy as np          # noqa: E402

import evaluate             # noqa: E402
import ohmic_net            # noqa: E402
import ohmic_train          # noqa: E402

EPOCHS, RATE, DECAY, NOISE, SEED = 3000, 0.02, 1e-4, 0.1, 1


def train(x, y, rng):
    """Real weights (inputs, 10) and bias (10) for inputs in 0 to 1."""
    w, b = np.zeros((x.shape[1], 10)), np.zeros(10)
    target, moments = np.eye(10)[y], [[0, 0], [0, 0]]
    for step in range(1, EPOCHS + 1):
        z = x @ w + b
        z += NOISE * z.std() * rng.standard_normal(z.shape)
        p = np.exp(z - z.max(1, keepdims=True))
        d = (p / p.sum(1, keepdims=True) - target) / len(x)
        for v, grad, m in ((w, x.T @ d + DECAY * w, moments[0]), (b, d.sum(0), moments[1])):
            m[0] = 0.9 * m[0] + 0.1 * grad
            m[1] = 0.999 * m[1] + 0.001 * grad ** 2
            v -= RATE * m[0] / (1 - 0.9 ** step) / (np.sqrt(m[1] / (1 - 0.999 ** step)) + 1e-8)
    return w, b


def main():
    data = os.path.join(HERE, "..", "..", "..", "data", "digits")
    (x, y), test = (
        tuple(np.load(os.path.join(data, f"{n}-{f}.npy")) for f in ("images-4x4", "labels"))
        for n in ("train", "test")
    )
    log = ohmic_train.Log(os.path.join(HERE, "train.log"))
    log(
        f"NumPy {np.__version__}, {len(x)} images, {EPOCHS} epochs, rate {RATE}, decay {DECAY}, "
        f"noise {NOISE}, seed {SEED}"
    )
    w, b = train(x / 255.0, y, np.random.default_rng(SEED))
    step = np.abs(w).max() / 127
    layers = [
        {
            "name": "fc1",
            "w": np.rint(w / step).astype(np.int8),
            "activation": "none",
            "output": "s32",
            "bias": np.rint(b * 255 / step).astype(np.int32),
        }
    ]
    calib = ohmic_train.calibration(x, 256)
    out = os.path.join(HERE, "..")
    ohmic_net.save(out, "digits-16-10", layers, calib)
    evaluate.report(layers, calib, *test, 10, log, rows=16, cols=16)


if __name__ == "__main__":
    main()
