# SPDX-License-Identifier: Apache-2.0
"""Texts for networks that say the next character: what their trainers share. Needs PyTorch.

A sequence is a window of the text and starts from nothing; the text's last tenth is for tests.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

import ohmic_net
import ohmic_vector


def read(path):
    """The text as numbers, learned and for tests, and the characters that they stand for."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    chars = sorted(set(text))
    number = {c: i for i, c in enumerate(chars)}
    numbers = np.array([number[c] for c in text])
    return (*np.split(numbers, [len(numbers) * 9 // 10]), "".join(chars))


def windows(text, steps, n, rng):
    """n windows from anywhere, (steps + 1, n): one number more than there are steps."""
    at = rng.integers(0, len(text) - steps - 1, n)
    return torch.from_numpy(text[at[None, :] + np.arange(steps + 1)[:, None]])


def loss(logits, x):
    """Of logits (steps, n, chars) for windows (steps + 1, n)."""
    return F.cross_entropy(logits.flatten(0, 1), x[1:].flatten())


def spread(text, steps, n):
    """n windows at even distances over all of the text, (n, steps + 1)."""
    at = np.linspace(0, len(text) - steps - 2, n).astype(int)
    return text[at[:, None] + np.arange(steps + 1)]


def bits(logits, targets):
    """Bits a character of logits (n, steps, chars) for the numbers (n, steps)."""
    z = logits - logits.max(axis=2, keepdims=True)
    z -= np.log(np.exp(z).sum(axis=2, keepdims=True))
    return float(-np.take_along_axis(z, targets[..., None], 2).mean() / np.log(2))


def save(out, name, layers, unit, calib, tests, vectors, chars):
    """The network directory with its test sequences; returns bits a character of the integers.

    vectors: of windows (n, steps) the network's inputs (n, steps, values) of 0 and 1; unit: real
    value of a step of the last layer's sums; calib, tests: windows.
    """
    x = (vectors(tests[:, :-1]) * 255).astype(np.uint8)
    ohmic_net.save(out, name, layers,
                   (vectors(calib[:, :-1]) * 255).astype(np.uint8).reshape(len(calib), -1),
                   shape=x.shape[1:], sequence={"output": "each", "unit": unit},
                   input_type={"type": "s8", "halve": True})
    ohmic_net.save_array(os.path.join(out, "labels.npy"), tests[:, 1:].astype(np.uint8))
    ohmic_net.write_idx(os.path.join(out, "inputs-idx3-ubyte.gz"), x)
    with open(os.path.join(out, "characters.txt"), "w", encoding="utf-8") as f:
        f.write(repr(chars) + "\n")
    description, layers, _ = ohmic_net.load(out, strict=True)
    v = ohmic_vector.run(description, layers, x.reshape(len(x), -1))
    return bits(v * unit, tests[:, 1:])
