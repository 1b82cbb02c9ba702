#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a network of one dense layer with random weights, and vectors for it.

  matrix.py DIR N [s8|u8]     N inputs, N outputs; weights normal with sigma 42 of 127; 16 vectors

For measurements of a whole macro (docs/explain/calibration.md). The same files
every time. Takes a second for N = 256.
"""

import json
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
import npy


def main():
    if (
        len(sys.argv) not in (3, 4)
        or not sys.argv[2].isdigit()
        or sys.argv[3:] not in ([], ["s8"], ["u8"])
    ):
        sys.exit(__doc__)
    where, n, kind = pathlib.Path(sys.argv[1]), int(sys.argv[2]), (sys.argv[3:] or ["s8"])[0]
    r = random.Random(1)
    where.mkdir(parents=True, exist_ok=True)
    weights = [max(-127, min(127, round(r.gauss(0, 42)))) for _ in range(n * n)]
    npy.write(where / "w.npy", "|i1", (n, n), struct.pack(f"{n * n}b", *weights))
    npy.write(where / "b.npy", "<i4", (n,), bytes(4 * n))
    for name in ("x", "calib"):
        low, high = (-127, 127) if kind == "s8" else (0, 255)
        npy.write(
            where / f"{name}.npy",
            "|i1" if kind == "s8" else "|u1",
            (16, n),
            bytes(r.randint(low, high) & 255 for _ in range(16 * n)),
        )
    npy.write(where / "labels.npy", "|u1", (16,), bytes(16))
    layer = {
        "name": "matrix",
        "type": "dense",
        "inputs": n,
        "outputs": n,
        "weights": "w.npy",
        "bias": "b.npy",
        "activation": "none",
        "output": "s32",
    }
    network = {
        "format": "ohmic-network-1",
        "name": f"matrix-{n}",
        "input": {"shape": [n], "type": kind},
        "classes": n,
        "calibration": "calib.npy",
        "layers": [layer],
    }
    (where / "network.json").write_text(json.dumps(network, indent=2) + "\n", encoding="utf-8")


main()
