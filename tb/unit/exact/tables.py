#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes networks like an existing one, whose hidden layers have another activation.

  tables.py NETWORK DIR      DIR/sigmoid, DIR/tanh (tables), DIR/step, DIR/sign (thresholds)

For tests of the chip against the integer network: what they predict means nothing. Takes no time.
"""
import json
import math
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
import npy


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, where = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    y0 = range(-128, 128)
    kinds = {
        "sigmoid": ("table", "u8", [round(255 / (1 + math.exp(-v / 24))) for v in y0]),
        "tanh": ("table", "s8", [round(127 * math.tanh(v / 48)) for v in y0]),
        "step": ("threshold", "u8", None),
        "sign": ("threshold", "s8", None),
    }
    for name, (activation, output, table) in kinds.items():
        own = where / name
        shutil.copytree(source, own, dirs_exist_ok=True)
        network = json.loads((source / "network.json").read_text(encoding="utf-8"))
        network["name"] = name
        for layer in network["layers"][:-1]:
            layer.update(activation=activation, output=output)
            if table:
                layer["table"] = "table.npy"
                npy.write(
                    own / "table.npy",
                    "|u1" if output == "u8" else "|i1",
                    (len(table),),
                    bytes(v & 255 for v in table),
                )
        (own / "network.json").write_text(json.dumps(network, indent=2) + "\n", encoding="utf-8")


main()
