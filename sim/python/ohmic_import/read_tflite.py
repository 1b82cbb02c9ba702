# SPDX-License-Identifier: Apache-2.0
"""TFLite models, float or int8, to the graph of graph.py; int8 constants are read as what they
mean."""

import re
import struct

import numpy as np

from . import compose, files, phases
from .errors import ImportFailed, Unsupported
from .frame import padded
from .functions import activation
from .graph import VALUES_MOST, Builder, Value, on_diagonal, value_of

SIMPLE = {"RELU": "Relu", "LOGISTIC": "Sigmoid", "TANH": "Tanh", "HARD_SWISH": "HardSwish",
          "ELU": "Elu", "GELU": "Gelu", "ABS": "Abs"}
FUSED = {0: None, 1: ("Relu", {}), 2: ("Clip", {"min": -1.0, "max": 1.0}),
         3: ("Clip", {"min": 0.0, "max": 6.0}), 4: ("Tanh", {})}
LAYERS = re.compile(r"(separable_|depthwise_)?conv|dense|add(_|$)|(average|max)_pool", re.I)
NUMBERS = {0: np.float32, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8, 7: np.int16}


def layer_name(tensor):
    """What a tensor is called after: "a/conv2d_1/BiasAdd;a/relu" is conv2d_1."""
    parts = [part.split("/") for part in tensor.split(";")]
    named = [s for part in parts for s in part if LAYERS.match(s)]
    return named[0] if named else parts[0][-1]


