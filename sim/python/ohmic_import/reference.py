# SPDX-License-Identifier: Apache-2.0
"""The float meaning of a graph of layers, in NumPy."""
import numpy as np


def windows(x, layer):
    """Map x (n, lines, pixels, channels) to (n, lines, pixels, rows) of the layer's products."""
    if layer.dense:
        return x.reshape(len(x), 1, 1, -1)
    p, s = layer.pad, layer.stride
    x = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0))) if p else x
    v = np.lib.stride_tricks.sliding_window_view(x, layer.w.shape[:2], axis=(1, 2))[:, ::s, ::s]
    return v.transpose(0, 1, 2, 4, 5, 3).reshape(*v.shape[:3], -1)


def pooled(pool, y):
    """Map y after a layer's pooling."""
    if not pool:
        return y
    whole = pool["type"].startswith("global")
    size = y.shape[1:3] if whole else (pool["size"],) * 2
    step = 1 if whole else pool["stride"]
    v = np.lib.stride_tricks.sliding_window_view(y, size, axis=(1, 2))[:, ::step, ::step]
    return v.max(axis=(4, 5)) if pool["type"].endswith("max") else v.mean(axis=(4, 5))


def run(layers, source, x, seen=None):
    """x: float (n, …) in the order of the input map. Returns what each layer leaves, by id of its
    map. seen(layer, v, y), if given, is told sums before the activation and the map before
    pooling."""
    maps = {id(source): x.reshape(len(x), *source.shape)}
    for layer in layers:
        parts = [maps[id(m)] for m in layer.sources]
        rows = windows(np.concatenate(parts, axis=3) if len(parts) > 1 else parts[0], layer)
        v = rows @ layer.w.reshape(-1, layer.w.shape[3]) + layer.bias
        if layer.residual is not None:
            v = v + layer.residual_mul * maps[id(layer.residual)]
        y = layer.activation[1](v) if layer.activation else v
        if seen:
            seen(layer, v, y)
        maps[id(layer.out)] = pooled(layer.pool, y)
    return maps
