# SPDX-License-Identifier: Apache-2.0
"""Train mnist-196-240-10, one 256x256 tile a layer, and write the network directory and its test
images.

Needs NumPy and the four MNIST files (gzipped IDX) in one directory. Images are means of 2x2 pixels,
rounded half up: 14x14 bytes.
"""

import argparse
import gzip
import os
import struct
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

NAME, SIDE = "mnist-196-240-10", 14


def pooled(x):
    """u8 (n, 784) to u8 (n, 196)."""
    sums = x.reshape(-1, SIDE, 2, SIDE, 2).astype(np.int64).sum(axis=(2, 4))
    return ((sums + 2) // 4).reshape(-1, SIDE * SIDE).astype(np.uint8)


def write_images(path, x):
    """As MNIST has them: IDX, gzipped; no time in it, so the same bytes each time."""
    head = struct.pack(">4I", 0x803, len(x), SIDE, SIDE)
    with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z:
        z.write(head + x.tobytes())


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("mnist", help="directory with the MNIST files")
    p.add_argument("--out", default=os.path.join(HERE, ".."), help="network directory to write")
    p.add_argument(
        "--images",
        default=os.path.join(
            HERE, "..", "..", "..", "data", "mnist", "t10k-images-14x14-idx3-ubyte.gz"
        ),
        help="test images to write",
    )
    p.add_argument("--epochs", type=int, default=40, help="passes over the training images")
    p.add_argument("--lr", type=float, default=2e-3, help="peak learning rate")
    p.add_argument("--decay", type=float, default=0.02, help="weight decay")
    p.add_argument("--clip", type=float, default=2.5, help="weight limit, standard deviations")
    p.add_argument("--noise", type=float, default=1.5, help="factor on the chip's noise")
    p.add_argument("--h-max", type=float, default=4.0, help="real value of hidden byte 255")
    p.add_argument("--seed", type=int, default=1, help="random seed")
    p.add_argument("--device-seeds", type=int, default=10,
                   help="chips in the final evaluation")
    a = p.parse_args()

    os.makedirs(os.path.join(a.out, "train"), exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train", "train.log"))
    opts = {k: v for k, v in vars(a).items() if k not in ("mnist", "out", "images")}
    log(f"NumPy {np.__version__}, options {opts}")
    x, y = ohmic_net.load_mnist(a.mnist, "train")
    xt, yt = ohmic_net.load_mnist(a.mnist, "t10k")
    x, xt = pooled(x), pooled(xt)
    write_images(a.images, xt)
    augment = ohmic_train.augmenter(
        SIDE,
        np.random.default_rng(a.seed + 1000),
        elastic=0.3,
        smooth=2.0,
        angle=7,
        scale=0.07,
        shear=0.09,
        shift=0.45,
    )
    layers = ohmic_train.train(x, y, 240, 10, epochs=a.epochs, lr=a.lr, decay=a.decay, rows=256,
                               clip=a.clip, noise=a.noise, h_max=a.h_max, augment=augment,
                               seed=a.seed, log=log, test=(xt, yt))
    calib = ohmic_train.calibration(x, 256)
    ohmic_net.save(a.out, NAME, layers, calib)
    evaluate.report(layers, calib, xt, yt, a.device_seeds, log, rows=256, cols=256)


if __name__ == "__main__":
    main()
