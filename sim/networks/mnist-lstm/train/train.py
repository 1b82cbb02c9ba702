# SPDX-License-Identifier: Apache-2.0
"""Train mnist-lstm for the noisy chip: an image is a sequence of 28 rows. Needs PyTorch.

Writes OUT/weights.pt after each epoch; export.py makes a network directory of it.
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

import ohmic_net            # noqa: E402
import ohmic_torch          # noqa: E402
import ohmic_train          # noqa: E402

HIDDEN, CLASSES, STEPS = 64, 10, 28


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = ohmic_torch.Lstm(STEPS, HIDDEN)
        self.fc = ohmic_torch.Product(HIDDEN, CLASSES, one_step=True)

    def draw(self, noise, adc=0.0):
        self.lstm.gates.draw(noise)
        self.fc.draw(noise)
        self.lstm.adc = adc * noise

    def forward(self, images):
        """images: (n, 784) of 0 to 1; the chip gets them halved, as s8."""
        x = ohmic_torch.rounded(images, ohmic_torch.ONE).view(-1, STEPS, STEPS).transpose(0, 1)
        return self.fc(self.lstm(x)[0][-1])


def accuracy(net, x, y, noise=0.0, adc=0.0):
    with torch.no_grad():
        hits = 0
        for i in range(0, len(x), 1000):
            net.draw(noise, adc)
            hits += int((net(x[i:i + 1000]).argmax(1) == y[i:i + 1000]).sum())
    return 100 * hits / len(x)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("mnist", help="directory with the four MNIST files")
    p.add_argument("out", help="directory for weights.pt and train.log")
    p.add_argument("--epochs", type=int, default=30, help="passes over the training images")
    p.add_argument("--lr", type=float, default=4e-3, help="peak learning rate")
    p.add_argument("--batch", type=int, default=250, help="images of a step")
    p.add_argument("--decay", type=float, default=0.01, help="weight decay")
    p.add_argument("--noise", type=float, default=1.0, help="factor on the devices' noise")
    p.add_argument("--adc", type=float, default=0.04, help="noise of a gate's sum")
    p.add_argument("--affine", type=float, default=0.5,
                   help="distortion, share of 12 degrees, 12 %% scale, 15 %% shear, 1.5 pixels")
    p.add_argument("--seed", type=int, default=1, help="random seed")
    a = p.parse_args()

    os.makedirs(a.out, exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train.log"))
    log(f"PyTorch {torch.__version__}, "
        f"options { {k: v for k, v in vars(a).items() if k not in ('mnist', 'out')} }")
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    rng = np.random.default_rng(a.seed)
    augment = ohmic_train.augmenter(28, rng, elastic=0.6, angle=12 * a.affine,
                                    scale=0.12 * a.affine, shear=0.15 * a.affine,
                                    shift=1.5 * a.affine)
    x, y = ohmic_net.load_mnist(a.mnist, "train")
    tx, ty = ohmic_net.load_mnist(a.mnist, "t10k")
    x, tx = (v.astype(np.float32) / np.float32(255) for v in (x, tx))
    y, ty, tx = (torch.from_numpy(v.copy()) for v in (y.astype(np.int64), ty, tx))
    net, start = Net(), time.time()
    opt = torch.optim.AdamW(net.parameters(), lr=a.lr, weight_decay=a.decay)
    steps = a.epochs * (len(x) // a.batch)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, a.lr, steps, pct_start=0.15)
    for epoch in range(a.epochs):
        net.train()
        losses, share = [], epoch / a.epochs
        for at in rng.permutation(len(x)).reshape(-1, a.batch):
            net.draw(a.noise * min(1, share / 0.3), a.adc)
            images = torch.from_numpy(augment(x[at], 1.0 if share < 0.85 else 0.3))
            loss = F.cross_entropy(net(images), y[at])
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            sched.step()
            net.lstm.gates.limit()
            net.fc.limit()
            losses.append(loss.item())
        log(f"epoch {epoch + 1}/{a.epochs} loss {np.mean(losses):.4f}, test "
            f"{accuracy(net, tx, ty):.2f} %, with noise {accuracy(net, tx, ty, 1.0, a.adc):.2f} % "
            f"({time.time() - start:.0f} s)")
        torch.save(net.state_dict(), os.path.join(a.out, "weights.pt"))


if __name__ == "__main__":
    main()
