# SPDX-License-Identifier: Apache-2.0
"""The graph between a foreign model and the network format: float layers over channels-last maps.

A `Map` is what a layer leaves for its readers: lines x pixels x channels. A `Value` is a tensor of
the foreign model, without its batch axis: each element names one element of a map (or of several
maps with their channels side by side), times `mul` plus `add`. Transposes, reshapes, flattening
and slices only rearrange these names, so no layout of a foreign model needs a layer of its own;
scaling by constants travels along until a layer folds it into its weights.
"""
from dataclasses import dataclass, field

import numpy as np

from .errors import Unsupported

LINEAR, ADDED, ACTIVATED, POOLED = range(4)     # how far a layer is built up


@dataclass
class Map:
    """What a layer (or the input) gives: shape (lines, pixels, channels); `layer` None: the
    input."""
    shape: tuple
    layer: "Layer | None" = None

    @property
    def size(self):
        return int(np.prod(self.shape))


@dataclass
class Layer:
    """w: (kernel lines, kernel pixels, channels in, channels out) float64; bias (channels out).

    The layer computes act(conv(sources) + bias + residual), then pools. `activation` is a pair of
    a name and its function; `dense` layers have one window, the whole map.
    """
    name: str
    sources: tuple
    w: np.ndarray
    bias: np.ndarray
    stride: int = 1
    pad: int = 0
    dense: bool = False
    residual: Map | None = None
    residual_mul: float = 1.0
    activation: tuple | None = None
    pool: dict | None = None
    stage: int = LINEAR
    nodes: list = field(default_factory=list)
    out: Map | None = None

    def windows(self):
        """Lines and pixels of the result before pooling."""
        if self.dense:
            return 1, 1
        h, w, _ = concatenated(self.sources)
        return ((h + 2 * self.pad - self.w.shape[0]) // self.stride + 1,
                (w + 2 * self.pad - self.w.shape[1]) // self.stride + 1)

    def shape(self):
        """Shape of the map it leaves."""
        h, w = self.windows()
        if self.pool:
            if self.pool["type"].startswith("global"):
                h = w = 1
            else:
                size, step = self.pool["size"], self.pool["stride"]
                h, w = (h - size) // step + 1, (w - size) // step + 1
        return h, w, self.w.shape[3]


@dataclass
class Value:
    """A tensor: element k is maps[index[k]]·mul[k] + add[k]; all three arrays have its shape."""
    maps: tuple
    index: np.ndarray
    mul: np.ndarray
    add: np.ndarray

    @property
    def shape(self):
        return self.index.shape

    def rearranged(self, move):
        """The tensor whose arrays are those of this one after `move` (a reshape, a transpose …)."""
        return Value(self.maps, move(self.index), move(self.mul), move(self.add))

    def plain(self):
        return bool((self.mul == 1).all() and (self.add == 0).all())


def concatenated(maps):
    """Shape of maps with their channels side by side."""
    return maps[0].shape[0], maps[0].shape[1], sum(m.shape[2] for m in maps)


def value_of(m):
    """The whole map as a channels-last tensor."""
    index = np.arange(m.size).reshape(m.shape)
    return Value((m,), index, np.ones(m.shape), np.zeros(m.shape))


def relu(x):
    return np.maximum(x, 0)


class Builder:
    """Collects layers; what a new operation can be folded into is folded."""

    def __init__(self, input_shape):
        self.input = Map(tuple(input_shape))
        self.layers = []
        self.uses = {}                  # readers a tensor of the foreign model has, by its name
        self.names = set()
        self.node = ("", "")            # the node at work, for messages

    def refuse(self, need):
        raise Unsupported(*self.node, need)

    def unique(self, name):
        clean = "".join(c if c.isalnum() or c in "_-." else "_" for c in name)[:24] or "layer"
        result, k = clean, 1
        while result in self.names or result == "input":
            k += 1
            result = f"{clean}_{k}"
        self.names.add(result)
        return result

    def append(self, layer):
        layer.nodes.append(self.node[0])
        layer.out = Map(layer.shape(), layer)
        self.layers.append(layer)
        return layer

    # ---- what a value is made of ----

    def as_map(self, value):
        """`value` as a channels-last map, (lines, pixels, channels): the same maps, in their order.

        A value that is a rearrangement, or that has a scale per element, becomes a layer of its
        own.
        """
        shape = value.shape
        if len(shape) == 1:
            shape = (1, 1) + shape
        if len(shape) != 3:
            self.refuse(f"a tensor of shape {list(value.shape)} where a map is needed")
        whole = concatenated(value.maps)
        index = value.index.reshape(shape)
        ordered = index.size == np.prod(whole) and (index.ravel() == np.arange(index.size)).all()
        if ordered and shape != whole and value.maps == (self.input,):
            self.input.shape = (
                shape  # bytes of the input in the same order: another reading of them
            )
            whole = shape
        if not ordered or shape != whole:
            self.refuse("the order of its input is not that of lines, pixels and channels of a map")
        return value.mul.reshape(shape), value.add.reshape(shape)

    def per_channel(self, a):
        """The value of each channel of array (lines, pixels, channels), None where it differs."""
        first = a[0, 0]
        return first if (a == first).all() else None

    def linear_map(self, value, padded):
        """Maps, and what each of their channels is multiplied by and gets added."""
        mul, add = self.as_map(value)
        m, a = self.per_channel(mul), self.per_channel(add)
        if m is None or a is None or (padded and (a != 0).any()):
            maps = (self.materialised(value),)
            return maps, np.ones(maps[0].shape[2]), np.zeros(maps[0].shape[2])
        return value.maps, m, a

    def materialised(self, value):
        """A layer that computes the value, so that it is a plain map."""
        mul, add = self.as_map(value)
        m, a = self.per_channel(mul), self.per_channel(add)
        if m is None or a is None:
            self.refuse("a constant for each element of a map, expected one for each channel")
        n = len(m)
        layer = Layer(self.unique(self.node[0] + "_copy"), value.maps,
                      np.diag(m).reshape(1, 1, n, n), a.copy())
        return self.append(layer).out

    # ---- layers ----

    def conv(self, value, w, bias, strides, pads, dilations):
        """value: (lines, pixels, channels); w: (kernel lines, pixels, channels, outputs);
        pads: (top, left, bottom, right). Dilation and uneven padding become zeros in the kernel."""
        if strides[0] != strides[1]:
            h_out = (
                value.shape[0] + pads[0] + pads[2] - dilations[0] * (w.shape[0] - 1) - 1
            ) // strides[0]
            w_out = (
                value.shape[1] + pads[1] + pads[3] - dilations[1] * (w.shape[1] - 1) - 1
            ) // strides[1]
            if h_out and w_out:
                self.refuse(f"strides {list(strides)}, expected the same both ways")
            strides = (strides[1], strides[1]) if not h_out else (strides[0], strides[0])
        w = dilated(w, dilations)
        pad = max(pads)
        before, after = (pad - pads[0], pad - pads[1]), (pad - pads[2], pad - pads[3])
        w = np.pad(w, ((before[0], after[0]), (before[1], after[1]), (0, 0), (0, 0)))
        if max(w.shape[:2]) > 16:
            self.refuse(f"a kernel of {w.shape[0]}x{w.shape[1]} with dilation and padding, "
                        "expected at most 16x16")
        maps, mul, add = self.linear_map(value, pad > 0)
        bias = bias + np.einsum("yxio,i->o", w, add)
        layer = Layer(self.unique(self.node[0]), maps, w * mul[None, None, :, None], bias,
                      stride=int(strides[0]), pad=int(pad))
        return value_of(self.append(layer).out)

    def dense(self, value, w, bias):
        """value: any shape; w: (elements, outputs)."""
        flat = value.rearranged(np.ravel)
        rows = int(np.prod(concatenated(value.maps)))
        mapped = np.zeros((rows, w.shape[1]))
        np.add.at(mapped, flat.index, w * flat.mul[:, None])
        layer = Layer(self.unique(self.node[0]), value.maps, mapped.reshape(1, 1, rows, -1),
                      bias + flat.add @ w, dense=True)
        return value_of(self.append(layer).out).rearranged(np.ravel)

    def open_layer(self, value, only, stage):
        """The layer whose whole result `value` is, if nothing else reads it and it is built up to
        `stage` at most; None otherwise. only: nothing else reads the foreign tensor."""
        layer = value.maps[0].layer if len(value.maps) == 1 else None
        if not only or layer is None or layer.stage > stage or not value.plain():
            return None
        whole = value.index.size == value.maps[0].size
        if not whole or len(np.unique(value.index)) != value.index.size:
            return None
        used = any(value.maps[0] in other.sources or value.maps[0] is other.residual
                   for other in self.layers)
        return None if used else layer

    def channel_of(self, value):
        """Channel that each element of the tensor lies in."""
        return value.index % concatenated(value.maps)[2]

    def affine(self, value, mul, add, only):
        """value·mul + add, constants broadcast to its shape."""
        mul, add = np.broadcast_to(mul, value.shape), np.broadcast_to(add, value.shape)
        layer = self.open_layer(value, only, LINEAR)
        if layer:
            channel, n = self.channel_of(value).ravel(), layer.w.shape[3]
            m, a = np.zeros(n), np.zeros(n)
            m[channel], a[channel] = mul.ravel(), add.ravel()
            if (m[channel] == mul.ravel()).all() and (a[channel] == add.ravel()).all():
                layer.w = layer.w * m
                layer.bias = layer.bias * m + a
                return value
        return Value(value.maps, value.index, value.mul * mul, value.add * mul + add)

    def add(self, a, b, only_a, only_b):
        """a + b: the later layer of the two takes the other map as its residual."""
        for x, y, only in sorted(((a, b, only_a), (b, a, only_b)), key=lambda p: -self.place(p[0])):
            layer = self.open_layer(x, only, LINEAR)
            if (
                layer is None
                or layer.dense
                or len(y.maps) != 1
                or self.place(y) > self.layers.index(layer)
            ):
                continue
            if (
                y.shape != x.shape
                or (y.index != x.index).any()
                or y.maps[0].shape != x.maps[0].shape
            ):
                continue
            m = np.unique(y.mul)
            if len(m) != 1 or (y.add != 0).any():
                y = value_like(value_of(self.inserted(y, layer)), y)
                m = [1.0]
            layer.residual, layer.residual_mul, layer.stage = y.maps[0], float(m[0]), ADDED
            return x
        if a.shape != b.shape or a.maps[0].shape != b.maps[0].shape or (a.index != b.index).any():
            self.refuse("a sum of maps of different shape or order")
        first = self.materialised(a)
        return self.add(value_like(value_of(first), a), b, True, False)

    def inserted(self, value, before):
        """As materialised, with the new layer in front of layer `before`."""
        m = self.materialised(value)
        self.layers.remove(m.layer)
        self.layers.insert(self.layers.index(before), m.layer)
        return m

    def place(self, value):
        """Where the last layer of a value stands; -1: it is the input."""
        return max(-1 if m.layer is None else self.layers.index(m.layer) for m in value.maps)

    def activate(self, value, name, function, only):
        layer = self.open_layer(value, only, ADDED)
        if layer is None and name == "relu":
            pooled = self.open_layer(value, only, POOLED)
            if (
                pooled
                and pooled.activation is None
                and pooled.pool
                and pooled.pool["type"].endswith("max")
            ):
                layer = pooled          # the largest of them first or last is the same
        if layer is None:
            layer = self.materialised(channels_last(self, value)).layer
            value = value_like(value_of(layer.out), value)
        layer.activation = (name, function)
        layer.stage = max(layer.stage, ACTIVATED)
        return value

    def pool(self, value, kind, size, strides, pads, only):
        """value: (lines, pixels, channels); kind: max or average (padding not counted in it)."""
        h, w, channels = value.shape
        whole = tuple(size) == (h, w) and not any(pads)
        if kind == "average" and not whole and (any(pads) or size[0] != size[1]
                                                or strides[0] != strides[1] or size[0] > 32):
            return self.average_as_conv(value, size, strides, pads)
        if kind == "max" and not whole and (size[0] != size[1] or strides[0] != strides[1]):
            self.refuse(
                f"max pooling of {list(size)} with strides {list(strides)}, expected a square"
            )
        if any(pads):
            value, only = self.padded(value, pads), True
        layer = self.open_layer(value, only, ACTIVATED)
        if layer is None or layer.dense:
            layer = self.materialised(value).layer
        layer.pool = ({"type": f"global-{kind}"} if whole and max(h, w) <= 32 else
                      {"type": kind, "size": int(size[0]), "stride": int(strides[0])})
        layer.stage = POOLED
        layer.out.shape = layer.shape()
        return value_of(layer.out)

    def average_as_conv(self, value, size, strides, pads):
        """Averages that the pooling stage can't form: a convolution with one weight a channel."""
        if any(pads):
            self.refuse("average pooling with padding, expected none or padding that counts")
        w = np.einsum("yx,io->yxio", np.full(size, 1 / np.prod(size)), np.eye(value.shape[2]))
        return self.conv(value, w, np.zeros(value.shape[2]), strides, (0, 0, 0, 0), (1, 1))

    def padded(self, value, pads):
        """The map with zeros around it, for max pooling of what is never negative."""
        layer = value.maps[0].layer
        if (
            len(value.maps) > 1
            or layer is None
            or not layer.activation
            or layer.activation[0] != "relu"
        ):
            self.refuse(
                "max pooling with padding of a map that may be negative, expected a relu before"
            )
        p, n = max(pads[0] + pads[2], pads[1] + pads[3]), value.shape[2]
        kernel = np.zeros((2 * p - pads[0] - pads[2] + 1, 2 * p - pads[1] - pads[3] + 1, n, n))
        kernel[p - pads[0], p - pads[1]] = np.eye(n)
        layer = Layer(self.unique(self.node[0] + "_pad"), value.maps, kernel, np.zeros(n), pad=p)
        layer.activation, layer.stage = ("relu", relu), ACTIVATED
        return value_of(self.append(layer).out)

    def concat(self, values, axis):
        """Channels side by side (maps), or vectors one behind the other."""
        shapes = {v.shape[:axis] + v.shape[axis + 1:] for v in values}
        if len(shapes) > 1:
            self.refuse("concatenation of tensors of different shape")
        if any(v.maps[0].shape[:2] != values[0].maps[0].shape[:2] for v in values):
            self.refuse("concatenation of maps of different size")
        maps = tuple(m for v in values for m in v.maps)
        if len(set(map(id, maps))) != len(maps):
            self.refuse("concatenation of a map with itself")
        if len(maps) > 4:
            self.refuse(f"concatenation of {len(maps)} maps, expected at most 4")
        total, first, index = concatenated(maps)[2], 0, []
        for v in values:
            own = concatenated(v.maps)[2]
            index.append(v.index // own * total + first + v.index % own)
            first += own
        join = lambda key: np.concatenate([getattr(v, key) for v in values], axis)
        return Value(maps, np.concatenate(index, axis), join("mul"), join("add"))


def channels_last(builder, value):
    """`value` with its elements in the order of its map, whatever the foreign layout is."""
    whole = concatenated(value.maps)
    if value.index.size != np.prod(whole):
        builder.refuse("a part of a map where a whole map is needed")
    order = np.argsort(value.index, axis=None, kind="stable")
    return value.rearranged(lambda a: a.ravel()[order].reshape(whole))


def value_like(plain, value):
    """The map `plain` in the foreign layout of `value`."""
    return Value(plain.maps, value.index, np.ones(value.shape), np.zeros(value.shape))


def dilated(w, dilations):
    """A kernel with zeros between its weights."""
    if tuple(dilations) == (1, 1):
        return w
    size = [(n - 1) * d + 1 for n, d in zip(w.shape[:2], dilations)]
    out = np.zeros((*size, *w.shape[2:]))
    out[::dilations[0], ::dilations[1]] = w
    return out
