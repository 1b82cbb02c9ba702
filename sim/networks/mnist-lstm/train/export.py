# SPDX-License-Identifier: Apache-2.0
"""A network directory of the weights that train.py left. Needs PyTorch."""
import argparse
import os
import sys

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "common")]

import ohmic_net            # noqa: E402
import ohmic_torch          # noqa: E402
import ohmic_train          # noqa: E402
import ohmic_vector         # noqa: E402
import train                # noqa: E402


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("mnist", help="directory with the four MNIST files")
    p.add_argument("weights", help="weights.pt of train.py")
    p.add_argument("--out", default=os.path.join(HERE, ".."), help="network directory to write")
    a = p.parse_args()
    net = train.Net()
    net.load_state_dict(torch.load(a.weights))
    layers = [ohmic_torch.gates_layer("gates", ["input", "h"], net.lstm.gates),
              ohmic_torch.cell_layer("h", "gates", train.HIDDEN),
              ohmic_torch.last_layer("fc", ["h"], net.fc, "class")]
    x, _ = ohmic_net.load_mnist(a.mnist, "train")
    ohmic_net.save(a.out, "mnist-lstm", layers, ohmic_train.calibration(x, 64), shape=(28, 28),
                   sequence="last", input_type={"type": "s8", "halve": True})
    description, layers, _ = ohmic_net.load(a.out, strict=True)
    tx, ty = ohmic_net.load_mnist(a.mnist, "t10k")
    v = np.concatenate([ohmic_vector.run(description, layers, tx[i:i + 1000])
                        for i in range(0, len(tx), 1000)])
    print(f"int8: {100 * ohmic_net.accuracy(v, ty):.2f} % of {len(ty)}")


if __name__ == "__main__":
    main()
