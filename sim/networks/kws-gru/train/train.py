# SPDX-License-Identifier: Apache-2.0
"""Train kws-gru, which hears keywords in MFCCs, for the noisy chip. Needs PyTorch.

The imported ds-cnn is the teacher: samples need no label. Both hear samples changed: shifted in
time, slower or faster, louder or softer, blended with or continued by another one, and with noise.
Every fifth sample from --fold on is left out and tests the network. Writes the network directory.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
NETWORKS = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(NETWORKS, "common")]

import ohmic_net            # noqa: E402
import ohmic_torch          # noqa: E402
import ohmic_train          # noqa: E402
import ohmic_vector         # noqa: E402
import prepare              # noqa: E402
from prepare import COEFFICIENTS, GRID_STEP, STEPS      # noqa: E402

HIDDEN, CLASSES, FOLDS = 64, 12, 5
RANGE = 40                  # input steps of a coefficient's standard deviation
TEACHER = os.path.join(NETWORKS, "ds-cnn")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = ohmic_torch.Gru(COEFFICIENTS, HIDDEN)
        self.fc = ohmic_torch.Product(HIDDEN, CLASSES, one_step=True)

    def draw(self, noise, adc=0.0):
        self.gru.gates.draw(noise)
        self.fc.draw(noise)
        self.gru.adc = adc * noise

    def forward(self, x):
        """x: the chip's bytes, (n, 49, 10)."""
        return self.fc(self.gru(x.transpose(0, 1) / ohmic_torch.ONE)[-1])


def changed(x, rng, n):
    """n sequences from samples x."""
    x, spread = x[rng.integers(0, len(x), 2 * n)], x.std((0, 1))
    at = np.arange(STEPS)
    for k in range(2 * n):
        place = (at - 24) * rng.uniform(0.85, 1.15) + 24 + rng.integers(-5, 6)
        x[k] = x[k][np.clip(np.rint(place), 0, STEPS - 1).astype(int)]
    part = rng.uniform(0, 0.5, (n, 1, 1)) * (rng.uniform(size=(n, 1, 1)) < 0.5)
    cut = np.where(rng.uniform(size=n) < 0.2, rng.integers(15, 35, n), STEPS)
    part = np.where(at[:, None] >= cut[:, None, None], 1, part)
    x = (1 - part) * x[:n] + part * x[n:]
    x *= rng.uniform(0.85, 1.15, (n, 1, 1))
    x += spread * rng.uniform(0, 0.3, (n, 1, 1)) * rng.standard_normal((n, 1, COEFFICIENTS))
    return x + spread * rng.uniform(0, 0.3, (n, 1, 1)) * rng.standard_normal(x.shape)


def teach(x):
    """What the teacher says of MFCCs x: logits (n, 12)."""
    net, layers, _ = ohmic_net.load(TEACHER)
    with open(os.path.join(TEACHER, "import.json"), encoding="utf-8") as f:
        step = json.load(f)["layers"][-1]["step"]
    weights = [q["w"].astype(np.float32) for q in layers]
    x = np.clip(np.rint(x / GRID_STEP), -127, 127).astype(np.int8)
    shape = ohmic_net.map_shape(net["input"]["shape"])
    v = [ohmic_net.forward(layers, x[k:k + 50], shape,
                           lambda i, rows: (rows.astype(np.float32) @ weights[i]).astype(np.int64))
         for k in range(0, len(x), 50)]
    return np.concatenate(v) * step


