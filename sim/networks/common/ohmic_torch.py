# SPDX-License-Identifier: Apache-2.0
"""Noise-aware recurrent layers in PyTorch, as the chip will compute them.

Weights are rounded to int8 steps and have the programming error and the read
noise of HERMES devices, another draw for each call of `draw`; inputs, gates and
states are rounded as they travel. Gradients pass straight through.
"""
import os
import sys

import numpy as np
import torch
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import hermes_chip      # noqa: E402

CLIP = 2.5              # standard deviations that a weight may reach
ONE = 127               # of an s8 input or state: 1.0
GATE = 16               # of a gate's s8 sum: 1.0


def deviation(q):
    """hermes_chip.deviation of a tensor, worked out in doubles."""
    return torch.from_numpy(hermes_chip.deviation(q.double().numpy())).float()


def rounded(x, steps, limit=127):
    """x in steps of 1/steps, held to +-limit of them; the gradient is that of the clip alone."""
    held = x.clamp(-limit / steps, limit / steps)
    return held + (torch.round(held.detach() * steps) / steps - held.detach())


class Product(nn.Module):
    """W x + b on a crossbar. one_step: the outputs share a weight step, as they are compared."""

    def __init__(self, inputs, outputs, one_step=False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * inputs ** -0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.one_step, self.drawn, self.used = one_step, None, None

    def use(self, used):
        """Weights stay 0 where `used` is; their cells have the errors of idle devices."""
        self.used = used.float()
        self.weight.data *= self.used
        self.weight.register_hook(lambda grad: grad * self.used)

    def step(self):
        w = self.weight.detach().abs()
        return (w.amax() if self.one_step else w.amax(0)).clamp(min=1e-6) / 127

    def draw(self, noise):
        """The weights of the products until the next call, with `noise` times the devices'."""
        with torch.no_grad():
            step = self.step()
            q = torch.round(self.weight / step)
            change = q * step - self.weight
            if noise:
                change += noise * deviation(q) * torch.randn_like(q) * step
        self.drawn = self.weight + change

    def limit(self):
        """Keep weights within CLIP standard deviations, as noise hardly depends on conductance."""
        w = self.weight.data
        if self.one_step:
            rms = w.square().mean().sqrt()
        else:
            rows = len(w) if self.used is None else self.used.sum(0)
            rms = (w.square().sum(0) / rows).sqrt()
        torch.minimum(torch.maximum(w, -CLIP * rms, out=w), CLIP * rms, out=w)

    def forward(self, x):
        return x @ self.drawn + self.bias


class Lstm(nn.Module):
    """One layer: gates in the order i, f, o, g from a product with [x, h]."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.gates = Product(inputs + hidden, 4 * hidden)
        self.gates.bias.data[hidden:2 * hidden] = 1
        self.hidden, self.adc = hidden, 0.0

    def forward(self, x, state=None):
        """x: (steps, n, inputs); returns h of each step and the state (h, c)."""
        n = self.hidden
        h, c = state or (x.new_zeros(x.shape[1], n), x.new_zeros(x.shape[1], n))
        out = []
        for xt in x:
            z = self.gates(torch.cat([xt, h], 1))
            if self.adc:
                z = z + self.adc * torch.randn_like(z)
            z = rounded(z, GATE)
            i, f, o = torch.sigmoid(z[:, :3 * n]).split(n, 1)
            c = f * c + i * torch.tanh(z[:, 3 * n:])
            h = rounded(o * torch.tanh(c), ONE)
            out.append(h)
        return torch.stack(out), (h, c)


class Gru(nn.Module):
    """One layer: gates in the order r, u, z of x alone, z of h alone; h returns rounded."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.gates = Product(inputs + hidden, 4 * hidden)
        used = torch.ones(inputs + hidden, 4 * hidden)
        used[inputs:, 2 * hidden:3 * hidden] = 0
        used[:inputs, 3 * hidden:] = 0
        self.gates.use(used)
        self.gates.bias.data[hidden:2 * hidden] = 1
        self.hidden, self.adc = hidden, 0.0

    def forward(self, x):
        """x: (steps, n, inputs); h of each step as it leaves."""
        n, out = self.hidden, []
        h = x.new_zeros(x.shape[1], n)
        sent = h
        for xt in x:
            z = self.gates(torch.cat([xt, sent], 1))
            if self.adc:
                z = z + self.adc * torch.randn_like(z)
            z = rounded(z, GATE)
            r, u = torch.sigmoid(z[:, :2 * n]).split(n, 1)
            m = torch.tanh(z[:, 2 * n:3 * n] + r * z[:, 3 * n:])
            h = m + u * (h - m)
            sent = rounded(h, ONE)
            out.append(sent)
        return torch.stack(out)


def hidden_layer(name, sources, product, x_steps, y_steps, activation="none"):
    """The integer layer of a product; x_steps, y_steps: steps of 1.0 of its inputs and outputs."""
    step = product.step().double()
    ratio = (step * y_steps / x_steps).numpy() * np.ones(len(product.bias))
    shift = int(np.clip(np.floor(np.log2(32767 / ratio.max())), 0, 40))
    return {"name": name, "from": sources, **integers(product, step, x_steps),
            "scale": np.rint(ratio * 2.0 ** shift).astype(np.int16), "shift": shift,
            "activation": activation, "output": "s8"}


def gates_layer(name, sources, product):
    """The integer layer of a product whose sums a kernel reads as s8, GATE steps to 1.0."""
    return hidden_layer(name, sources, product, ONE, GATE)


def last_layer(name, sources, product, output="s32", x_steps=ONE):
    """The integer layer of the last product; one of its results' steps is step() / x_steps."""
    return {"name": name, "from": sources, **integers(product, product.step().double(), x_steps),
            "activation": "none", "output": output}


def integers(product, step, x_steps):
    w, b = product.weight.detach().double(), product.bias.detach().double()
    return {"type": "dense", "w": torch.round(w / step).numpy().astype(np.int8),
            "bias": torch.round(b * x_steps / step).numpy().astype(np.int32)}


def cell_layer(name, source, hidden, kernel="lstm"):
    """The recurrent kernel behind gates_layer."""
    return {"name": name, "type": "vector", "from": [source], "inputs": 4 * hidden,
            "outputs": hidden, "kernel": kernel, "values": {"in_scale": 4096 // GATE},
            "output": "s8"}
