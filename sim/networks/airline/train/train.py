# SPDX-License-Identifier: Apache-2.0
"""Train airline, an LSTM that says next month's passengers, for the noisy chip. Needs PyTorch.

The task of Li et al., Nature Machine Intelligence 1, 49 (2019): trained on the first 96 months,
tested on the other 48. Windows of the first months are also seen scaled, as the series grows.
Writes the network directory and the inputs that a run takes.
"""
import argparse
import csv
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "common")]

import ohmic_net            # noqa: E402
import ohmic_torch          # noqa: E402
import ohmic_train          # noqa: E402
import ohmic_vector         # noqa: E402

HIDDEN, TRAINED, WINDOW = 16, 96, 40
MIDDLE, UNIT = 363, 2.05    # passengers (thousands): input byte 0, and a step of it
ONE = ohmic_torch.ONE


def months(path):
    with open(path, newline="", encoding="utf-8") as f:
        return np.array([int(row["Passengers"]) for row in csv.DictReader(f)])


def to_real(passengers):
    return (passengers - MIDDLE) / (UNIT * ONE)


class Net(nn.Module):
    """LSTM, and a last product of its state and the input."""

    def __init__(self):
        super().__init__()
        self.lstm = ohmic_torch.Lstm(1, HIDDEN)
        self.out = ohmic_torch.Product(HIDDEN + 1, 1, one_step=True)
        with torch.no_grad():
            self.out.weight[-1] = 1

    def draw(self, noise, adc):
        self.lstm.gates.draw(noise)
        self.out.draw(noise)
        self.lstm.adc = adc * noise

    def forward(self, x):
        """x: (steps, n, 1); the next month's value at each step, (steps, n)."""
        x = ohmic_torch.rounded(x, ONE)
        return self.out(torch.cat([self.lstm(x)[0], x], 2))[..., 0]


def rmse(predicted, passengers):
    """Of the months after the trained ones; predicted[k] is that of month k + 1."""
    return float(np.sqrt(np.mean((predicted[TRAINED - 1:] - passengers[TRAINED:]) ** 2)))


def layers_of(net):
    return [ohmic_torch.gates_layer("gates", ["input", "h"], net.lstm.gates),
            ohmic_torch.cell_layer("h", "gates", HIDDEN),
            ohmic_torch.last_layer("out", ["h", "input"], net.out)]


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("csv", help="airline-passengers.csv")
    p.add_argument("--out", default=os.path.join(HERE, ".."), help="network directory to write")
    p.add_argument("--steps", type=int, default=160, help="of the optimiser")
    p.add_argument("--batch", type=int, default=16, help="windows of a step, half of them scaled")
    p.add_argument("--lr", type=float, default=1e-2, help="peak learning rate")
    p.add_argument("--noise", type=float, default=1.0, help="factor on the devices' noise")
    p.add_argument("--adc", type=float, default=0.04, help="noise of a gate's sum")
    p.add_argument("--seed", type=int, default=1, help="random seed")
    a = p.parse_args()

    os.makedirs(os.path.join(a.out, "train"), exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train", "train.log"))
    options = {k: v for k, v in vars(a).items() if k not in ("csv", "out")}
    log(f"PyTorch {torch.__version__}, options {options}")
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    rng, series, start = np.random.default_rng(a.seed), months(a.csv), time.time()
    net = Net()
    opt = torch.optim.Adam(net.parameters(), lr=a.lr)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, a.lr, a.steps, pct_start=0.1)
    for step in range(a.steps):
        scale = np.concatenate([np.ones(a.batch // 2), rng.uniform(0.8, 1.5, a.batch // 2)])
        at = rng.integers(0, TRAINED - WINDOW + 1, a.batch) + np.arange(WINDOW)[:, None]
        x = torch.from_numpy(to_real(series[at] * scale)).float()
        net.draw(a.noise * min(1, step / a.steps / 0.3), a.adc)
        error = (net(x[:-1, :, None]) - x[1:]) * (UNIT * ONE / torch.from_numpy(scale).float())
        loss = error.square().mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 100.0)
        opt.step()
        sched.step()
        net.lstm.gates.limit()
        if (step + 1) % (a.steps // 10) == 0:
            log(f"step {step + 1}/{a.steps}: RMSE of the trained months {loss.item() ** 0.5:.2f} "
                f"thousand, with noise ({time.time() - start:.0f} s)")

    layers = layers_of(net)
    x = np.rint(to_real(series[:-1]) * ONE).astype(np.int8)[None]
    assert abs(to_real(series)).max() < 1
    grown = np.concatenate([series[:TRAINED - 1], 1.5 * series[TRAINED - 49:TRAINED - 1]])
    calib = np.clip(np.rint(to_real(grown) * ONE), -ONE, ONE).astype(np.int8)[None]
    ohmic_net.save(a.out, "airline", layers, calib, shape=(len(series) - 1, 1), sequence="each",
                   input_type={"type": "s8"})
    ohmic_net.save_array(os.path.join(a.out, "inputs.npy"), x)
    unit = float(net.out.step()) * UNIT
    with open(os.path.join(a.out, "scale.json"), "w", encoding="utf-8") as f:
        json.dump({"unit": unit, "zero": MIDDLE}, f)
        f.write("\n")
    description, layers, _ = ohmic_net.load(a.out)
    v = ohmic_vector.run(description, layers, x)[0, :, 0]
    log(f"int8: RMSE {rmse(v * unit + MIDDLE, series):.2f} thousand of months {TRAINED + 1} to "
        f"{len(series)}; last month's value as the next: {rmse(series[:-1], series):.2f}")


if __name__ == "__main__":
    main()
