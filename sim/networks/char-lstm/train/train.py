# SPDX-License-Identifier: Apache-2.0
"""Train char-lstm, which says the next character of a text, for the noisy chip. Needs PyTorch.

Windows of 64 characters, each a sequence from a state of zeros; the text's last tenth is for tests.
Writes the network directory, and the test sequences that a run takes.
"""
import argparse
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "common")]

import ohmic_text           # noqa: E402
import ohmic_torch          # noqa: E402
import ohmic_train          # noqa: E402

HIDDEN, STEPS = 128, 64


class Net(nn.Module):
    def __init__(self, chars):
        super().__init__()
        self.lstm = ohmic_torch.Lstm(chars, HIDDEN)
        self.fc = ohmic_torch.Product(HIDDEN, chars, one_step=True)

    def draw(self, noise, adc):
        self.lstm.gates.draw(noise)
        self.fc.draw(noise)
        self.lstm.adc = adc * noise

    def forward(self, x):
        """x: (steps, n) numbers; logits of what follows, (steps, n, chars)."""
        return self.fc(self.lstm(F.one_hot(x, self.fc.weight.shape[1]).float())[0])


def train(net, text, a, log):
    rng, start, t, done = np.random.default_rng(a.seed), time.process_time(), 0.0, 0
    opt, losses = torch.optim.Adam(net.parameters(), lr=a.lr), []
    while t < 1:
        t = (time.process_time() - start) / (60 * a.minutes)
        for group in opt.param_groups:
            group["lr"] = a.lr * min(1, t / 0.05 + 0.02, (1.02 - t) / 0.6)
        net.draw(a.noise * min(1, t / 0.4), a.adc)
        x = ohmic_text.windows(text, STEPS, a.batch, rng)
        loss = ohmic_text.loss(net(x[:-1]), x)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        net.lstm.gates.limit()
        net.fc.limit()
        losses.append(loss.item())
        done += 1
        if done % 500 == 0:
            log(f"{done} steps, {100 * t:.0f} %, with noise "
                f"{np.mean(losses[-500:]) / np.log(2):.3f} bits a character")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("text", help="a text file")
    p.add_argument("--out", default=os.path.join(HERE, ".."), help="network directory to write")
    p.add_argument("--minutes", type=float, default=5, help="of processor time to train for")
    p.add_argument("--batch", type=int, default=64, help="windows of a step")
    p.add_argument("--lr", type=float, default=6e-3, help="largest learning rate")
    p.add_argument("--noise", type=float, default=1.0, help="factor on the devices' noise")
    p.add_argument("--adc", type=float, default=0.04, help="noise of a gate's sum")
    p.add_argument("--tests", type=int, default=100, help="test sequences to write")
    p.add_argument("--seed", type=int, default=1, help="random seed")
    a = p.parse_args()

    os.makedirs(os.path.join(a.out, "train"), exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train", "train.log"))
    options = {k: v for k, v in vars(a).items() if k not in ("text", "out")}
    log(f"PyTorch {torch.__version__}, options {options}")
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    learned, test, chars = ohmic_text.read(a.text)
    net = Net(len(chars))
    train(net, learned, a, log)

    layers = [ohmic_torch.gates_layer("gates", ["input", "h"], net.lstm.gates),
              ohmic_torch.cell_layer("h", "gates", HIDDEN),
              ohmic_torch.last_layer("fc", ["h"], net.fc)]
    bits = ohmic_text.save(a.out, "char-lstm", layers, float(net.fc.step()) / ohmic_torch.ONE,
                           ohmic_text.spread(learned, STEPS, 32),
                           ohmic_text.spread(test, STEPS, a.tests), np.eye(len(chars)).__getitem__,
                           chars)
    log(f"int8: {bits:.3f} bits a character, {a.tests} test sequences")


if __name__ == "__main__":
    main()
