# SPDX-License-Identifier: Apache-2.0
"""Holds an estimate against a run: deviation.py ESTIMATE.json LAYERS.json WHAT

Prints the deviations of cycles and energy; exit code 1 with a line when one is out of its bound."""
import json
import sys

# Where an image is one vector, its packets and credits wait for each other, which the estimate
# leaves out; the windows of a map hide that. The energy of an image differs from that of the
# calibration images by what their pixels are.
VECTOR, WINDOWS, ENERGY = 0.20, 0.01, 0.03


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        (e,) = json.load(f)["configurations"]
    with open(sys.argv[2], encoding="utf-8") as f:
        run = json.load(f)
    off = {"cycles": e["cycles"] / run["cycles_per_image"] - 1,
           "energy": e["energy_nj"] / run["energy_nj_per_image"] - 1}
    print(f"{sys.argv[3]:<32} cycles {e['cycles']:7d} {100 * off['cycles']:+6.1f} %   "
          f"energy {e['energy_nj']:9.2f} nJ {100 * off['energy']:+5.1f} %")
    cycles = WINDOWS if e["windows"] > 1 else VECTOR
    for what, bound in (("cycles", cycles), ("energy", ENERGY)):
        if not abs(off[what]) <= bound:
            sys.exit(f"{what} deviate by {100 * off[what]:.1f} %, expected {100 * bound:.0f}")
    if abs(e["area_mm2"] / run["area_mm2"] - 1) > 1e-6:
        sys.exit(f"area {e['area_mm2']} mm2, the run says {run['area_mm2']}")
    if e["tiles"] != run["tiles"]:
        sys.exit(f"{e['tiles']} tiles, the run has {run['tiles']}")


main()
