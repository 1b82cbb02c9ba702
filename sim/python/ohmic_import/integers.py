# SPDX-License-Identifier: Apache-2.0
"""What the integer network leaves in each layer, in NumPy (sim/networks/README.md)."""
import numpy as np

from . import reference


def mean(y, down=False):
    """The chip's mean over the last two axes: floor((sum·m + 2^(s−1)) / 2^s); down: with 1 less."""
    n = y.shape[-1] * y.shape[-2]
    s = 15 + int(n - 1).bit_length()
    return (y.sum(axis=(-2, -1)) * int(2 ** s / n + 0.5) + (1 << (s - 1)) - int(down)) >> s


def layer_map(e, x, residual=None):
    """Map that a layer leaves. e: an entry of quantise or keep; x: its input map (n, lines, pixels,
    channels), residual: as large as its sums; integers."""
    layer = e["layer"]
    rows = reference.windows(x, layer, e.get("fill", 0)).astype(float)
    w = np.asarray(e["w"], float).reshape(layer.w.shape)
    v = np.rint(reference.products(rows, layer, w)).astype(np.int64) + e["bias"]
    if layer.residual is not None:
        v = v + e["rscale"] * residual.astype(np.int64)
    if "scale" not in e:
        return v
    y = (v * e["scale"].astype(np.int64) + (1 << e["shift"] >> 1)) >> e["shift"]
    if e["activation"] == "relu":
        y = np.maximum(y, 0)
    elif e["activation"] == "table":
        y = e["table"].astype(np.int64)[np.clip(y, -128, 127) + 128]
    elif e["activation"] == "threshold":
        y = np.where(y >= 0, 1, 0 if e["output"] == "u8" else -1)
    y = np.clip(y, *((0, 255) if e["output"] == "u8" else (-127, 127)))
    down = bool(layer.pool) and layer.pool.get("ties") == "down"
    return reference.pooled(layer.pool, y, lambda v: mean(v, down))


def maps_of(entries, source, x):
    """Integers of each map by its id; x: of the input map."""
    ints = {id(source): x}
    for e in entries:
        layer = e["layer"]
        parts = [ints[id(m)] for m in layer.sources]
        ints[id(layer.out)] = layer_map(
            e, np.concatenate(parts, axis=3) if len(parts) > 1 else parts[0],
            None if layer.residual is None else ints[id(layer.residual)])
    return ints
