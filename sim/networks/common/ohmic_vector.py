# SPDX-License-Identifier: Apache-2.0
"""What the vector unit's kernels make of integers, in NumPy, and networks of sequences.

Written from docs/reference/vector.md and the meaning at the head of each kernel, not from the C
interpreter: the two must agree in every bit. Arrays are int64 (sequences, elements).
"""
import numpy as np

import ohmic_net

VALUES = {      # params of each kernel that a layer may give, with their defaults
    "add": {"scale0": 16384, "scale1": 16384, "shift": 15, "low": -32768},
    "attention": {"H": 4, "d": 16, "score_scale": 4, "score_shift": 0, "out_scale": 128,
                  "out_shift": 14},
    "gru": {"in_scale": 256, "in_shift": 0, "out_one": 127},
    "layernorm": {"in_scale": 64, "in_shift": 0, "even": 6, "eps": 1, "inv_one": 1048576,
                  "inv_shift": 20, "out_scale": 32, "out_shift": 12},
    "max": {},
    "mul": {"scale": 129, "shift": 14},
    "sigmoid": {"in_scale": 256, "in_shift": 0, "out_scale": 16384, "out_shift": 14},
}
VALUES["lstm"] = VALUES["rnn"] = VALUES["gru"]
VALUES["rmsnorm"] = VALUES["layernorm"]
VALUES["softmax"] = VALUES["tanh"] = VALUES["sigmoid"]
RECURRENT = ("gru", "lstm", "rnn")
INPUTS = {"attention": (3,), "gru": (4,), "lstm": (4,), "add": (1, 1), "mul": (1, 1), "max": (1, 1)}
ARRAYS = {"layernorm": ("gamma", "beta"), "rmsnorm": ("gamma",)}


def wrap(v):
    """The low 32 bits, signed."""
    return ((v + 2 ** 31) & 0xFFFFFFFF) - 2 ** 31


def low16(v):
    return ((v + 2 ** 15) & 0xFFFF) - 2 ** 15


def scaled(v, shift):
    """sat32(rnd(v 2^-shift)), halves up. shift: a number or one a sequence."""
    half = np.where(np.asarray(shift) > 0, np.int64(1) << np.maximum(shift, 1) - 1, 0)
    return np.clip((v + half) >> shift, -2 ** 31, 2 ** 31 - 1)


def mul(a, b, shift=0):
    return scaled(a * low16(np.asarray(b, np.int64)), shift)


def clz(v):
    """Leading zeros of 32 bits; of positive numbers."""
    return 32 - np.ceil(np.log2(v.astype(np.float64) + 1)).astype(np.int64)


class Table:
    """257 entries, linear between them; outside the first and the last."""

    def __init__(self, f, inputs, outputs, x0, shift):
        x = (x0 + np.arange(257) * 2.0 ** shift) * 2.0 ** -inputs
        self.e = np.clip(np.floor(f(x) * 2.0 ** outputs + 0.5), -32768, 32767).astype(np.int64)
        self.x0, self.shift = x0, shift

    def __call__(self, x):
        u = np.clip(x - self.x0, 0, 256 << self.shift)
        i = np.minimum(u >> self.shift, 255)
        f = u - (i << self.shift)
        return self.e[i] + scaled((self.e[i + 1] - self.e[i]) * f, self.shift)


def logistic(x):
    return 1 / (1 + np.exp(-x))


SIGMOID = Table(logistic, 12, 15, -32768, 8)
TANH = Table(lambda x: 2 * logistic(2 * x) - 1, 12, 15, -32768, 8)
EXP = Table(np.exp, 12, 15, -65536, 8)
RECIPROCAL = Table(np.reciprocal, 16, 15, 65536, 8)
ROOT = Table(lambda x: 1 / np.sqrt(x), 14, 15, 16384, 8)


def rounded_shift(x, s):
    """Shift by a number that comes from a register: add half, wrapping, then floor."""
    return wrap(x + (np.int64(1) << s - 1)) >> s


def softmax(x):
    """Scores in 2^-12 to probabilities in 2^-15."""
    e = EXP(wrap(x - x.max(axis=-1, keepdims=True)))
    total = wrap(e.sum(axis=-1, keepdims=True))
    zeros = clz(total)
    one = RECIPROCAL(wrap(total << zeros - 1) >> 14)
    return rounded_shift(mul(e, one), 31 - zeros)


