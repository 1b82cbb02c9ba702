# SPDX-License-Identifier: Apache-2.0
"""Operators that take several layers of the chip: a slope for each channel, averages whose padding
does not count."""
from math import lcm

import numpy as np

from .graph import ACTIVATED, LINEAR, MAPS_MOST, Layer, concatenated, relu, value_of

NEVER_NEGATIVE = ("relu", "sigmoid", "hardsigmoid", "softplus", "abs")
GREATEST = 127      # of a weight
OFF = 1e9           # what a mask takes from a value that it puts out


# ---- a slope for each channel ----

def layer_of(builder, sources, w, bias, **more):
    """A layer of its own; returns it."""
    return builder.append(Layer(builder.unique(builder.node[0] + "_part"), tuple(sources), w, bias,
                                **more))


def halves(builder, value, only):
    """The map of relu(x) and relu(-x) side by side. value: (lines, pixels, channels)."""
    layer = builder.open_layer(value, only, LINEAR)
    if layer is not None and layer.groups == 1 and not layer.dense \
            and (builder.channel_of(value) == np.arange(value.shape[2])).all():
        layer.w = np.concatenate([layer.w, -layer.w], axis=3)
        layer.bias = np.concatenate([layer.bias, -layer.bias])
        layer.identity, layer.w_steps = False, None
        layer.out.shape = layer.shape()
    else:
        maps, mul, add = builder.linear_map(value, False)
        w = np.concatenate([np.diag(mul), -np.diag(mul)], axis=1)
        layer = layer_of(builder, maps, w[None, None], np.concatenate([add, -add]))
    layer.activation, layer.stage = ("relu", relu), ACTIVATED
    return layer.out


def merged(builder, both, slopes):
    """x of relu(x) and relu(-x) where it is not negative, slope·x where it is."""
    w = np.concatenate([np.eye(len(slopes)), -np.diag(slopes)])
    return layer_of(builder, (both,), w[None, None], np.zeros(len(slopes))).out


def prelu(builder, value, slopes, only):
    """value: (lines, pixels, channels); slopes: of each channel."""
    return value_of(merged(builder, halves(builder, value, only), slopes))


# ---- averages whose padding does not count ----

def never_negative(value):
    """Whether no element can be below 0, whatever the input is."""
    if (value.mul < 0).any() or (value.add < 0).any():
        return False
    return all(m.layer is not None and m.layer.activation is not None
               and m.layer.activation[0].startswith(NEVER_NEGATIVE) for m in value.maps)


def counts(shape, size, strides, pads):
    """How many values of the map each window holds: (lines, pixels)."""
    def along(n, k, step, before, after):
        first = np.arange(0, n + before + after - k + 1, step) - before
        return np.minimum(first + k, n) - np.maximum(first, 0)
    return np.outer(along(shape[0], size[0], strides[0], pads[0], pads[2]),
                    along(shape[1], size[1], strides[1], pads[1], pads[3]))


def masked_sums(builder, maps, size, strides, pads, many):
    """For each channel and each of the counts `many` a map: the sum of the window where it holds so
    many values, else 0. A map of ones, padded and added up, tells how many there are; what is
    another number is masked out."""
    channels, k = concatenated(maps)[2], len(many)
    where = dict(stride=tuple(strides), pad=tuple(pads))
    ones = layer_of(builder, maps, np.zeros((1, 1, channels, 1)), np.ones(1))
    ones.activation, ones.stage = ("relu", relu), ACTIVATED
    other = layer_of(builder, (ones.out,), np.ones((*size, 1, channels * k)),
                     -np.tile(np.asarray(many, float), channels), **where)
    other.activation = ("other", lambda v: (np.abs(v) >= 0.5).astype(float))
    other.stage = ACTIVATED
    w = np.zeros((*size, channels, channels * k))
    for c in range(channels):
        w[:, :, c, c * k:(c + 1) * k] = 1
    sums = layer_of(builder, maps, w, np.zeros(channels * k), groups=channels, **where)
    sums.residual, sums.residual_mul, sums.masked = other.out, -OFF, True
    sums.activation, sums.stage = ("relu", relu), ACTIVATED
    return sums.out


