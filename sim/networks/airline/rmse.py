# SPDX-License-Identifier: Apache-2.0
"""Error of runs of airline: rmse.py OUT…, directories that runs have left; beside them that of the
integer network in software, and of this month's value as the next one's. In thousands of
passengers, of the 48 months that were not trained on. Needs NumPy."""
import csv
import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "common"))

import ohmic_net            # noqa: E402
import ohmic_vector         # noqa: E402

TRAINED = 96
DATA = os.path.join(HERE, "..", "..", "data", "airline", "airline-passengers.csv")


def rmse(predicted, passengers):
    """predicted[k]: of month k + 1."""
    return float(np.sqrt(np.mean((predicted[TRAINED - 1:] - passengers[TRAINED:]) ** 2)))


def main(runs):
    with open(os.path.join(HERE, "scale.json"), encoding="utf-8") as f:
        scale = json.load(f)
    with open(DATA, newline="", encoding="utf-8") as f:
        series = np.array([int(row["Passengers"]) for row in csv.DictReader(f)])
    net, layers, _ = ohmic_net.load(HERE)
    soft = ohmic_vector.run(net, layers, np.load(os.path.join(HERE, "inputs.npy")))[0, :, 0]
    own = rmse(soft * scale["unit"] + scale["zero"], series)
    chips = [rmse(ohmic_net.read_scores(run)[0] * scale["unit"] + scale["zero"], series)
             for run in runs]
    for run, chip in zip(runs, chips):
        print(f"{run}: RMSE {chip:.2f}, software {own:.2f} ({100 * (chip / own - 1):+.1f} %)")
    mean = np.mean(chips)
    print(f"mean of {len(chips)}: {mean:.2f} ({100 * (mean / own - 1):+.1f} %); "
          f"this month's value as the next: {rmse(series[:-1], series):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
