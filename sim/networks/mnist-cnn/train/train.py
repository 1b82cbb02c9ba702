# SPDX-License-Identifier: Apache-2.0
"""Train mnist-cnn for the noisy chip and write the network directory.

Needs NumPy and the four MNIST files (gzipped IDX) in one directory.
"""
import argparse
import os
import sys

# One thread: sums are then made in one order, and a run repeats bit for bit on
# the same machine and NumPy. Must be set before NumPy loads.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "common"))

import numpy as np          # noqa: E402
import evaluate             # noqa: E402
import ohmic_net            # noqa: E402
import ohmic_train          # noqa: E402

SHAPE = (28, 28, 1)
CONVS = [(5, 8, 2), (5, 16, 2)]     # kernel, channels, pool
HIDDEN = 64


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("mnist", help="directory with the MNIST files")
    p.add_argument("--out", default=os.path.join(HERE, ".."), help="network directory to write")
    p.add_argument("--epochs", type=int, default=50, help="passes over the training images")
    p.add_argument("--lr", type=float, default=3e-3, help="peak learning rate")
    p.add_argument("--batch", type=int, default=125, help="images of a step")
    p.add_argument("--decay", type=float, default=0.02, help="weight decay")
    p.add_argument("--clip", type=float, default=2.5, help="weight limit, standard deviations")
    p.add_argument("--noise", type=float, default=1.0, help="factor on the chip's noise")
    p.add_argument("--elastic", type=float, default=0.6,
                   help="elastic distortion, standard deviation in pixels")
    p.add_argument("--affine", type=float, default=0.6,
                   help="affine distortion, share of 12 degrees, 12 %% scale, 15 %% shear, "
                        "1.5 pixels")
    p.add_argument("--h-max", type=float, default=4.0, help="real value of hidden byte 255")
    p.add_argument("--rows", type=int, default=64, help="rows of a tile")
    p.add_argument("--seed", type=int, default=1, help="random seed")
    p.add_argument("--holdout", type=int, default=0,
                   help="keep the last N training images back and report on them instead of "
                        "the test set, to compare options without touching it")
    p.add_argument("--device-seeds", type=int, default=10,
                   help="chips in the final evaluation")
    a = p.parse_args()

    os.makedirs(os.path.join(a.out, "train"), exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train", "train.log"))
    opts = {k: v for k, v in vars(a).items() if k not in ("mnist", "out")}
    log(f"NumPy {np.__version__}, options {opts}")
    x, y = ohmic_net.load_mnist(a.mnist, "train")
    if a.holdout:
        test = x[-a.holdout:], y[-a.holdout:]
        x, y = x[:-a.holdout], y[:-a.holdout]
    else:
        test = ohmic_net.load_mnist(a.mnist, "t10k")
    augment = ohmic_train.augmenter(28, np.random.default_rng(a.seed + 1000), elastic=a.elastic,
                                    angle=12 * a.affine, scale=0.12 * a.affine,
                                    shear=0.15 * a.affine, shift=1.5 * a.affine)
    layers = ohmic_train.train(x, y, HIDDEN, 10, shape=SHAPE, convs=CONVS, rows=a.rows,
                               epochs=a.epochs, lr=a.lr, batch=a.batch, decay=a.decay,
                               clip=a.clip, noise=a.noise, h_max=a.h_max, augment=augment,
                               seed=a.seed, log=log, test=test)
    layers[-1]["output"] = "class"
    calib = ohmic_train.calibration(x, 64)
    ohmic_net.save(a.out, "mnist-cnn", layers, calib, SHAPE)
    evaluate.report(layers, calib, *test, a.device_seeds, log, rows=a.rows, cols=64, shape=SHAPE)


if __name__ == "__main__":
    main()
