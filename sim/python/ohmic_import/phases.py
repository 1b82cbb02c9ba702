# SPDX-License-Identifier: Apache-2.0
"""Tensors with more lines and pixels than the map that holds them: upsampled by repetition, left by
a transposed convolution, or channels that were moved into space.

A phased tensor of f times the lines and g times the pixels keeps each f x g block of its pixels in
one pixel of a map, one behind the other: element (y, x, c) is channel chan[y % f, x % g, c] of the
map's pixel (y // f, x // g). A convolution of it is one of the map, with the weights of each phase
where they fall, whose result is phased again, so that nothing in the chip ever writes a pixel
twice.
"""
from dataclasses import dataclass

import numpy as np

from .graph import Layer, Value, concatenated, value_of


@dataclass
class Phased:
    """Of a tensor: its factors, and for each of its elements of a block the channel, what it is
    multiplied by and gets added: (f, g, channels)."""
    factors: tuple
    chan: np.ndarray
    mul: np.ndarray
    add: np.ndarray


def of(value):
    """How the tensor (lines, pixels, channels) is phased; None: it is not, or is a plain map."""
    h, w, c = concatenated(value.maps)
    lines, pixels, channels = value.shape
    if lines % h or pixels % w or (lines, pixels) == (h, w):
        return None
    if value.maps[0].layer is None and (value.index.ravel() == np.arange(value.index.size)).all():
        return None                 # the input's bytes, read as lines and pixels
    f, g = lines // h, pixels // w
    blocks = lambda a: a.reshape(h, f, w, g, channels)
    index, mul, add = (blocks(a) for a in (value.index, value.mul, value.add))
    at = np.arange(h)[:, None, None, None, None] * w + np.arange(w)[:, None, None]
    alike = all((a == a[:1, :, :1]).all() for a in (index % c, mul, add))
    if (index // c != at).any() or not alike:
        return None
    return Phased((f, g), (index % c)[0, :, 0], mul[0, :, 0], add[0, :, 0])


def tensor(m, factors, channels):
    """The phased tensor that a map of factors[0] * factors[1] * channels channels holds."""
    h, w, _ = m.shape
    f, g = factors
    index = np.arange(m.size).reshape(h, w, f, g, channels).transpose(0, 2, 1, 3, 4)
    index = index.reshape(h * f, w * g, channels)
    return Value((m,), index, np.ones(index.shape), np.zeros(index.shape))


def along(size, factor, kernel, before):
    """(taps of the map, padding before them, [(phase of the result, kernel's line, phase of what it
    reads, tap) …]) in one direction."""
    found = [(a, k, (a + k - before) % factor, (a + k - before) // factor)
             for a in range(factor) for k in range(kernel)]
    first = min(d for *_, d in found)
    return max(d for *_, d in found) - first + 1, -first, [
        (a, k, p, d - first) for a, k, p, d in found]


def appended(builder, maps, w, bias, pads, stride=(1, 1)):
    """A layer of the maps; pads: (top, left) and lines and pixels of the result."""
    (top, left), (lines, pixels) = pads
    h, width, _ = concatenated(maps)
    bottom = (lines - 1) * stride[0] + w.shape[0] - h - top
    right = (pixels - 1) * stride[1] + w.shape[1] - width - left
    if min(top, left, bottom, right) < 0 or max(bottom, top) >= w.shape[0] \
            or max(left, right) >= w.shape[1]:
        builder.refuse("a result of such a size from a map that was made larger")
    return builder.append(Layer(builder.unique(builder.node[0]), maps, w, bias, stride=stride,
                                pad=(top, left, bottom, right))).out


def conv(builder, value, phased, w, bias, strides, pads):
    """Convolution of a phased tensor. strides: one, or the factors."""
    f, g = phased.factors
    kh, kw, _, outputs = w.shape
    if (pads[0] or pads[1] or pads[2] or pads[3]) and (phased.add != 0).any():
        builder.refuse("padding of a map with a constant added")
    sizes = [n + pads[k] + pads[k + 2] - w.shape[k] + 1 for k, n in enumerate(value.shape[:2])]
    if tuple(strides) not in ((1, 1), (f, g)):
        builder.refuse(f"strides {list(strides)} over a map that was made {f}x{g} times as large, "
                       "expected 1 or as many")
    strided = tuple(strides) != (1, 1)
    if not strided and (sizes[0] % f or sizes[1] % g):
        builder.refuse(f"a map of {sizes[0]}x{sizes[1]}, expected a multiple of {f}x{g}")
    down, top, lines = along(value.shape[0], f, kh, pads[0])
    across, left, pixels = along(value.shape[1], g, kw, pads[1])
    made = np.zeros((down, across, concatenated(value.maps)[2], f, g, outputs))
    made_bias = np.zeros((f, g, outputs)) + bias
    for a, y, p, dy in lines:
        for b, x, q, dx in pixels:
            np.add.at(made[dy, dx, :, a, b], phased.chan[p, q], w[y, x] * phased.mul[p, q][:, None])
            made_bias[a, b] += phased.add[p, q] @ w[y, x]
    if strided:                                     # of each block the first result alone
        m = appended(builder, value.maps, made[:, :, :, 0, 0], made_bias[0, 0], (
            (top, left), ((sizes[0] - 1) // f + 1, (sizes[1] - 1) // g + 1)))
        return value_of(m)
    shape = (*made.shape[:3], f * g * outputs)
    m = appended(builder, value.maps, made.reshape(shape), made_bias.ravel(), (
        (top, left), (sizes[0] // f, sizes[1] // g)))
    return tensor(m, (f, g), outputs)


def transposed(builder, value, w, bias, strides, pads, size):
    """Transposed convolution of a plain map; w: (kernel lines, pixels, channels, outputs), pads:
    (top, left), size: of the result. The result is phased by the strides."""
    f, g = strides
    kh, kw, channels, outputs = w.shape
    if size[0] % f or size[1] % g:
        builder.refuse(f"a map of {size[0]}x{size[1]}, expected a multiple of the strides {f}x{g}")
    # result f·y + a reads y + d through the kernel's line k = a + top - f·d
    found = [[(a, k, (a + before - k) // step) for a in range(step) for k in range(n)
              if (a + before - k) % step == 0]
             for step, n, before in ((f, kh, pads[0]), (g, kw, pads[1]))]
    first = [min(d for *_, d in one) for one in found]
    taps = [max(d for *_, d in one) - low + 1 for one, low in zip(found, first)]
    made = np.zeros((*taps, channels, f, g, outputs))
    for a, y, dy in found[0]:
        for b, x, dx in found[1]:
            made[dy - first[0], dx - first[1], :, a, b] += w[y, x]
    maps, mul, add = builder.linear_map(value, True)
    made = made * mul[None, None, :, None, None, None]
    if (add != 0).any():
        builder.refuse("a constant added before a transposed convolution")
    m = appended(builder, maps, made.reshape(*taps, channels, f * g * outputs),
                 np.tile(bias, f * g), ((-first[0], -first[1]), (size[0] // f, size[1] // g)))
    return tensor(m, (f, g), outputs)


def sampled(value, sources):
    """The tensor (lines, pixels, channels) of these lines and pixels of another."""
    return value.rearranged(lambda a: a[np.ix_(*sources)])


def side_by_side(builder, values):
    """Tensors of one size, of which some are phased: all of them are then."""
    found = [of(v) for v in values]
    factors = {p.factors for p in found if p}
    if len(factors) != 1 or any(v.shape[:2] != values[0].shape[:2] for v in values):
        builder.refuse("concatenation of maps of different size")
    (factors,) = factors
    return [v if p else folded(builder, v, factors) for v, p in zip(values, found)]


def folded(builder, value, factors):
    """A plain map's tensor, phased by these factors: a layer moves each block into a pixel."""
    f, g = factors
    maps, mul, add = builder.linear_map(value, False)
    n = len(mul)
    w = np.zeros((f, g, n, f, g, n))
    for a in range(f):
        for b in range(g):
            w[a, b, :, a, b] = np.diag(mul)
    size = value.shape[0] // f, value.shape[1] // g
    m = appended(builder, maps, w.reshape(f, g, n, -1), np.tile(add, f * g), ((0, 0), size),
                 (f, g))
    return tensor(m, factors, n)


def mean(builder, value, phased):
    """Mean over all of a phased tensor: (1, 1, channels)."""
    f, g = phased.factors
    channels = value.shape[2]
    whole = builder.pool(value_of_maps(value), "average", concatenated(value.maps)[:2], (1, 1),
                         (0, 0, 0, 0), False)
    w = np.zeros((whole.shape[2], channels))
    for p in range(f):
        for q in range(g):
            np.add.at(w, (phased.chan[p, q], np.arange(channels)), phased.mul[p, q] / (f * g))
    return builder.conv(whole, w[None, None], phased.add.mean((0, 1)), (1, 1), (0, 0, 0, 0), (1, 1))


def value_of_maps(value):
    """The whole of the maps that a tensor lies in."""
    shape = concatenated(value.maps)
    index = np.arange(int(np.prod(shape))).reshape(shape)
    return Value(value.maps, index, np.ones(shape), np.zeros(shape))
