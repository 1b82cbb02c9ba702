# SPDX-License-Identifier: Apache-2.0
"""Shared main of the two digits trainers (8x8 and pooled 4x4 images)."""
import argparse
import os

import numpy as np

import evaluate
import ohmic_net
import ohmic_train

# name: (default, help)
OPTIONS = {
    "epochs": (1500, "passes over the training images"),
    "lr": (1e-2, "peak learning rate"),
    "decay": (0.02, "weight decay"),
    "clip": (2.0, "weight limit, standard deviations"),
    "noise": (1.0, "factor on the chip's noise"),
    "h_max": (4.0, "real value of hidden byte 255"),
    "elastic": (0.0, "elastic distortion, standard deviation in pixels; 0: no distortion"),
    "seed": (1, "random seed"),
    "device_seeds": (10, "chips in the final evaluation"),
}


def main(name, hidden, suffix, here, doc, rows, cols, **defaults):
    """Train `name` on sim/data/digits/*-images`suffix`.npy.

    rows, cols: its tile; defaults: values that replace those of OPTIONS.
    """
    data = os.path.join(here, "..", "..", "..", "data", "digits")
    p = argparse.ArgumentParser(description=doc,
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--data", default=data, help="directory with the digits files")
    p.add_argument("--out", default=os.path.join(here, ".."), help="network directory to write")
    for k, (v, text) in OPTIONS.items():
        v = defaults.get(k, v)
        p.add_argument("--" + k.replace("_", "-"), type=type(v), default=v, help=text)
    a = p.parse_args()

    def part(n):
        return (np.load(os.path.join(a.data, f"{n}-images{suffix}.npy")),
                np.load(os.path.join(a.data, f"{n}-labels.npy")))

    os.makedirs(os.path.join(a.out, "train"), exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train", "train.log"))
    opts = {k: v for k, v in vars(a).items() if k not in ("data", "out")}
    log(f"NumPy {np.__version__}, options {opts}")
    (x, y), test = part("train"), part("test")
    augment = None
    if a.elastic:
        size = int(np.sqrt(x.shape[1]))
        augment = ohmic_train.augmenter(size, np.random.default_rng(a.seed + 1000), angle=8,
                                        scale=0.08, shear=0.1, shift=0.4, elastic=a.elastic,
                                        smooth=1.5, group=1)
    layers = ohmic_train.train(x, y, hidden, 10, epochs=a.epochs, lr=a.lr, batch=64,
                               decay=a.decay, clip=a.clip, noise=a.noise, h_max=a.h_max,
                               augment=augment, seed=a.seed, log=log, test=test)
    calib = ohmic_train.calibration(x, 256)
    ohmic_net.save(a.out, name, layers, calib)
    evaluate.report(layers, calib, *test, a.device_seeds, log, rows=rows, cols=cols)
