# SPDX-License-Identifier: Apache-2.0
"""Train the residual network on JPEG copies of CIFAR-10, with the chip's noise. Needs PyTorch.

DATA is the directory that prepare_data.py wrote. A training lasts so many minutes or so many
epochs; the learning rate, the noise and the size of the pieces of images follow the share of it
that is over. Each epoch leaves checkpoint.pt in OUT/train, the end weights.pt there and a network
directory in OUT.
"""
import argparse
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "common")]

import export           # noqa: E402
import net as model     # noqa: E402
import ohmic_net        # noqa: E402
import ohmic_train      # noqa: E402


SETTLED = 0.7           # share of a training after which images are whole and the noise is full


def augment(images, size, rng):
    """A random `size` x `size` piece of each image, mirrored or not."""
    n, room = len(images), images.shape[1] - size + 1
    at = rng.integers(0, room, (2, n, 1, 1))
    down, across = np.arange(size)[:, None], np.arange(size)[None, :]
    flip = rng.integers(0, 2, (n, 1, 1)).astype(bool)
    across = np.where(flip, size - 1 - across, across)
    return images[np.arange(n)[:, None, None], at[0] + down, at[1] + across]


def stage(t):
    """Size of the pieces and padding at t, 0 to 1, of the training: small ones are cheap."""
    return (24, 0) if t < SETTLED else (32, 2)


def optimiser(net, a):
    """Momentum with weight decay, the latter not on biases and normalisations."""
    kinds = ([p for p in net.parameters() if (p.ndim > 1) == matrix] for matrix in (True, False))
    return torch.optim.SGD([{"params": params, "weight_decay": decay}
                            for params, decay in zip(kinds, (a.decay, 0.0))],
                           lr=a.lr, momentum=0.9, nesterov=True)


def train(net, x, y, a, log, score):
    """Train on images x with labels y. score(): of the network as it is, only for the log."""
    rng, opt = np.random.default_rng(a.seed), optimiser(net, a)
    padded = {p: np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)), "reflect") for p in (0, 2)}
    start, images, t = time.time(), 0, 0.0
    while t < 1:
        losses = []
        for at in rng.permutation(len(x))[:len(x) // a.batch * a.batch].reshape(-1, a.batch):
            t = ((time.time() - start) / (60 * a.minutes) if a.minutes
                 else images / (a.epochs * len(x)))
            if t >= 1:
                break
            part = max(t, SETTLED) if a.start else t
            size, pad = stage(part)
            for group in opt.param_groups:
                group["lr"] = a.lr * min(t / 0.15, (1 - t) / 0.85)
            net.set_noise(a.noise * min(1.0, part / 0.6))
            at = np.sort(at)
            with torch.autocast("cpu", torch.bfloat16):
                z = net(model.to_input(augment(padded[pad][at], size, rng)))
            loss = F.cross_entropy(z.float(), torch.from_numpy(y[at]), label_smoothing=0.1)
            opt.zero_grad()
            loss.backward()
            opt.step()
            net.limit()
            images += a.batch
            losses.append(loss.item())
        if losses:
            log(f"{images / len(x):.2f} epochs, {100 * t:.1f} %, {size} px, loss "
                f"{np.mean(losses):.4f}, {score()} ({time.time() - start:.0f} s)")
        torch.save(net.state_dict(), os.path.join(a.out, "train", "checkpoint.pt"))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("data", help="directory that prepare_data.py wrote")
    p.add_argument("--out", default=os.path.join(HERE, ".."), help="network directory to write")
    p.add_argument("--minutes", type=float, default=0, help="to train for, instead of --epochs")
    p.add_argument("--epochs", type=float, default=30, help="to train for (default 30)")
    p.add_argument("--batch", type=int, default=256, help="images of a step")
    p.add_argument("--lr", type=float, default=0.2, help="largest learning rate")
    p.add_argument("--decay", type=float, default=5e-4, help="weight decay")
    p.add_argument("--noise", type=float, default=1.0, help="factor on the devices' noise")
    p.add_argument("--start", help="weights.pt of an earlier run, to go on with whole images, all "
                   "of the noise and frozen normalisation")
    p.add_argument("--threads", type=int, default=1, help="of PyTorch")
    p.add_argument("--seed", type=int, default=1, help="random seed")
    a = p.parse_args()

    os.makedirs(os.path.join(a.out, "train"), exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train", "train.log"))
    opts = {k: v for k, v in vars(a).items() if k not in ("data", "out")}
    log(f"PyTorch {torch.__version__}, options {opts}")
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    x, y, tx, ty = (np.load(os.path.join(a.data, f"{part}-{what}.npy"))
                    for part in ("train", "test") for what in ("images", "labels"))
    net = model.Net()
    if a.start:
        net.load_state_dict(torch.load(a.start))
        net.frozen = True
        net.train()
    else:
        model.whiten(net.prep, x[:2000])
    net = net.to(memory_format=torch.channels_last)
    train(net, x, y.astype(np.int64), a, log,
          lambda: f"{model.correct(net, tx[:2000], ty[:2000]) / 20:.2f} % of 2000 test images")
    if not a.start:
        model.measure_normalisation(net, x[:20000])
    torch.save(net.state_dict(), os.path.join(a.out, "train", "weights.pt"))
    log(f"float: {100 * model.correct(net, tx, ty) / len(ty):.2f} % of {len(ty)}")
    state = {k: v.detach().float().numpy() for k, v in net.state_dict().items()}
    layers = export.to_integer(state)
    calib = ohmic_train.calibration(x.reshape(len(x), -1), 64)
    ohmic_net.save(a.out, "cifar10-resnet", layers, calib, export.SHAPE)
    exact = ohmic_net.run(layers, tx[:2000].reshape(2000, -1), export.SHAPE)
    log(f"int8: {100 * ohmic_net.accuracy(exact, ty[:2000]):.2f} % of 2000")


if __name__ == "__main__":
    main()