def train(net, x, wanted, a, log):
    """x: the chip's bytes; wanted: the teacher's probabilities."""
    opt = torch.optim.Adam(net.parameters(), lr=a.lr)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, a.lr, a.steps, pct_start=0.1)
    start, losses = time.process_time(), []
    for step in range(a.steps):
        at = torch.randint(len(x), (a.batch,))
        net.draw(a.noise * min(1, step / a.steps / 0.3), a.adc)
        z = F.log_softmax(net(x[at].float()) / a.heat, 1)
        loss = F.kl_div(z, wanted[at], reduction="batchmean")
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        sched.step()
        net.gru.gates.limit()
        net.fc.limit()
        losses.append(loss.item())
        if (step + 1) % (a.steps // 10) == 0:
            log(f"step {step + 1}/{a.steps}: loss {np.mean(losses[-a.steps // 10:]):.4f}, with "
                f"noise ({time.process_time() - start:.0f} s)")


def save(a, net, steps):
    """The directory; returns what ohmic_net.load makes of it. No sample is in it: the calibration
    is the teacher's, of sequences that were made."""
    calib = prepare.to_bytes(prepare.read(os.path.join(TEACHER, "calib.npy"), ds_cnn=True), steps)
    layers = [ohmic_torch.gates_layer("gates", ["input", "h"], net.gru.gates),
              ohmic_torch.cell_layer("h", "gates", HIDDEN, "gru"),
              ohmic_torch.last_layer("fc", ["h"], net.fc, "class")]
    ohmic_net.save(a.out, "kws-gru", layers, calib.reshape(len(calib), -1),
                   shape=(STEPS, COEFFICIENTS), sequence="last", input_type={"type": "s8"})
    with open(os.path.join(a.out, "steps.json"), "w", encoding="utf-8") as f:
        json.dump(steps, f)
        f.write("\n")
    return ohmic_net.load(a.out, strict=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("mfcc", help="samples, as prepare.py takes them")
    p.add_argument("labels", help="their classes, .npy; they only test")
    p.add_argument("--out", default=os.path.join(HERE, ".."), help="network directory to write")
    p.add_argument("--fold", type=int, default=0, choices=range(FOLDS),
                   help="leave out every fifth sample from this one on")
    p.add_argument("--inputs", type=int, default=16000, help="changed samples that are made")
    p.add_argument("--steps", type=int, default=2500, help="of training")
    p.add_argument("--batch", type=int, default=100, help="sequences of a step")
    p.add_argument("--lr", type=float, default=6e-3, help="largest learning rate")
    p.add_argument("--noise", type=float, default=1.0, help="factor on the devices' noise")
    p.add_argument("--adc", type=float, default=0.04, help="noise of a gate's sum")
    p.add_argument("--heat", type=float, default=2.0, help="temperature of the results compared")
    p.add_argument("--seed", type=int, default=1, help="random seed")
    a = p.parse_args()

    os.makedirs(os.path.join(a.out, "train"), exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train", "train.log"))
    options = {k: v for k, v in vars(a).items() if k not in ("mfcc", "labels", "out")}
    log(f"PyTorch {torch.__version__}, options {options}")
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    rng = np.random.default_rng(a.seed)
    x, y = prepare.read(a.mfcc), np.load(a.labels)
    left = np.arange(len(x)) % FOLDS == a.fold
    steps = {"middle": x[~left].mean((0, 1)), "gain": RANGE / x[~left].std((0, 1))}
    steps = {k: [float(f"{v:.4g}") for v in steps[k]] for k in steps}
    made = changed(x[~left], rng, a.inputs)
    said = teach(made)
    made = prepare.to_bytes(made, steps)
    net = Net()
    train(net, torch.from_numpy(made), F.softmax(torch.from_numpy(said).float() / a.heat, 1), a,
          log)
    description, layers, _ = save(a, net, steps)
    tests = prepare.to_bytes(x[left], steps).reshape(-1, STEPS * COEFFICIENTS)
    v = ohmic_vector.run(description, layers, tests)
    log(f"int8: {100 * ohmic_net.accuracy(v, y[left]):.1f} % of the {len(tests)} samples left out; "
        f"the teacher {100 * ohmic_net.accuracy(teach(x[left]), y[left]):.1f} %")


if __name__ == "__main__":
    main()
