# SPDX-License-Identifier: Apache-2.0
"""Retrain the imported DS-CNN with the chip's noise, by itself. Needs PyTorch.

The network as it was imported is the teacher; the student begins with its weights and learns to
give the same results although its weights have the programming error and the read noise of HERMES
devices, the idle cells of the depthwise layers' tiles included. Samples need no label: both see
them shifted in time, louder or softer, blended and with noise. With --fold a fifth of them is left
out, on which that network can be tested. Steps of maps stay those of the import.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..")
sys.path[:0] = [os.path.join(HERE, "..", "..", "common")]

import hermes_chip      # noqa: E402
import ohmic_net        # noqa: E402
import ohmic_train      # noqa: E402

ROWS = 128              # of the tiles that depthwise layers are packed into
FOLDS = 5
CLIP = 2.5              # standard deviations that a weight may reach, output by output


IDLE = float(hermes_chip.deviation(np.zeros(1))[0])


class Layer(torch.nn.Module):
    """A layer of the format in real units. x_step: of its inputs; grid: step of its map."""

    def __init__(self, layer, arrays, x_step, step, score):
        super().__init__()
        self.layer, self.x_step, self.step = layer, x_step, step
        w, bias = (torch.from_numpy(arrays[k].astype(np.float32)) for k in ("w", "bias"))
        unit = torch.full((w.shape[1],), score / x_step)
        if step:
            unit = torch.from_numpy(arrays["scale"] * 2.0 ** -layer["shift"]).float()
            unit = unit * step / x_step
        self.groups = layer.get("groups", 1)
        self.w = torch.nn.Parameter(w * unit)
        self.bias = torch.nn.Parameter(bias * unit * x_step)

    def weight_step(self):
        """Real value of a weight step of each output, or of all in the last layer."""
        largest = self.w.detach().abs().amax(0)
        least = largest.max() / (128 if self.step else 1)      # a scale keeps 8 bits and more
        return largest.clamp(min=least) / 127

    def limit(self):
        most = CLIP * self.w.detach().square().mean(0).sqrt()
        self.w.data = torch.minimum(torch.maximum(self.w.data, -most), most)

    def weights(self, noise):
        """As the chip has them, (rows, outputs); the gradient passes straight through."""
        with torch.no_grad():
            a = self.weight_step()
            q = torch.round(self.w / a)
            off = q * a - self.w
            if noise:
                sd = torch.from_numpy(hermes_chip.deviation(q.numpy())).float()
                off += noise * sd * torch.randn_like(q) * a
        return self.w + off

    def idle(self, x, noise):
        """What the cells without a weight add to a depthwise layer's sums: (1, outputs, …)."""
        own = ROWS // 9
        with torch.no_grad():
            power = F.avg_pool2d(x.square(), 3, 1, 1) * 9 * (own - 1)
            power = power.mean(1, keepdim=True).expand_as(x)
            return noise * IDLE * power.sqrt() * torch.randn_like(x) \
                * self.weight_step().view(1, -1, 1, 1)

    def forward(self, x, noise):
        l, w = self.layer, self.weights(noise)
        if l["type"] == "dense":
            return F.linear(x.flatten(1), w.T, self.bias)
        kh, kw = l["kernel"]
        w = w.reshape(kh, kw, -1, w.shape[1]).permute(3, 2, 0, 1)
        pad = l["padding"]
        t, left, b, r = [pad] * 4 if isinstance(pad, int) else pad
        y = F.conv2d(F.pad(x, (left, r, t, b)), w, self.bias, stride=l["stride"],
                     groups=self.groups)
        if noise and self.groups > 1:
            y = y + self.idle(x, noise)
        top = 255 * self.step
        rounded = (y.detach() / self.step).round() * self.step
        y = (y + (rounded - y).detach()).clamp(0, top)
        return y.mean((2, 3), keepdim=True) if l.get("pool") else y


class Net(torch.nn.Module):
    """All layers of a directory, one after the other."""

    def __init__(self, directory):
        super().__init__()
        with open(os.path.join(directory, "network.json"), encoding="utf-8") as f:
            self.description = json.load(f)
        with open(os.path.join(directory, "import.json"), encoding="utf-8") as f:
            record = json.load(f)
        self.x_step = x_step = record["input"]["step"]
        layers = []
        for layer, told in zip(self.description["layers"], record["layers"]):
            last = layer is self.description["layers"][-1]
            arrays = {k: np.load(os.path.join(directory, layer[n])) for k, n in
                      (("w", "weights"), ("bias", "bias"), ("scale", "scale")) if n in layer}
            layers.append(Layer(layer, arrays, x_step, None if last else told["step"],
                                told["step"]))
            x_step = told["step"]
        self.layers = torch.nn.ModuleList(layers)

    def forward(self, x, noise=0.0):
        """x: integers (n, 49, 10)."""
        x = x[:, None].float() * self.x_step
        for layer in self.layers:
            x = layer(x, noise)
        return x

    def integers(self):
        """Layers for ohmic_net.save."""
        made = []
        for m in self.layers:
            a = m.weight_step().numpy().astype(np.float64)
            w, bias = (p.detach().numpy().astype(np.float64) for p in (m.w, m.bias))
            q = {k: v for k, v in m.layer.items() if k not in ("weights", "bias", "scale")}
            q.update(w=np.rint(w / a).astype(np.int8),
                     bias=np.rint(bias / (a * m.x_step)).astype(np.int32))
            if m.step:
                ratio = a * m.x_step / m.step
                q["shift"] = int(np.clip(np.floor(np.log2(32767 / ratio.max())), 0, 40))
                q["scale"] = np.rint(ratio * 2.0 ** q["shift"]).astype(np.int16)
            made.append(q)
        return made