class Reader:
    """Walks the operators of the first subgraph."""

    def __init__(self, path, keep=True):
        import tflite
        self.keep = keep
        self.path, self.tflite = path, tflite
        self.unsupported, self.notes, self.values, self.refused = [], [], {}, set()
        raw = files.read(path)
        if raw[4:8] != b"TFL3":
            raise ImportFailed(f"{path}: not a TFLite model, expected TFL3")
        try:
            self.model = tflite.Model.GetRootAs(raw, 0)
            self.graph = self.model.Subgraphs(0)
            self.names = {
                v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)
            }
            self.operators = [self.graph.Operators(k) for k in range(self.graph.OperatorsLength())]
            self.readers = {}
            for o in self.operators:
                for t in o.InputsAsNumpy():
                    self.readers[int(t)] = self.readers.get(int(t), 0) + 1
        except Exception:
            raise ImportFailed(f"{path}: a TFLite model that is cut off or damaged") from None

    def constant(self, index):
        """Array of a constant tensor, dequantised; None where it is no constant."""
        t = self.graph.Tensors(index)
        data = self.model.Buffers(t.Buffer()).DataAsNumpy()
        if isinstance(data, int) or len(data) == 0:
            return None
        if t.Type() not in NUMBERS:
            raise ValueError(f"tensor type {t.Type()}, expected float32 or integers")
        a = np.frombuffer(data.tobytes(), NUMBERS[t.Type()])
        a = a.reshape(t.ShapeAsNumpy() if t.ShapeLength() else ())
        q = t.Quantization()
        if q is None or q.ScaleLength() == 0 or a.dtype == np.float32:
            if a.dtype.kind == "f" and not np.isfinite(a).all():
                raise ImportFailed(
                    f"{self.path}: tensor {t.Name().decode()}: not finite, expected numbers"
                )
            return a
        scale, zero = q.ScaleAsNumpy().astype(float), q.ZeroPointAsNumpy().astype(float)
        shape = [1] * a.ndim
        if len(scale) > 1:
            shape[q.QuantizedDimension()] = len(scale)
        return (a.astype(float) - zero.reshape(shape if len(zero) > 1 else [1] * a.ndim)) * \
            scale.reshape(shape)

    def read(self, shape=None):
        """The builder with all layers, and the value of the model's output."""
        try:
            return self.walked(shape)
        except (struct.error, IndexError, KeyError, ValueError, TypeError, AttributeError,
                OverflowError) as e:
            raise ImportFailed(f"{self.path}: a TFLite model that is cut off or damaged "
                               f"({e})") from None

    def walked(self, shape):
        if self.graph.InputsLength() != 1:
            raise ImportFailed(f"{self.path}: {self.graph.InputsLength()} inputs, expected one")
        entry = self.graph.Inputs(0)
        dims = list(shape or self.graph.Tensors(entry).ShapeAsNumpy()[1:])
        if not dims or min(dims) < 1:
            raise ImportFailed(f"{self.path}: input of shape {dims}, give it with --input-shape")
        if np.prod([float(d) for d in dims]) > VALUES_MOST:
            raise ImportFailed(f"{self.path}: input of shape {dims}, expected at most "
                               f"{VALUES_MOST} values")
        maps = tuple(int(n) for n in dims) if len(dims) == 3 else \
            (1, int(dims[0]), int(dims[1])) if len(dims) == 2 else (1, 1, int(np.prod(dims)))
        self.keep = self.keep and self.grid_of(entry) is not None
        self.builder = Builder(maps, self.keep)
        self.values[entry] = value_of(self.builder.input).rearranged(lambda a: a.reshape(dims))
        self.builder.input_grid_stated = self.grid_of(entry)
        self.note_grid(entry)
        for k, o in enumerate(self.operators):
            operator = self.names.get(
                self.model.OperatorCodes(o.OpcodeIndex()).BuiltinCode(), "CUSTOM"
            )
            label = layer_name(self.graph.Tensors(o.Outputs(0)).Name().decode(errors="replace"))
            self.builder.node = (label or f"op{k}", operator)
            try:
                self.step(o, operator)
            except Unsupported as e:
                self.unsupported.append(e)
                self.refused.update(int(t) for t in o.OutputsAsNumpy())
            except (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError,
                    ZeroDivisionError, struct.error) as e:
                self.unsupported.append(Unsupported(label, operator, f"can't be read ({e})"))
                self.refused.update(int(t) for t in o.OutputsAsNumpy())
        if self.unsupported:
            return self.builder, None
        outputs = [(self.graph.Tensors(t).Name().decode(errors="replace"), self.values[t])
                   for t in map(int, self.graph.OutputsAsNumpy())]
        return self.builder, compose.joined(self.builder, outputs, self.notes)

    def options(self, o, kind):
        made = getattr(self.tflite, kind)()
        table = o.BuiltinOptions()
        made.Init(table.Bytes, table.Pos)
        return made

    def step(self, o, operator):
        indices = [int(t) for t in o.InputsAsNumpy()]
        if any(t in self.refused for t in indices):     # an operator before it was refused already
            self.refused.update(int(t) for t in o.OutputsAsNumpy())
            return
        v = [None if t < 0 else self.values[t] if t in self.values else self.constant(t)
             for t in indices]
        only = [self.readers.get(t, 0) == 1 for t in indices]
        self.last = all(not self.readers.get(int(t)) for t in o.OutputsAsNumpy())
        if operator in SIMPLE:
            made = self.builder.activate(v[0], *activation(SIMPLE[operator]), only[0])
            if operator == "LOGISTIC" and self.last:
                self.notes.append(
                    f"{self.builder.node[0]}: the sigmoid at the end is a table of bytes"
                )
        else:
            method = getattr(self, "op_" + operator.lower(), None)
            if method is None:
                self.builder.refuse("no layer of the chip does this")
            made = method(v, only, o)
        self.values[int(o.Outputs(0))] = made
        if operator != "SOFTMAX":       # it is left out: the map is what it reads
            self.note_grid(int(o.Outputs(0)))

    def grid_of(self, index):
        """(step, zero) of an int8 tensor's bytes plus 128; None of another."""
        t = self.graph.Tensors(index)
        q = t.Quantization()
        if NUMBERS.get(t.Type()) != np.int8 or q is None or q.ScaleLength() != 1:
            return None
        return float(q.Scale(0)), int(q.ZeroPoint(0)) + 128

    def note_grid(self, index):
        grid = self.grid_of(index)
        if self.keep and grid:
            self.builder.note_grid(self.values[index], *grid, index)

    def steps(self, index, outputs):
        """Step of each output's weights, of an int8 model; None of another."""
        t = self.graph.Tensors(index)
        q = t.Quantization()
        if NUMBERS.get(t.Type()) != np.int8 or q is None or not q.ScaleLength():
            return None
        return np.broadcast_to(q.ScaleAsNumpy().astype(float), (outputs,)).copy()

    def fused(self, value, code):
        if code not in FUSED:
            self.builder.refuse(f"fused activation {code}, expected none, relu, relu6 or tanh")
        if FUSED[code] is None:
            return value
        name, parameters = FUSED[code]
        return self.builder.activate(value, *activation(name, **parameters), True)

    def windowing(self, x, opt, kernel, dilations):
        """strides, (top, left, bottom, right)."""
        strides = (opt.StrideH(), opt.StrideW())
        if opt.Padding() == 1:          # VALID
            return strides, (0, 0, 0, 0)
        pads = []
        for n, k, s, d in zip(x.shape, kernel, strides, dilations):
            need = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
            pads.append((need // 2, need - need // 2))
        return strides, (pads[0][0], pads[1][0], pads[0][1], pads[1][1])

    def bias(self, v, n):
        return np.zeros(n) if len(v) < 3 or v[2] is None else np.asarray(v[2], float)

    def op_conv_2d(self, v, _only, o):
        opt, w = self.options(o, "Conv2DOptions"), np.asarray(v[1], float).transpose(1, 2, 3, 0)
        groups = v[0].shape[2] // w.shape[2]
        w = on_diagonal(w, groups)
        dilations = (opt.DilationHFactor(), opt.DilationWFactor())
        strides, pads = self.windowing(v[0], opt, w.shape[:2], dilations)
        y = self.builder.conv(v[0], w, self.bias(v, w.shape[3]), strides, pads, dilations,
                              groups, self.steps(o.Inputs(1), w.shape[3]))
        return self.fused(y, opt.FusedActivationFunction())

    def op_depthwise_conv_2d(self, v, _only, o):
        opt, w = self.options(o, "DepthwiseConv2DOptions"), np.asarray(v[1], float)[0]
        channels, outputs = v[0].shape[2], w.shape[2]
        kernel = on_diagonal(w[:, :, None, :], channels)
        dilations = (opt.DilationHFactor(), opt.DilationWFactor())
        strides, pads = self.windowing(v[0], opt, w.shape[:2], dilations)
        y = self.builder.conv(v[0], kernel, self.bias(v, outputs), strides, pads, dilations,
                              channels, self.steps(o.Inputs(1), outputs))
        return self.fused(y, opt.FusedActivationFunction())

    def op_unidirectional_sequence_lstm(self, _v, _only, _o):
        self.builder.refuse("a recurrent layer, which needs a vector unit")

    def op_fully_connected(self, v, _only, o):
        if isinstance(v[1], Value):
            self.builder.refuse("a product of two activations, which needs a vector unit")
        w = np.asarray(v[1], float).T
        y = self.builder.dense(v[0], w, self.bias(v, w.shape[1]),
                               self.steps(o.Inputs(1), w.shape[1]))
        return self.fused(y, self.options(o, "FullyConnectedOptions").FusedActivationFunction())

    def pooling(self, v, only, o, kind):
        opt = self.options(o, "Pool2DOptions")
        size = (opt.FilterHeight(), opt.FilterWidth())
        strides, pads = self.windowing(v[0], opt, size, (1, 1))
        if kind == "average" and any(pads):
            y = compose.average(self.builder, v[0], size, strides, pads)
        else:
            y = self.builder.pool(v[0], kind, size, strides, pads, only[0])
            if kind == "average" and self.keep:     # int8 kernels round halves away from zero
                y.maps[0].layer.pool["ties"] = "down"
        return self.fused(y, opt.FusedActivationFunction())

    def op_average_pool_2d(self, v, only, o):
        return self.pooling(v, only, o, "average")

    def op_max_pool_2d(self, v, only, o):
        return self.pooling(v, only, o, "max")

    def op_mean(self, v, only, _o):
        if sorted(int(k) for k in np.ravel(v[1])) != [1, 2]:
            self.builder.refuse("a mean over other axes than lines and pixels")
        return self.builder.pool(v[0], "average", v[0].shape[:2], (1, 1), (0, 0, 0, 0),
                                 only[0]).rearranged(np.ravel)

    def op_add(self, v, only, o):
        code = self.options(o, "AddOptions").FusedActivationFunction()
        if all(isinstance(x, Value) for x in v):
            return self.fused(self.builder.add(v[0], v[1], only[0], only[1]), code)
        k = 0 if isinstance(v[0], Value) else 1
        c = np.asarray(v[1 - k], float)
        c = c[0] if c.ndim == len(v[k].shape) + 1 else c
        return self.fused(self.builder.affine(v[k], 1.0, c, only[k]), code)

    def op_sub(self, v, only, o):
        code = self.options(o, "SubOptions").FusedActivationFunction()
        if isinstance(v[1], Value):
            v = [v[0], Value(v[1].maps, v[1].index, -v[1].mul, -v[1].add)]
        else:
            v = [v[0], -np.asarray(v[1], float)]
        if isinstance(v[0], Value) and isinstance(v[1], Value):
            return self.fused(self.builder.add(v[0], v[1], only[0], False), code)
        k = 0 if isinstance(v[0], Value) else 1
        c = np.asarray(v[1 - k], float)
        c = c[0] if c.ndim == len(v[k].shape) + 1 else c
        return self.fused(self.builder.affine(v[k], 1.0, c, only[k] and k == 0), code)

    def op_mul(self, v, only, _o):
        if all(isinstance(x, Value) for x in v):
            self.builder.refuse("a product of two activations, which needs a vector unit")
        k = 0 if isinstance(v[0], Value) else 1
        c = np.asarray(v[1 - k], float)
        c = c[0] if c.ndim == len(v[k].shape) + 1 else c
        return self.builder.affine(v[k], c, 0.0, only[k])

    def op_leaky_relu(self, v, only, o):
        alpha = self.options(o, "LeakyReluOptions").Alpha()
        return self.builder.activate(v[0], *activation("LeakyRelu", alpha=alpha), only[0])

    def op_prelu(self, v, only, _o):
        slopes = np.asarray(v[1], float)
        if len(np.unique(slopes)) == 1:
            alpha = float(slopes.flat[0])
            return self.builder.activate(v[0], *activation("LeakyRelu", alpha=alpha), only[0])
        channels = v[0].shape[-1]
        if slopes.size != channels:
            self.builder.refuse(f"slopes of shape {list(slopes.shape)}, expected one for each "
                                "channel or one for all")
        lines = v[0].rearranged(lambda a: a.reshape((1, 1, -1) if a.ndim < 3 else a.shape))
        y = compose.prelu(self.builder, lines, slopes.ravel(), only[0])
        return y.rearranged(lambda a: a.reshape(v[0].shape))

    def op_pad(self, v, _only, _o):
        around = np.asarray(v[1], int)
        fill = float(np.ravel(v[2])[0]) if len(v) > 2 and v[2] is not None else 0.0
        if around[0].any():
            self.builder.refuse(f"padding {around.tolist()}, expected none of the batch")
        return padded(v[0], around[1:], fill) if around.any() else v[0]

    op_padv2 = op_pad

    def op_relu6(self, v, only, _o):
        return self.builder.activate(v[0], *activation("Clip", min=0.0, max=6.0), only[0])

    def op_softmax(self, v, _only, _o):
        if not self.last:
            self.builder.refuse("softmax inside the network, which needs a vector unit")
        self.notes.append(
            f"{self.builder.node[0]}: softmax at the end is left out: the arg-max is the same"
        )
        return v[0]

    def op_resize_nearest_neighbor(self, v, _only, o):
        opt = self.options(o, "ResizeNearestNeighborOptions")
        h, w, channels = v[0].shape
        sources = []
        for n, out in zip((h, w), (int(k) for k in np.ravel(v[1]))):
            at, step = np.arange(out), n / out
            if opt.AlignCorners() and out > 1:
                at = np.floor(at * (n - 1) / (out - 1) + 0.5)
            else:
                at = np.floor((at + (0.5 if opt.HalfPixelCenters() else 0)) * step + 1e-9)
            sources.append(np.minimum(at, n - 1).astype(int))
        return phases.sampled(v[0], (*sources, np.arange(channels)))

    def op_transpose_conv(self, v, _only, o):
        opt, w = self.options(o, "TransposeConvOptions"), np.asarray(v[1], float)
        size, strides = [int(n) for n in np.ravel(v[0])[1:3]], (opt.StrideH(), opt.StrideW())
        pads = [max((n - 1) * s + k - out, 0) // 2 for n, s, k, out in
                zip(v[2].shape, strides, w.shape[1:3], size)]
        bias = np.zeros(len(w)) if len(v) < 4 or v[3] is None else np.asarray(v[3], float)
        y = phases.transposed(self.builder, v[2], w.transpose(1, 2, 3, 0), bias, strides, pads,
                              size)
        return self.fused(y, opt.FusedActivationFunction())

    def op_depth_to_space(self, v, _only, o):
        b = self.options(o, "DepthToSpaceOptions").BlockSize()

        def move(a):
            h, w, c = a.shape
            a = a.reshape(h, w, b, b, c // b // b).transpose(0, 2, 1, 3, 4)
            return a.reshape(h * b, w * b, c // b // b)

        return v[0].rearranged(move)

    def op_reshape(self, v, _only, o):
        shape = self.graph.Tensors(o.Outputs(0)).ShapeAsNumpy()[1:]
        return v[0].rearranged(lambda a: a.reshape([int(n) for n in shape]))

    op_squeeze = op_expand_dims = op_reshape

    def op_transpose(self, v, _only, _o):
        perm = [int(k) for k in np.ravel(v[1])]
        if perm[0] != 0:
            self.builder.refuse(f"a transpose {perm} that moves the batch axis")
        return v[0].rearranged(lambda a: a.transpose([p - 1 for p in perm[1:]]))

    def op_concatenation(self, v, _only, o):
        axis = self.options(o, "ConcatenationOptions").Axis() % (len(v[0].shape) + 1) - 1
        if axis != len(v[0].shape) - 1 or not all(isinstance(x, Value) for x in v):
            self.builder.refuse(
                "concatenation along another axis than channels, or with a constant"
            )
        return self.builder.concat(v, axis)

    def op_quantize(self, v, _only, _o):
        return v[0]

    op_dequantize = op_quantize
