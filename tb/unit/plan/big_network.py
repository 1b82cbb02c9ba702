#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A dense network of any size with random weights, to map: big_network.py DIR SIZE,SIZE,…"""
import json
import pathlib
import sys

import numpy as np

IMAGES = 16


def main(folder, sizes):
    out, rng, layers = pathlib.Path(folder), np.random.default_rng(1), []
    out.mkdir(parents=True, exist_ok=True)

    def array(name, values, kind):
        np.save(out / name, np.ascontiguousarray(values, dtype=kind))
        return name

    for i, (rows, columns) in enumerate(zip(sizes, sizes[1:])):
        layer = {"name": f"fc{i}", "type": "dense", "inputs": rows, "outputs": columns,
                 "weights": array(f"fc{i}_w.npy", rng.integers(-20, 21, (rows, columns)), "i1"),
                 "bias": array(f"fc{i}_b.npy", np.zeros(columns), "<i4")}
        if i == len(sizes) - 2:
            layer.update(activation="none", output="s32")
        else:
            layer.update(scale=array(f"fc{i}_s.npy", np.full(columns, 100), "<i2"), shift=14,
                         activation="relu", output="u8")
        layers.append(layer)
    images = rng.integers(0, 256, (IMAGES, sizes[0]))
    array("images.npy", images, "u1")
    net = {"format": "ohmic-network-1", "name": out.name, "layers": layers,
           "input": {"shape": [sizes[0]], "type": "u8"}, "classes": sizes[-1],
           "calibration": array("calib.npy", images[:4], "u1")}
    (out / "network.json").write_text(json.dumps(net, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], [int(x) for x in sys.argv[2].split(",")])
