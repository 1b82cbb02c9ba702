# SPDX-License-Identifier: Apache-2.0
"""Print a network's accuracy: exact integers, ideal devices, HERMES devices."""
import argparse
import os

import numpy as np

import hermes_chip
import ohmic_net

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data")


def test_set(inputs):
    """The shipped test set with this many inputs: u8 (n, inputs), labels (n)."""
    if inputs == 784:
        return ohmic_net.load_mnist(os.path.join(DATA, "mnist"), "t10k")
    if inputs == 196:
        d = os.path.join(DATA, "mnist")
        x = ohmic_net.read_idx(os.path.join(d, "t10k-images-14x14-idx3-ubyte.gz"))
        return x.reshape(len(x), -1), ohmic_net.read_idx(
            os.path.join(d, "t10k-labels-idx1-ubyte.gz")
        )
    if inputs == 3072:
        d = os.path.join(DATA, "cifar10-jpeg")
        x = ohmic_net.read_idx(os.path.join(d, "test-images-idx4-ubyte.gz"))
        return x.reshape(len(x), -1), ohmic_net.read_idx(
            os.path.join(d, "test-labels-idx1-ubyte.gz")
        )
    pool = {64: "", 16: "-4x4"}.get(inputs)
    if pool is None:
        raise SystemExit(f"no shipped test set has {inputs} inputs (3072, 784, 196, 64 and 16 do)")
    d = os.path.join(DATA, "digits")
    return (np.load(os.path.join(d, f"test-images{pool}.npy")),
            np.load(os.path.join(d, "test-labels.npy")))


def report(layers, calib, x, y, seeds, log=print, **chip):
    """Print the three accuracies of a network on images x, labels y.

    seeds: number of device seeds; chip: rows, cols, shared_lsb, shape of the Chip.
    """
    exact = ohmic_net.run(layers, x, chip.get("shape"))
    log(f"software (int8, exact): {100 * ohmic_net.accuracy(exact, y):.2f} % of {len(y)}")
    ideal = hermes_chip.Chip(layers, calib, 0, noise=False, **chip)
    log(f"chip, ideal devices, 8-bit ADC: {100 * ohmic_net.accuracy(ideal.run(x), y):.2f} %")
    a = 100 * np.array(hermes_chip.evaluate(layers, calib, x, y, range(seeds), **chip))
    log(f"chip, HERMES devices, seeds 0-{seeds - 1}: mean {a.mean():.2f} %, "
        f"min {a.min():.2f} %, max {a.max():.2f} %")
    return a


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("network", help="network directory")
    p.add_argument("--seeds", type=int, default=10, help="device seeds (default 10)")
    p.add_argument("--rows", type=int, default=128, help="rows of a tile (default 128)")
    p.add_argument("--cols", type=int, default=128, help="columns of a tile (default 128)")
    p.add_argument("--shared-lsb", action="store_true",
                   help="one ADC step for all tiles of a layer instead of one per tile")
    a = p.parse_args()
    try:
        net, layers, calib = ohmic_net.load(a.network, strict=True)
    except (OSError, KeyError, ValueError) as e:
        raise SystemExit(f"{a.network}: {e}")
    x, y = test_set(calib.shape[1])
    report(layers, calib, x, y, a.seeds, rows=a.rows, cols=a.cols, shared_lsb=a.shared_lsb,
           shape=ohmic_net.map_shape(net["input"]["shape"]))


if __name__ == "__main__":
    main()
