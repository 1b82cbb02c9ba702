# SPDX-License-Identifier: Apache-2.0
"""Train char-transformer, which says the next character, for the noisy chip. Needs PyTorch.

Two layers of width 64 with four heads, attention and MLP side by side (as in GPT-J), norms behind
the sums: x := norm(x + W [attention(x), relu(V x)]). A sequence is a window of 32 characters; the
text's last tenth is for tests. Writes the network directory, and the test sequences that a run
takes.
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
from ohmic_torch import GATE, ONE, hidden_layer, rounded        # noqa: E402

STEPS, LAYERS, WIDTH, HEADS, MLP = 32, 2, 64, 4, 128
STREAM = 32                 # steps of 1.0 between layers; GATE within a layer


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = ohmic_torch.Product(WIDTH, 3 * WIDTH)
        self.up = ohmic_torch.Product(WIDTH, MLP)
        self.down = ohmic_torch.Product(WIDTH + MLP, WIDTH)
        self.gamma, self.beta = nn.Parameter(torch.ones(WIDTH)), nn.Parameter(torch.zeros(WIDTH))

    def attention(self, qkv):
        """Causal; qkv: (steps, n, 3 WIDTH), all queries first, head by head."""
        q, k, v = (a.unflatten(2, (HEADS, -1)).permute(1, 2, 0, 3) for a in qkv.chunk(3, 2))
        o = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return o.permute(2, 0, 1, 3).flatten(2)

    def forward(self, x, noisy):
        o = rounded(self.attention(rounded(noisy(self.qkv(x)), GATE)), GATE)
        u = rounded(torch.relu(noisy(self.up(x))), GATE)
        y = rounded(noisy(self.down(torch.cat([o, u], 2))), STREAM)
        x = rounded(x + y, STREAM / 2)
        return rounded(F.layer_norm(x, (WIDTH,), self.gamma, self.beta), STREAM)


class Net(nn.Module):
    def __init__(self, chars):
        super().__init__()
        self.embed = ohmic_torch.Product(chars + STEPS, WIDTH)
        with torch.no_grad():
            self.embed.weight.normal_(0, 0.7)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.fc = ohmic_torch.Product(WIDTH, chars, one_step=True)
        self.chars, self.adc = chars, 0.0

    def products(self):
        return [m for m in self.modules() if isinstance(m, ohmic_torch.Product)]

    def draw(self, noise, adc):
        for m in self.products():
            m.draw(noise)
        self.adc = adc * noise

    def noisy(self, z):
        """Sums with the converters' noise, a share of what they reach."""
        return z + self.adc * z.detach().std() * torch.randn_like(z) if self.adc else z

    def inputs(self, x):
        """Of numbers (steps, n): one value each for the character and for the place."""
        place = torch.arange(STEPS)[:, None].expand(x.shape)
        return torch.cat([F.one_hot(x, self.chars), F.one_hot(place, STEPS)], 2).float()

    def forward(self, x):
        """x: (steps, n) numbers; logits of what follows, (steps, n, chars)."""
        x = rounded(self.noisy(self.embed(self.inputs(x))), STREAM)
        for layer in self.layers:
            x = layer(x, self.noisy)
        return self.noisy(self.fc(x))

    def integers(self):
        """Layers of the format."""
        made, x = [hidden_layer("embed", ["input"], self.embed, ONE, STREAM)], "embed"
        for i, m in enumerate(self.layers, 1):
            qkv, att, up, down, add, norm = (
                f"{name}{i}" for name in ("qkv", "att", "up", "down", "add", "norm"))
            made += [
                hidden_layer(qkv, [x], m.qkv, STREAM, GATE),
                vector(att, [qkv], "attention", {"H": HEADS, "d": WIDTH // HEADS}, 3),
                hidden_layer(up, [x], m.up, STREAM, GATE, "relu"),
                hidden_layer(down, [att, up], m.down, GATE, STREAM),
                vector(add, [x, down], "add", {}, 2),
                dict(vector(norm, [add], "layernorm", {"out_scale": STREAM}, 1),
                     arrays={k: torch.round(v.detach() * 4096).numpy().astype(np.int32)
                             for k, v in (("gamma", m.gamma), ("beta", m.beta))})]
            x = norm
        return made + [ohmic_torch.last_layer("fc", [x], self.fc, "s32", STREAM)]


def vector(name, sources, kernel, values, streams):
    return {"name": name, "type": "vector", "from": sources, "inputs": streams * WIDTH,
            "outputs": WIDTH, "kernel": kernel, "values": values, "output": "s8"}


def train(net, text, a, log):
    rng, start, t, done = np.random.default_rng(a.seed), time.process_time(), 0.0, 0
    opt, losses = torch.optim.Adam(net.parameters(), lr=a.lr, betas=(0.9, 0.98)), []
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
        for m in net.products():
            m.limit()
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
    p.add_argument("--minutes", type=float, default=3.5, help="of processor time to train for")
    p.add_argument("--batch", type=int, default=64, help="windows of a step")
    p.add_argument("--lr", type=float, default=4e-3, help="largest learning rate")
    p.add_argument("--noise", type=float, default=1.0, help="factor on the devices' noise")
    p.add_argument("--adc", type=float, default=0.02, help="noise of a sum, of its deviation")
    p.add_argument("--tests", type=int, default=200, help="test sequences to write")
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

    def vectors(x):
        return net.inputs(torch.from_numpy(x.T)).transpose(0, 1).numpy()
    bits = ohmic_text.save(a.out, "char-transformer", net.integers(),
                           float(net.fc.step()) / STREAM, ohmic_text.spread(learned, STEPS, 64),
                           ohmic_text.spread(test, STEPS, a.tests), vectors, chars)
    with torch.no_grad():
        net.draw(0, 0)
        x = torch.from_numpy(ohmic_text.spread(test, STEPS, a.tests).T)
        own = ohmic_text.loss(net(x[:-1]), x).item() / np.log(2)
    log(f"{own:.3f} bits a character in PyTorch, int8: {bits:.3f}, {a.tests} test sequences")


if __name__ == "__main__":
    main()
