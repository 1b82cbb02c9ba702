# SPDX-License-Identifier: Apache-2.0
"""Bits a character of runs of char-lstm: bits.py OUT…, directories that runs have left; beside them
those of the integer network in software. Needs NumPy."""
import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "common"))

import ohmic_net            # noqa: E402
import ohmic_vector         # noqa: E402


def bits(logits, targets):
    """Bits a character of logits (n, steps, chars) for the numbers (n, steps)."""
    z = logits - logits.max(axis=2, keepdims=True)
    z -= np.log(np.exp(z).sum(axis=2, keepdims=True))
    return float(-np.take_along_axis(z, targets[..., None], 2).mean() / np.log(2))


def main(runs):
    with open(os.path.join(HERE, "scale.json"), encoding="utf-8") as f:
        unit = json.load(f)["unit"]
    net, layers, _ = ohmic_net.load(HERE)
    x = ohmic_net.read_idx(os.path.join(HERE, "inputs-idx3-ubyte.gz"))
    targets = np.load(os.path.join(HERE, "numbers.npy"))[:, 1:].astype(np.int64)
    for run in runs:
        v = ohmic_net.read_scores(run)
        n = len(v)
        soft = ohmic_vector.run(net, layers, x[:n])
        chip, own = (bits(s * unit, targets[:n]) for s in (v.reshape(soft.shape), soft))
        print(f"{run}: {chip:.3f} bits a character, software {own:.3f}, {n} sequences")


if __name__ == "__main__":
    main(sys.argv[1:])
