# SPDX-License-Identifier: Apache-2.0
"""Train char-lstm, which says the next character of a text, for the noisy chip. Needs PyTorch.

Windows of 64 characters, each a sequence from a state of zeros; the text's last tenth is for tests.
Writes the network directory, and the test sequences that a run takes.
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
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "common")]

import bits                 # noqa: E402
import ohmic_net            # noqa: E402
import ohmic_torch          # noqa: E402
import ohmic_train          # noqa: E402
import ohmic_vector         # noqa: E402

HIDDEN, STEPS = 128, 64


def read(path):
    """The text as numbers, and the characters that they stand for."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    chars = sorted(set(text))
    number = {c: i for i, c in enumerate(chars)}
    return np.array([number[c] for c in text]), "".join(chars)


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


def windows(text, at):
    return torch.from_numpy(text[at[None, :] + np.arange(STEPS + 1)[:, None]])


def train(net, text, a, log):
    rng, start, t, done = np.random.default_rng(a.seed), time.process_time(), 0.0, 0
    opt, losses = torch.optim.Adam(net.parameters(), lr=a.lr), []
    while t < 1:
        t = (time.process_time() - start) / (60 * a.minutes)
        for group in opt.param_groups:
            group["lr"] = a.lr * min(1, t / 0.05 + 0.02, (1.02 - t) / 0.6)
        net.draw(a.noise * min(1, t / 0.4), a.adc)
        x = windows(text, rng.integers(0, len(text) - STEPS - 1, a.batch))
        loss = F.cross_entropy(net(x[:-1]).flatten(0, 1), x[1:].flatten())
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        net.lstm.gates.limit()
        net.fc.limit()
        losses.append(loss.item())
        done += 1
        if done % 100 == 0:
            log(f"{done} steps, {100 * t:.0f} %, with noise "
                f"{np.mean(losses[-100:]) / np.log(2):.3f} bits a character")


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
    text, chars = read(a.text)
    learned, test = np.split(text, [len(text) * 9 // 10])
    net = Net(len(chars))
    train(net, learned, a, log)

    layers = [ohmic_torch.gates_layer("gates", ["input", "h"], net.lstm.gates),
              ohmic_torch.lstm_layer("h", "gates", HIDDEN),
              ohmic_torch.last_layer("fc", ["h"], net.fc)]
    one_hot = np.eye(len(chars), dtype=np.uint8) * 255
    shape = (STEPS, len(chars))
    calib = one_hot[learned[np.arange(32)[:, None] * 20011 + np.arange(STEPS)]]
    at = np.linspace(0, len(test) - STEPS - 2, a.tests).astype(int)
    numbers = test[at[:, None] + np.arange(STEPS + 1)]
    x = one_hot[numbers[:, :-1]]
    ohmic_net.save(a.out, "char-lstm", layers, calib.reshape(len(calib), -1), shape=shape,
                   sequence="each", input_type={"type": "s8", "halve": True})
    with open(os.path.join(a.out, "scale.json"), "w", encoding="utf-8") as f:
        json.dump({"unit": float(net.fc.step()) / ohmic_torch.ONE, "chars": chars}, f)
        f.write("\n")
    np.save(os.path.join(a.out, "numbers.npy"), numbers.astype(np.uint8))
    ohmic_net.write_idx(os.path.join(a.out, "inputs-idx3-ubyte.gz"), x)
    description, layers, _ = ohmic_net.load(a.out, strict=True)
    v = ohmic_vector.run(description, layers, x.reshape(len(x), -1))
    unit = float(net.fc.step()) / ohmic_torch.ONE
    log(f"int8: {bits.bits(v * unit, numbers[:, 1:]):.3f} bits a character, "
        f"{a.tests} test sequences")


if __name__ == "__main__":
    main()