def changed(x, rng, n):
    """n sequences from samples x: shifted in time, louder or softer, blended, with noise."""
    x = x[rng.integers(0, len(x), 2 * n)].astype(np.float64)
    for k, shift in enumerate(rng.integers(-4, 5, 2 * n)):
        x[k] = x[k][np.clip(np.arange(49) - shift, 0, 48)]
    spread = x.std((0, 1))
    part = rng.uniform(0, 0.4, (n, 1, 1)) * (rng.uniform(size=(n, 1, 1)) < 0.6)
    x = (1 - part) * x[:n] + part * x[n:]
    x *= rng.uniform(0.85, 1.15, (n, 1, 1))
    x += spread * rng.uniform(0, 0.3, (n, 1, 1)) * rng.standard_normal((n, 1, 10))
    x += spread * rng.uniform(0, 0.3, (n, 1, 1)) * rng.standard_normal(x.shape)
    return torch.from_numpy(np.clip(np.rint(x), -127, 127)).float()


def train(student, teacher, x, a, log):
    """a.steps steps of a.batch sequences; x: all there are."""
    # Steps relative to a tensor's values, which differ by orders of magnitude among layers.
    opt = torch.optim.Adam([{"params": [p], "size": p.detach().square().mean().sqrt().item()}
                            for p in student.parameters()])
    with torch.no_grad():
        wanted = torch.cat([F.softmax(teacher(x[k:k + 256]) / a.heat, 1)
                            for k in range(0, len(x), 256)])
    start, losses = time.time(), []
    for step in range(a.steps):
        at = torch.randint(len(x), (a.batch,))
        t = step / a.steps
        rate = a.lr * min(1.0, t / 0.05) * (1 + np.cos(np.pi * t)) / 2
        for group in opt.param_groups:
            group["lr"] = rate * group["size"]
        z = F.log_softmax(student(x[at], a.noise * (0.6 + 0.6 * torch.rand(1).item())) / a.heat, 1)
        loss = F.kl_div(z, wanted[at], reduction="batchmean")
        opt.zero_grad()
        loss.backward()
        opt.step()
        for m in student.layers:
            m.limit()
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            log(f"step {step + 1}, loss {np.mean(losses[-50:]):.4f} ({time.time() - start:.0f} s)")


def save(directory, net, calib):
    """A network directory with signed inputs, as the import has them."""
    path = os.path.join(directory, "network.json")
    ohmic_net.save(directory, "ds-cnn-trained", net.integers(), calib.reshape(len(calib), -1),
                   tuple(net.description["input"]["shape"]))
    ohmic_net.save_array(os.path.join(directory, "calib.npy"), calib)
    with open(path, encoding="utf-8") as f:
        made = json.load(f)
    made["input"]["type"] = net.description["input"]["type"]
    with open(path, "w", encoding="utf-8") as f:
        json.dump(made, f, indent=2)
        f.write("\n")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--out", default=os.path.join(HERE, "..", "..", "ds-cnn-trained"),
                   help="network directory to write")
    p.add_argument("--data", required=True,
                   help="samples to train with, .npy of the network's inputs")
    p.add_argument("--fold", type=int, choices=range(FOLDS),
                   help="leave out every fifth sample from this one on")
    p.add_argument("--inputs", type=int, default=4096, help="changed samples that are made")
    p.add_argument("--steps", type=int, default=300, help="of training")
    p.add_argument("--batch", type=int, default=64, help="sequences of a step")
    p.add_argument("--lr", type=float, default=1e-2,
                   help="largest learning rate, relative to weights")
    p.add_argument("--noise", type=float, default=1.0, help="factor on the devices' noise")
    p.add_argument("--heat", type=float, default=2.0, help="temperature of the results compared")
    p.add_argument("--seed", type=int, default=1, help="random seed")
    a = p.parse_args()
    os.makedirs(os.path.join(a.out, "train"), exist_ok=True)
    log = ohmic_train.Log(os.path.join(a.out, "train", "train.log"))
    options = {k: v for k, v in vars(a).items() if k != "out"}
    log(f"PyTorch {torch.__version__}, options {options}")
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    rng = np.random.default_rng(a.seed)
    teacher, student = Net(SOURCE), Net(SOURCE)
    calib = np.load(os.path.join(SOURCE, teacher.description["calibration"]))
    x = np.load(a.data).view(np.int8).reshape(-1, 49, 10)
    if a.fold is not None:
        x = x[np.arange(len(x)) % FOLDS != a.fold]
    x = changed(x, rng, a.inputs)
    train(student, teacher, x, a, log)
    save(a.out, student, calib)


if __name__ == "__main__":
    main()
