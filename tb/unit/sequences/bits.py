# SPDX-License-Identifier: Apache-2.0
"""bits.py NETWORK OUT MOST: what a run says of a network that has a label for each step, against
NumPy: software's bits of ohmic_vector's integers, the chip's of scores.csv. The chip's are at most
MOST above software's. Prints the gap."""
import json
import os
import sys

import numpy as np

sys.path.append("sim/networks/common")
import ohmic_net            # noqa: E402
import ohmic_vector         # noqa: E402

network, out, most = sys.argv[1], sys.argv[2], float(sys.argv[3])
net, layers, _ = ohmic_net.load(network, strict=True)
chip = ohmic_net.read_scores(out)
x = ohmic_net.read_idx(os.path.join(network, "inputs-idx3-ubyte.gz"))[:len(chip)]
labels = np.load(os.path.join(network, "labels.npy"))[:len(chip)].astype(int)
soft = ohmic_vector.run(net, layers, x.reshape(len(x), -1))
with open(os.path.join(out, "layers.json"), encoding="utf-8") as f:
    told = json.load(f)
gap = 0
for who, v, sign in (("software", soft, -1), ("chip", chip.reshape(soft.shape), 1)):
    z = v * net["sequence"]["unit"]
    z = z - z.max(axis=2, keepdims=True)
    share = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
    bits = -np.log2(np.take_along_axis(share, labels[..., None], 2)).mean()
    right = 100 * (v.argmax(axis=2) == labels).mean()
    for name, value in (("bits_", bits), ("accuracy_", right)):
        if abs(told[name + who] - value) > 1e-6:
            sys.exit(f"{out}: {name}{who} {told[name + who]}, NumPy says {value}")
    gap += sign * bits
if gap > most:
    sys.exit(f"{network}: {gap:.3f} bits above software's, expected at most {most}")
print(f"{gap:.3f}")