def average(builder, value, size, strides, pads):
    """The mean of each window's values without the padding. value: (lines, pixels, channels)."""
    many = np.unique(counts(value.shape, size, strides, pads))
    if many[0] < 1 or many[-1] > 100:
        builder.refuse(f"windows of {many[0]} to {many[-1]} values whose padding does not count, "
                       "expected 1 to 100")
    negative = not never_negative(value)
    if negative:
        maps = (halves(builder, value, False),)
    else:
        maps, mul, add = builder.linear_map(value, True)
        if (mul != 1).any() or (add != 0).any():
            maps = (builder.materialised(value),)
    channels = concatenated(maps)[2]
    sums = masked_sums(builder, maps, size, strides, pads, many)
    one = np.zeros((channels, len(many), channels))
    for c in range(channels):
        one[c, :, c] = 1 / many
    mean = layer_of(builder, (sums,), one.reshape(1, 1, -1, channels), np.zeros(channels),
                    groups=channels)
    whole = lcm(*(int(n) for n in many))            # weights that are whole keep the shares exact
    if whole // int(many[0]) <= GREATEST:
        share = GREATEST // (whole // int(many[0]))
        mean.step = 1 / (whole * share)
    if not negative:
        mean.activation, mean.stage = ("relu", relu), ACTIVATED
        return value_of(mean.out)
    return value_of(merged(builder, mean.out, np.ones(channels // 2)))


# ---- several outputs ----

def same(a, b):
    """Whether two values are one tensor."""
    return a.maps == b.maps and all(
        getattr(a, k).size == getattr(b, k).size
        and (getattr(a, k).ravel() == getattr(b, k).ravel()).all() for k in ("index", "mul", "add"))


def head(builder, value):
    """The layer of a value that is a plain dense layer's whole result, in its order; else one that
    copies it."""
    flat = value.rearranged(np.ravel)
    layer = builder.open_layer(flat, True, LINEAR)
    if layer is None or not layer.dense or (flat.index != np.arange(flat.index.size)).any():
        n = flat.index.size
        layer = builder.dense(flat, np.eye(n), np.zeros(n)).maps[0].layer
    return layer


def joined(builder, outputs, notes):
    """One value of all outputs, [(name, value) …], one behind the other; what is there twice, once.
    Their last layers become one, which reads what all of them read."""
    apart = []
    for name, value in outputs:
        if not any(same(value, v) for _, v in apart):
            apart.append((name, value))
    if len(apart) == 1:
        return apart[0][1]
    builder.node = ("outputs", "join")
    heads = [head(builder, v) for _, v in apart]
    maps = heads[0].sources
    columns = [h.w[0, 0] for h in heads]
    if any(h.sources != maps for h in heads):
        heads = [h if all(m.shape[:2] == (1, 1) for m in h.sources) else copied(builder, h)
                 for h in heads]
        maps = tuple({id(m): m for h in heads for m in h.sources}.values())
        columns = [on_rows_of(h, maps) for h in heads]
    if len(maps) > MAPS_MOST:
        builder.refuse(f"outputs that read {len(maps)} maps, expected at most {MAPS_MOST}")
    layer = layer_of(builder, maps, np.concatenate(columns, axis=1)[None, None],
                     np.concatenate([h.bias for h in heads]), dense=True)
    sizes = ", ".join(f"{name} ({v.index.size})" for name, v in apart)
    notes.append(f"the results are those of the outputs one behind the other: {sizes}")
    return value_of(layer.out).rearranged(np.ravel)


def on_rows_of(layer, maps):
    """Weights of a layer that reads some of these vectors, with rows for all of them."""
    rows, k = {id(m): np.zeros((m.size, layer.w.shape[3])) for m in maps}, 0
    for m in layer.sources:
        rows[id(m)] = layer.w[0, 0, k:k + m.size]
        k += m.size
    return np.concatenate([rows[id(m)] for m in maps])


def copied(builder, layer):
    """A layer that copies the result of `layer`, a vector."""
    n = layer.w.shape[3]
    return layer_of(builder, (layer.out,), np.eye(n)[None, None], np.zeros(n), dense=True)
