#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a network of random weights, for sizes that nobody has trained: layers of
784, WIDTH … WIDTH, 10.
Usage: big_net.py DIRECTORY WIDTH HIDDEN_LAYERS"""

import json
import os
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
import npy

directory, width, hidden = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.makedirs(directory, exist_ok=True)
draw = random.Random(1)
sizes = [784] + [width] * hidden + [10]
layers = []
for i, (rows, cols) in enumerate(zip(sizes, sizes[1:])):
    last = i == hidden
    name = f"fc{i + 1}"
    # sums of several weak inputs: |w| up to 20, the scale brings a layer's spread back to about 8
    # bits
    weights = bytes((b % 41 - 20) & 255 for b in draw.randbytes(rows * cols))
    npy.write(f"{directory}/{name}_w.npy", "|i1", (rows, cols), weights)
    npy.write(f"{directory}/{name}_b.npy", "<i4", (cols,), struct.pack(f"<{cols}i", *[0] * cols))
    layer = {
        "name": name,
        "type": "dense",
        "inputs": rows,
        "outputs": cols,
        "weights": f"{name}_w.npy",
        "bias": f"{name}_b.npy",
        "activation": "none" if last else "relu",
        "output": "s32" if last else "u8",
    }
    if not last:
        npy.write(
            f"{directory}/{name}_scale.npy", "<i2", (cols,), struct.pack(f"<{cols}h", *[164] * cols)
        )
        layer.update(scale=f"{name}_scale.npy", shift=15)
    layers.append(layer)
images = 16
npy.write(
    f"{directory}/calib.npy",
    "|u1",
    (images, 784),
    bytes(b if b > 200 else 0 for b in draw.randbytes(images * 784)),
)
with open(f"{directory}/network.json", "w", encoding="utf-8") as f:
    json.dump(
        {
            "format": "ohmic-network-1",
            "name": f"random-784-{width}x{hidden}-10",
            "input": {"shape": [784], "type": "u8"},
            "classes": 10,
            "calibration": "calib.npy",
            "layers": layers,
        },
        f,
        indent=2,
    )
