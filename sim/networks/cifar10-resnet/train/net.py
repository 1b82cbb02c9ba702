# SPDX-License-Identifier: Apache-2.0
"""The residual network in PyTorch, its weights in training as the chip will have them.

Every forward pass rounds the weights to int8 steps (an output's own, or the
layer's where a residual is added) and adds the programming error and the read
noise of HERMES devices. Gradients flow to the full-precision weights, which are
clipped to a few standard deviations, as the noise hardly depends on conductance
(Joshi et al., Nature Communications 11, 2473, 2020).
"""
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "common"))

import export           # noqa: E402
import hermes_chip      # noqa: E402

CHANNELS, CLASSES = (16, 32, 80, 112), 10
CLIP = 2.5              # standard deviations that a weight may reach
LEAST_GAIN = 0.05       # of a batch normalisation


def chip_weights(w, step, noise):
    """Weights as a chip has them: int8 steps and `noise` times the devices' errors.

    step: real value of one weight step, to be broadcast over w. The gradient
    passes straight through.
    """
    with torch.no_grad():
        q = torch.round(w / step).clamp(-127, 127)
        change = q * step - w
        if noise:
            sd = torch.from_numpy(hermes_chip.deviation(q.numpy())).float()
            change += noise * sd * torch.randn_like(w) * step
    return w + change


class Conv(nn.Module):
    """A 3x3 convolution, pooled to the largest of 2x2 where asked, and batch normalisation.

    one_step: its outputs share a weight step. The normalisation's gains stay
    positive, so that pooling may come before it, which is cheaper.
    """

    def __init__(self, inputs, outputs, pool=False, one_step=False, norm=True):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=not norm)
        self.norm = nn.BatchNorm2d(outputs) if norm else None
        self.pool, self.one_step, self.noise = pool, one_step, 0.0

    def gain(self):
        """What folding the normalisation multiplies each output's weights by."""
        n = self.norm
        return (n.weight.detach() * torch.rsqrt(n.running_var + n.eps)).view(-1, 1, 1, 1)

    def spread(self, reduce):
        """reduce(weights) of each output, in units of its own weights, for limits and steps."""
        w = self.conv.weight.detach()
        if not self.one_step:
            return reduce(w.flatten(1)).view(-1, 1, 1, 1)
        gain = self.gain()
        return reduce((w * gain).reshape(1, -1)) / gain

    def limit(self):
        """Keep weights within CLIP standard deviations and gains positive."""
        limit = CLIP * self.spread(lambda w: w.square().mean(1).sqrt())
        w = self.conv.weight.data
        torch.minimum(torch.maximum(w, -limit, out=w), limit, out=w)
        if self.norm:
            self.norm.weight.data.clamp_(min=LEAST_GAIN)

    def forward(self, x):
        step = self.spread(lambda w: w.abs().amax(1)).clamp(min=1e-6) / 127
        w = chip_weights(self.conv.weight, step, self.noise)
        z = F.conv2d(x, w, self.conv.bias, padding=1)
        if self.pool:
            z = F.max_pool2d(z, 2)
        return self.norm(z) if self.norm else z


class Dense(nn.Linear):
    """The last layer; its outputs are compared, so they share a weight step."""

    noise = 0.0

    def limit(self):
        limit = float(CLIP * self.weight.data.square().mean().sqrt())
        self.weight.data.clamp_(-limit, limit)

    def forward(self, x):
        step = self.weight.detach().abs().max().clamp(min=1e-6) / 127
        return F.linear(x, chip_weights(self.weight, step, self.noise), self.bias)


class Net(nn.Module):
    """prep, then three times a convolution with pooling and one with a skip around it, the largest
    of each channel, fc. Inputs are bytes / 255, padded with black."""

    def __init__(self, c=CHANNELS):
        super().__init__()
        self.prep = Conv(3, c[0], norm=False)
        self.down1, self.res1 = Conv(c[0], c[1], pool=True), Conv(c[1], c[1], one_step=True)
        self.down2, self.res2 = Conv(c[1], c[2], pool=True), Conv(c[2], c[2], one_step=True)
        self.down3, self.res3 = Conv(c[2], c[3], pool=True), Conv(c[3], c[3], one_step=True)
        self.fc = Dense(c[3], CLASSES)
        self.frozen = False

    def train(self, mode=True):
        """frozen: normalisation keeps its statistics, as on the chip, in training too. Statistics
        of the batch itself would take out again what the devices do to a whole channel."""
        super().train(mode)
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d) and self.frozen:
                m.eval()
        return self

    def forward(self, x):
        def act(z):
            return z.clamp(0, export.TOP)

        x = act(self.prep(x))
        for down, res in ((self.down1, self.res1), (self.down2, self.res2),
                          (self.down3, self.res3)):
            x = act(down(x))
            x = act(x + res(x))
        return self.fc(x.amax((2, 3)))

    def set_noise(self, noise):
        for m in self.children():
            m.noise = noise

    def limit(self):
        for m in self.children():
            m.limit()


def to_input(images):
    """u8 (n, h, w, 3) to what the network takes, channels innermost in memory."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float().div_(255)


def whiten(prep, images):
    """Begin the first layer with both signs of the main components of 3x3 pieces of the images."""
    with torch.no_grad():
        x = F.unfold(to_input(images).contiguous(), 3).transpose(1, 2).reshape(-1, 27).double()
        mean = x.mean(0)
        size, axes = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
        w = (axes / (size + 1e-2).sqrt()).T.flip(0)[:len(prep.conv.weight) // 2]
        w = torch.cat([w, -w])
        prep.conv.weight.copy_(w.view(-1, 3, 3, 3))
        prep.conv.bias.copy_(-w @ mean)


def correct(net, x, y):
    """How many of these images the network gets right, without noise."""
    net.eval()
    net.set_noise(0.0)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        hits = sum(int((net(to_input(x[i:i + 250])).argmax(1).numpy() == y[i:i + 250]).sum())
                   for i in range(0, len(x), 250))
    net.train()
    return hits


def measure_normalisation(net, x):
    """Batch normalisation's statistics from whole images without noise."""
    net.train()
    net.set_noise(0.0)
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None       # the mean over all batches
    with torch.no_grad():
        for i in range(0, len(x), 500):
            net(to_input(x[i:i + 500]))
    net.eval()
