# SPDX-License-Identifier: Apache-2.0
"""The float meaning of a graph of layers, in NumPy."""
import numpy as np


def windows(x, layer, fill=0):
    """Map x (n, lines, pixels, channels) to (n, lines, pixels, rows) of the layer's products. fill:
    what the padding holds."""
    if layer.dense:
        return x.reshape(len(x), 1, 1, -1)
    t, left, b, right = layer.pad
    if any(layer.pad):
        x = np.pad(x, ((0, 0), (t, b), (left, right), (0, 0)), constant_values=fill)
    size = [d * (n - 1) + 1 for n, d in zip(layer.w.shape[:2], layer.dilation)]
    v = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    v = v[:, ::layer.stride[0], ::layer.stride[1], :, ::layer.dilation[0], ::layer.dilation[1]]
    return v.transpose(0, 1, 2, 4, 5, 3).reshape(*v.shape[:3], -1)


def pooled(pool, y, mean=lambda v: v.mean(axis=(-2, -1))):
    """Map y after a layer's pooling. mean: over the last two axes."""
    if not pool:
        return y
    whole = pool["type"].startswith("global")
    size = y.shape[1:3] if whole else pool["size"]
    step = (1, 1) if whole else pool["stride"]
    v = np.lib.stride_tricks.sliding_window_view(y, size, axis=(1, 2))[:, ::step[0], ::step[1]]
    return v.max(axis=(-2, -1)) if pool["type"].endswith("max") else mean(v)


def products(rows, layer, w):
    """rows @ w, each group's own rows and outputs alone. w: (kernel lines, pixels, channels,
    outputs), with blocks on the diagonal for groups."""
    k, _, channels, outputs = w.shape
    if layer.groups == 1:
        return rows @ w.reshape(-1, outputs)
    g, inner, own = layer.groups, channels // layer.groups, outputs // layer.groups
    x = rows.reshape(*rows.shape[:3], k * w.shape[1], g, inner)
    blocks = np.stack([w[:, :, i * inner:(i + 1) * inner, i * own:(i + 1) * own].reshape(
        -1, inner, own) for i in range(g)])
    return np.einsum("nhwkgi,gkio->nhwgo", x, blocks, optimize=True).reshape(
        *rows.shape[:3], outputs)


def run(layers, source, x, seen=None):
    """x: float (n, …) in the order of the input map. Returns what each layer leaves, by id of its
    map. seen(layer, rows, v, y), if given, is told the windows, sums before the activation and the
    map before pooling."""
    maps = {id(source): x.reshape(len(x), *source.shape)}
    for layer in layers:
        parts = [maps[id(m)] for m in layer.sources]
        x = np.concatenate(parts, axis=3) if len(parts) > 1 else parts[0]
        rows = windows(x, layer, x.min() if layer.low else 0)
        v = products(rows, layer, layer.w) + layer.bias
        if layer.residual is not None:
            v = v + layer.residual_mul * maps[id(layer.residual)]
        y = layer.activation[1](v) if layer.activation else v
        if seen:
            seen(layer, rows, v, y)
        maps[id(layer.out)] = pooled(layer.pool, y)
    return maps
