# SPDX-License-Identifier: Apache-2.0
"""Samples of MLPerf Tiny's keyword spotting as kws-gru takes them. Needs NumPy.

A coefficient's byte is (MFCC - middle) * gain, rounded; steps.json beside the network has both for
each of the ten, so that all of them use the input's range alike.
"""
import argparse
import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
NET = os.path.join(HERE, "..")
MODEL_STEP, MODEL_ZERO = 0.5847029089927673, 83     # kws_ref_model.tflite's input: int8
GRID_STEP = 0.6712573553633503                      # ds-cnn's: s8 without a zero point
STEPS, COEFFICIENTS = 49, 10


def read(path, ds_cnn=False):
    """MFCCs, (n, 49, 10), from the model's int8; ds_cnn: from inputs of ds-cnn."""
    x = np.load(path, allow_pickle=False)
    if x.dtype != np.int8 or x.size % (STEPS * COEFFICIENTS):
        raise SystemExit(f"{path}: {x.dtype.name} {list(x.shape)}, expected int8 [n, 49, 10]")
    x = x.reshape(-1, STEPS, COEFFICIENTS).astype(np.float64)
    return x * GRID_STEP if ds_cnn else (x - MODEL_ZERO) * MODEL_STEP


def to_bytes(x, steps):
    """The network's inputs of MFCCs."""
    return np.clip(np.rint((x - steps["middle"]) * steps["gain"]), -127, 127).astype(np.int8)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("mfcc", help="int8 MFCCs as the model takes them, .npy of (n, 49, 10)")
    p.add_argument("out", help=".npy to write")
    p.add_argument("--ds-cnn", action="store_true", help="mfcc holds inputs of ds-cnn instead")
    p.add_argument("--net", default=NET, help="network directory")
    a = p.parse_args()
    with open(os.path.join(a.net, "steps.json"), encoding="utf-8") as f:
        steps = json.load(f)
    np.save(a.out, to_bytes(read(a.mfcc, a.ds_cnn), steps).reshape(-1, STEPS * COEFFICIENTS))


if __name__ == "__main__":
    main()
