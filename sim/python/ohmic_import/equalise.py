# SPDX-License-Identifier: Apache-2.0
"""Cross-layer equalisation (Nagel et al., ICCV 2019): the channels of a map between two layers get
scales that bring the weights on both sides to one range, w1/s and s·w2. A relu in between lets
positive scales through, and so do pools."""
import numpy as np


def pairs(layers):
    """(layer, the only one that reads its map), where a scale for each channel passes."""
    for first in layers:
        readers = [m for m in layers if any(s is first.out for s in m.sources)]
        added = any(m.residual is first.out for m in layers)
        plain = first.activation is None or first.activation[0] == "relu"
        if len(readers) != 1 or added or not plain or first.residual is not None:
            continue
        (second,) = readers
        if len(second.sources) == 1 and not (first.identity or second.identity or second.low):
            yield first, second


def rows_of(layer, channels):
    """Weights of what reads a map as (…, channels, outputs), a view."""
    w = layer.w
    return w.reshape(-1, channels, w.shape[3]) if layer.dense else w.reshape(-1, *w.shape[2:])


def equalise(layers, rounds=3):
    """Scales the float layers in place; what they compute stays."""
    for _ in range(rounds):
        for first, second in pairs(layers):
            channels = first.w.shape[3]
            before = np.abs(first.w).max(axis=(0, 1, 2))
            behind = np.abs(rows_of(second, channels)).max(axis=(0, 2))
            ok = (before > 0) & (behind > 0)
            s = np.where(ok, np.sqrt(before / np.where(ok, behind, 1)), 1)
            first.w, first.bias = first.w / s, first.bias / s
            first.step = second.step = None
            second.w = (rows_of(second, channels) * s[:, None]).reshape(second.w.shape)
    for layer in layers:
        layer.w_steps = None
