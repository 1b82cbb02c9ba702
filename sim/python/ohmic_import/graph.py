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
from .frame import stripped

VALUES_MOST = 1 << 24                           # of a map or a constant
MAPS_MOST = 8                                   # that a layer reads side by side
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
    stride: tuple = (1, 1)
    pad: tuple = (0, 0, 0, 0)           # top, left, bottom, right
    dilation: tuple = (1, 1)
    groups: int = 1                     # blocks on the diagonal of w
    low: bool = False                   # padding holds the least value, for a largest one
    identity: bool = False              # its map is its source's, padded or added to
    dense: bool = False
    residual: Map | None = None
    residual_mul: float = 1.0
    residual_grid: tuple | None = None  # where a quantised model adds its input
    masked: bool = False                # the residual puts out what it is added to
    step: float | None = None           # of the weights, where they are whole numbers of it
    activation: tuple | None = None
    pool: dict | None = None
    stage: int = LINEAR
    nodes: list = field(default_factory=list)
    out: Map | None = None
    # of quantised models: the step of each output's weights, the grid (step, zero) of the sums
    # before a table, and that of the map
    w_steps: np.ndarray | None = None
    sum_grid: tuple | None = None
    grid: tuple | None = None
    tensor: object = None               # of the model, that the map stands for

    def windows(self):
        """Lines and pixels of the result before pooling."""
        if self.dense:
            return 1, 1
        size = concatenated(self.sources)
        return tuple((size[k] + self.pad[k] + self.pad[k + 2]
                      - self.dilation[k] * (self.w.shape[k] - 1) - 1) // self.stride[k] + 1
                     for k in range(2))

    def shape(self):
        """Shape of the map it leaves."""
        h, w = self.windows()
        if self.pool:
            if self.pool["type"].startswith("global"):
                h = w = 1
            else:
                size, step = self.pool["size"], self.pool["stride"]
                h, w = (h - size[0]) // step[0] + 1, (w - size[1]) // step[1] + 1
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

    def __init__(self, input_shape, keeps=False):
        self.input = Map(tuple(input_shape))
        self.keeps = keeps              # the steps of a quantised model stay
        self.channels_first = False     # so images come, as the model takes them
        self.input_grid = None          # (step, zero) of such a model's input …
        self.input_tensor = None        # … and its name there
        self.input_grid_stated = None   # the same grid, whether it is kept or not
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
        if min(layer.out.shape) < 1 or np.prod([float(n) for n in layer.out.shape]) > VALUES_MOST:
            self.refuse(f"a map of {'x'.join(map(str, layer.out.shape))}, expected 1 to "
                        f"{VALUES_MOST} values")
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
        layer = Layer(self.unique(self.node[0] + "_copy"), value.maps,
                      np.diag(m).reshape(1, 1, len(m), len(m)), a.copy(), groups=len(m),
                      identity=bool((m == 1).all() and (a == 0).all() and len(value.maps) == 1))
        return self.append(layer).out

    # ---- layers ----

    def check(self, w, bias, inputs):
        """Weights and biases that agree with what is read."""
        if w.ndim != 2 or w.shape[0] != inputs or bias.shape != w.shape[1:]:
            self.refuse(f"weights {list(w.shape)}, biases {list(bias.shape)}, {inputs} inputs")

    def conv(self, value, w, bias, strides, pads, dilations, groups=1, steps=None):
        """value: (lines, pixels, channels); w: (kernel lines, pixels, channels, outputs), with
        blocks on the diagonal for groups; pads: (top, left, bottom, right). steps: of each output's
        weights, of a quantised model."""
        value, frame = stripped(self, value)
        pads = [p + f for p, f in zip(pads, frame)]
        self.check(w[0, 0], bias, value.shape[-1])
        from . import phases
        size = [d * (n - 1) + 1 for n, d in zip(w.shape[:2], dilations)]
        if max(size) > 16:
            self.refuse(f"a kernel of {size[0]}x{size[1]} with its dilation, expected at most "
                        "16x16")
        if max(strides) > 15 or any(p >= n for p, n in zip(pads, (*size, *size))):
            self.refuse(f"strides {list(strides)} and pads {list(pads)}, expected strides of at "
                        "most 15 and pads less than the kernel")
        phased = phases.of(value)
        if phased:
            if tuple(dilations) != (1, 1):
                self.refuse("a dilation over a map that was made larger, expected none")
            return phases.conv(self, value, phased, w, bias, strides, pads)
        maps, mul, add = self.linear_map(value, any(pads))
        bias = bias + np.einsum("yxio,i->o", w, add)
        layer = Layer(self.unique(self.node[0]), maps, w * mul[None, None, :, None], bias,
                      stride=tuple(int(n) for n in strides), pad=tuple(int(n) for n in pads),
                      dilation=tuple(int(n) for n in dilations), groups=int(groups),
                      w_steps=steps if (mul == 1).all() else None)
        return value_of(self.append(layer).out)

    def dense(self, value, w, bias, steps=None):
        """value: any shape; w: (elements, outputs); steps: as conv."""
        flat = value.rearranged(np.ravel)
        self.check(w, bias, flat.index.size)
        rows = int(np.prod(concatenated(value.maps)))
        mapped = np.zeros((rows, w.shape[1]))
        np.add.at(mapped, flat.index, w * flat.mul[:, None])
        layer = Layer(self.unique(self.node[0]), value.maps, mapped.reshape(1, 1, rows, -1),
                      bias + flat.add @ w, dense=True,
                      w_steps=steps if (flat.mul == 1).all() else None)
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
                layer.identity = False
                if layer.w_steps is not None and (m > 0).all():
                    layer.w_steps = layer.w_steps * m
                return value
        return Value(value.maps, value.index, value.mul * mul, value.add * mul + add)

    def add(self, a, b, only_a, only_b):
        """a + b: the later layer of the two takes the other map as its residual. In a quantised
        model, whose sum has steps of its own, a layer of its own does it."""
        if self.keeps and a.shape == b.shape and self.place(a) >= 0:
            if self.place(a) < self.place(b):
                a, b = b, a
            if (a.index == b.index).all() and b.plain() and a.maps[0].shape == b.maps[0].shape:
                layer = self.materialised(channels_last(self, a)).layer
                layer.residual, layer.stage, layer.identity = b.maps[0], ADDED, False
                return value_like(value_of(layer.out), a)
        for x, y, only in sorted(((a, b, only_a), (b, a, only_b)), key=lambda p: -self.place(p[0])):
            layer = self.open_layer(x, only, LINEAR)
            if (
                layer is None
                or layer.dense
                or self.place(y) > self.layers.index(layer)
            ):
                continue
            if len(y.maps) > 1 and y.index.size == np.prod(concatenated(y.maps)):
                y = value_like(value_of(self.inserted(channels_last(self, y), layer)), y)
            if (
                len(y.maps) != 1
                or y.shape != x.shape
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
        first = self.materialised(channels_last(self, a))
        return self.add(value_like(value_of(first), a), b, True, False)

    def inserted(self, value, before):
        """As materialised, with the new layer in front of layer `before`."""
        m = self.materialised(value)
        self.layers.remove(m.layer)
        self.layers.insert(self.layers.index(before), m.layer)
        return m

    def note_grid(self, value, step, zero, tensor):
        """The grid of the tensor that was just made, as a quantised model states it: bytes 0 … 255
        of the map that it is all of. tensor: its name in the model."""
        if len(value.maps) != 1 or not value.plain():
            return
        layer = value.maps[0].layer
        if layer is None:
            self.input_grid, self.input_tensor = (step, zero), tensor
        else:
            layer.grid, layer.tensor = (step, zero), tensor

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
        repeated = len(value.maps) == 1 and value.index.size > value.maps[0].size
        if layer is None and repeated and value.plain() and (value.index >= 0).all():
            once = self.activate(value_of(value.maps[0]), name, function, False)
            return value_like(once, value)
        if layer is None:
            flat = len(value.shape) == 1 and value.maps == (self.input,)
            layer = self.materialised(value if flat else channels_last(self, value)).layer
            value = value_like(value_of(layer.out), value)
        layer.activation = (name, function)
        layer.sum_grid = layer.grid     # of the tensor before, where the model has one
        layer.stage = max(layer.stage, ACTIVATED)
        return value

    def pool(self, value, kind, size, strides, pads, only):
        """value: (lines, pixels, channels); kind: max or average. Padding of an average counts, as
        zeros."""
        value, frame = stripped(self, value)
        if any(frame) and any(pads) and kind == "max":
            self.refuse("padding of its own and padding by zeros before it, expected one of them")
        low, pads = any(pads) and kind == "max", [p + f for p, f in zip(pads, frame)]
        from . import phases
        h, w, _ = value.shape
        whole = tuple(size) == (h, w) and not any(pads)
        phased = phases.of(value)
        if phased and not (whole and kind == "average"):
            self.refuse("a pool of a map that was made larger, expected a mean over all of it")
        if phased:
            return phases.mean(self, value, phased)
        if max(size) > 32 or max(strides) > 31:
            self.refuse(f"a pool of {list(size)} with strides {list(strides)}, expected at most "
                        "32x32 with strides of at most 31")
        if any(p >= n for p, n in zip(pads, (*size, *size))):
            self.refuse(f"pads {list(pads)} of a pool of {list(size)}, expected less than that")
        layer = None if any(pads) else self.open_layer(value, only, ACTIVATED)
        if layer is None or layer.dense:
            layer = self.materialised(value).layer
        if any(pads):
            layer.pad, layer.low = tuple(int(p) for p in pads), low
        layer.pool = ({"type": f"global-{kind}"} if whole else
                      {"type": kind, "size": [int(n) for n in size],
                       "stride": [int(n) for n in strides]})
        layer.stage = POOLED
        layer.out.shape = layer.shape()
        return value_of(layer.out)

    def concat(self, values, axis):
        """Channels side by side (maps), or vectors one behind the other."""
        shapes = {v.shape[:axis] + v.shape[axis + 1:] for v in values}
        if len(shapes) > 1:
            self.refuse("concatenation of tensors of different shape")
        if any(v.maps[0].shape[:2] != values[0].maps[0].shape[:2] for v in values):
            if len(values[0].shape) != 3:
                self.refuse("concatenation of maps of different size")
            from . import phases
            last = phases.side_by_side(self, [v.rearranged(lambda a: np.moveaxis(a, axis, 2))
                                              for v in values])
            return self.concat(last, 2).rearranged(lambda a: np.moveaxis(a, 2, axis))
        maps = tuple({id(m): m for v in values for m in v.maps}.values())
        if len(maps) > MAPS_MOST:
            self.refuse(f"concatenation of {len(maps)} maps, expected at most {MAPS_MOST}")
        total, index = concatenated(maps)[2], []
        before = {id(m): sum(n.shape[2] for n in maps[:k]) for k, m in enumerate(maps)}
        for v in values:
            own = concatenated(v.maps)[2]
            at = np.concatenate([before[id(m)] + np.arange(m.shape[2]) for m in v.maps])
            index.append(np.where(v.index < 0, -1, v.index // own * total + at[v.index % own]))
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


def on_diagonal(w, groups):
    """(kernel lines, pixels, channels of a group, outputs) to (…, channels, outputs): a block on
    the diagonal for each group, zeros elsewhere."""
    if groups == 1:
        return w
    inner, own = w.shape[2], w.shape[3] // groups
    out = np.zeros((*w.shape[:2], inner * groups, w.shape[3]))
    for g in range(groups):
        out[:, :, g * inner:(g + 1) * inner, g * own:(g + 1) * own] = \
            w[:, :, :, g * own:(g + 1) * own]
    return out


def off_diagonal(w, groups):
    """The blocks of on_diagonal again."""
    inner, own = w.shape[2] // groups, w.shape[3] // groups
    return np.concatenate([w[:, :, g * inner:(g + 1) * inner, g * own:(g + 1) * own]
                           for g in range(groups)], axis=3)
