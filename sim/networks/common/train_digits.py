# SPDX-License-Identifier: Apache-2.0
"""Shared main of the two digits trainers (8x8 and pooled 4x4 images)."""
import argparse
import os

import numpy as np

import evaluate
import ohmic_net
import ohmic_train


def main(name, hidden, suffix, here, doc, rows, cols, **defaults):
    """Train `name` on sim/data/digits/*-images`suffix`.npy; rows, cols: its tile."""
    data = os.path.join(here, "..", "..", "..", "data", "digits")
    p = argparse.ArgumentParser(description=doc,
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--data", default=data, help="directory with the digits files")
    p.add_argument("--out", default=os.path.join(here, ".."), help="network directory to write")
    for k, v in dict({"epochs": 300, "lr": 3e-3, "decay": 0.02, "clip": 2.5, "noise": 1.0,
                      "h_max": 4.0, "elastic": 0.0, "seed": 1, "device_seeds": 10},
                     **defaults).items():
        p.add_argument("--" + k.replace("_", "-"), type=type(v), default=v, help=k)
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
    evaluate.report(layers, calib, *test, a.device_seeds, rows, cols, log=log)