def norm(x, p, q, centred):
    n = x.shape[-1]
    inv = (p["inv_one"] + n // 2) // n
    x = mul(x, p["in_scale"], p["in_shift"])
    if centred:
        x = wrap(x - mul(wrap(x.sum(axis=-1, keepdims=True)), inv, p["inv_shift"]))
    var = scaled((x * low16(x)).sum(axis=-1, keepdims=True), p["even"])
    var = wrap(mul(var, inv, p["inv_shift"]) + p["eps"])
    up = clz(var) - 2 & -2
    x = mul(x, ROOT(wrap(var << up) >> 14))
    x = mul(rounded_shift(x, 17 + p["even"] // 2 - (up >> 1)), q["arrays"]["gamma"], 12)
    if centred:
        x = wrap(x + q["arrays"]["beta"])
    return mul(x, p["out_scale"], p["out_shift"])


class Kernel:
    """One layer's kernel with the state of n sequences."""

    def __init__(self, q, n):
        self.q, self.name = q, q["kernel"]
        self.p = {**VALUES[self.name], **q.get("values", {})}
        self.back = np.zeros((n, q["outputs"]), np.int64)      # h of the step before
        self.state = np.zeros((n, q["outputs"]), np.int64)
        self.keys, self.values = [], []

    def __call__(self, streams):
        y = getattr(self, self.name)(*streams)
        y = np.clip(y, 0, 255) if self.q["output"] == "u8" else np.clip(y, -127, 127)
        if self.name in RECURRENT:
            self.back = y
        return y

    def gates(self, x, n):
        z = mul(x, self.p["in_scale"], self.p["in_shift"])
        return np.split(z, n, axis=1)

    def rnn(self, x):
        return mul(TANH(self.gates(x, 1)[0]), self.p["out_one"], 15)

    def lstm(self, x):
        i, f, o, g = self.gates(x, 4)
        c = mul(self.state, SIGMOID(f), 15)
        self.state = wrap(c + mul(SIGMOID(i), TANH(g), 18))
        return mul(mul(TANH(self.state), SIGMOID(o), 15), self.p["out_one"], 15)

    def gru(self, x):
        r, u, zx, zh = self.gates(x, 4)
        m = TANH(wrap(mul(zh, SIGMOID(r), 15) + zx))
        self.state = wrap(mul(wrap(self.state - m), SIGMOID(u), 15) + m)
        return mul(self.state, self.p["out_one"], 15)

    def add(self, a, b):
        y = wrap(mul(a, self.p["scale0"]) + mul(b, self.p["scale1"]))
        return np.maximum(mul(y, 1, self.p["shift"]), self.p["low"])

    def mul(self, a, b):
        return mul(mul(a, b), self.p["scale"], self.p["shift"])

    def max(self, a, b):
        return np.maximum(a, b)

    def unary(self, x, f):
        y = f(mul(x, self.p["in_scale"], self.p["in_shift"]))
        return mul(y, self.p["out_scale"], self.p["out_shift"])

    def sigmoid(self, x):
        return self.unary(x, SIGMOID)

    def tanh(self, x):
        return self.unary(x, TANH)

    def softmax(self, x):
        return self.unary(x, softmax)

    def layernorm(self, x):
        return norm(x, self.p, self.q, True)

    def rmsnorm(self, x):
        return norm(x, self.p, self.q, False)

    def attention(self, x):
        p, n = self.p, len(x)
        q, k, v = x.reshape(n, 3, p["H"], p["d"]).transpose(1, 0, 2, 3)
        self.keys.append(k)
        self.values.append(v)
        keys, values = np.stack(self.keys, axis=2), np.stack(self.values, axis=2)
        score = scaled((keys * q[:, :, None]).sum(axis=3), 0)
        weight = np.minimum(softmax(mul(score, p["score_scale"], p["score_shift"])), 32767)
        o = scaled((values * weight[..., None]).sum(axis=2), 8)
        return mul(o, p["out_scale"], p["out_shift"]).reshape(n, -1)


def run(net, layers, x, product=None):
    """A network of sequences. x: bytes (n, steps * inputs of a step), as images are. Returns int64
    (n, classes), or (n, steps, classes) where every step has a result.

    product(i, rows): W.x of layer i, the exact one by default.
    """
    steps = net["input"]["shape"][0]
    x = np.asarray(x).reshape(len(x), steps, -1).astype(np.int64)
    if net["input"].get("halve"):
        x = x >> 1
    if product is None:
        weights = {i: q["w"].astype(np.float64) for i, q in enumerate(layers) if "w" in q}

        def product(i, rows):
            return rows.astype(np.float64) @ weights[i]
    kernels = {q["name"]: Kernel(q, len(x)) for q in layers if q["type"] == "vector"}
    out = []
    for t in range(steps):
        made, before = {"input": x[:, t]}, "input"
        for i, q in enumerate(layers):
            rows = [made[s] if s in made else kernels[s].back for s in q.get("from", [before])]
            before = q["name"]
            if q["type"] == "vector":
                made[before] = kernels[before](rows)
                continue
            v = product(i, np.concatenate(rows, axis=1)).astype(np.int64) + q["bias"]
            made[before] = ohmic_net.post_process(q, v)
        out.append(made[before])
    return np.stack(out, axis=1) if net["sequence"]["output"] == "each" else out[-1]
