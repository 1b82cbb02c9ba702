# SPDX-License-Identifier: Apache-2.0
"""ONNX models, float or quantised (QDQ, QONNX's Quant), opset 7 on, to the graph of graph.py."""
import numpy as np

from . import compose, files
from .errors import ImportFailed, Unsupported
from .frame import padded
from .functions import activation
from .graph import VALUES_MOST, Builder, Value, on_diagonal, value_of
from .onnx_larger import Larger
from .onnx_learned import Learned
from .onnx_quantised import Quantised

# Values of what an operator on constants may blow up.
GROWS = {
    "ConstantOfShape": lambda v: np.prod(np.asarray(v[0], float)),
    "Expand": lambda v: np.size(v[0]) * np.prod(np.maximum(np.asarray(v[1], float), 1)),
    "Tile": lambda v: np.size(v[0]) * np.prod(np.asarray(v[1], float)),
    "Range": lambda v: abs((float(v[1]) - float(v[0])) / (float(v[2]) or 1e-30)),
    "OneHot": lambda v: np.size(v[0]) * float(np.ravel(v[1])[0]),
    "Pad": lambda v: np.size(v[0]) + np.abs(np.asarray(v[1], float)).sum() ** 2,
}
SAME = ("SAME_UPPER", "SAME_LOWER")
# What may stand behind the results of a classifier.
NAMING = ("ArgMax", "ArrayFeatureExtractor", "Cast", "Flatten", "Identity", "Normalizer", "Reshape",
          "Softmax", "Squeeze", "TopK", "Unsqueeze", "ZipMap")


def load(path):
    """The checked ModelProto of a file. Raises ImportFailed with one line."""
    import onnx
    raw = files.read(path)
    try:
        model = onnx.load_model_from_string(raw)
    except Exception:
        raise ImportFailed(f"{path}: not an ONNX model, or cut off") from None
    if not model.graph.node:
        raise ImportFailed(f"{path}: no nodes, expected an ONNX model with a graph")
    for t in model.graph.initializer:
        if t.external_data:
            raise ImportFailed(
                f"{path}: initializer {t.name}: external data, expected weights inside " "the file"
            )
    try:
        onnx.checker.check_model(model)
    except Exception as e:
        domains = {x.domain for x in (*model.opset_import, *model.graph.node)} - {"", "ai.onnx"}
        if not domains:
            raise ImportFailed(f"{path}: {str(e).strip().splitlines()[0]}") from None
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0)
    if not 7 <= opset <= onnx.defs.onnx_opset_version():
        raise ImportFailed(f"{path}: opset {opset}, expected 7 to {onnx.defs.onnx_opset_version()}")
    return model


def attributes(node):
    import onnx
    result = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return {k: v.decode() if isinstance(v, bytes) else v for k, v in result.items()}


class Reader(Quantised, Learned, Larger):
    """Walks the nodes; constants are folded, everything else becomes layers of the builder."""

    def __init__(self, path, model, keep=True):
        self.path, self.model, self.graph = path, model, model.graph
        states = {n.op_type for n in self.graph.node}
        self.keep = keep and any(op == "QuantizeLinear" or op.startswith("QLinear") or op == "QGemm"
                                 for op in states)
        self.weight_steps = {}      # of constants that were dequantised, by their name
        self.unsupported, self.values, self.notes = [], {}, []
        self.labels = set()         # tensors that hold classes, not results
        self.opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")))
        self.readers = {}
        for node in self.graph.node:
            for name in node.input:
                self.readers[name] = self.readers.get(name, 0) + 1

    def shape_of_input(self, shape):
        from onnx import numpy_helper
        for t in self.graph.initializer:
            try:
                a = numpy_helper.to_array(t)
            except (ValueError, TypeError, KeyError) as e:
                raise ImportFailed(f"{self.path}: initializer {t.name}: not readable "
                                   f"({e})") from None
            if a.dtype.kind == "f" and not np.isfinite(a).all():
                raise ImportFailed(
                    f"{self.path}: initializer {t.name}: not finite, expected numbers"
                )
            self.values[t.name] = a
        inputs = [i for i in self.graph.input if i.name not in self.values]
        if len(inputs) != 1:
            raise ImportFailed(f"{self.path}: {len(inputs)} inputs, expected one")
        dims = [d.dim_value for d in inputs[0].type.tensor_type.shape.dim][1:]
        if shape:
            dims = list(shape)
        if not dims or min(dims) < 1:
            raise ImportFailed(
                f"{self.path}: input {inputs[0].name}: shape {dims} is not fixed, give "
                "it with --input-shape, for example 3,32,32"
            )
        if np.prod([float(d) for d in dims]) > VALUES_MOST:
            raise ImportFailed(f"{self.path}: input {inputs[0].name}: shape {dims}, expected at "
                               f"most {VALUES_MOST} values")
        return inputs[0].name, dims

    def read(self, shape=None):
        """The builder with all layers, and the value of the model's output."""
        name, dims = self.shape_of_input(shape)
        last = len(dims) == 3 and self.reads_channels_last(name)
        if last:
            maps, move = tuple(dims), lambda a: a
        elif len(dims) == 3:
            maps = (dims[1], dims[2], dims[0])
            move = lambda a: a.transpose(2, 0, 1)
        elif len(dims) == 2:
            maps = (1, dims[1], dims[0])
            move = lambda a: a[0].T
        else:
            maps = (1, 1, int(np.prod(dims)))
            move = lambda a: a.reshape(dims)
        self.builder = Builder(maps, self.keep)
        self.builder.channels_first = not last
        self.values[name] = value_of(self.builder.input).rearranged(move)
        for k, node in enumerate(self.graph.node):
            label = self.label(k, node)
            self.builder.node = (label, node.op_type)
            try:
                self.step(node)
            except Unsupported as e:
                self.unsupported.append(e)
            except (KeyError, IndexError, ValueError, TypeError, OverflowError,
                    ZeroDivisionError, RuntimeError, NotImplementedError) as e:
                e = str(e).splitlines()[0] if str(e) else type(e).__name__
                self.unsupported.append(Unsupported(label, node.op_type, f"can't be read ({e})"))
        if self.unsupported:
            return self.builder, None
        outputs = [o.name for o in self.graph.output] or [""]
        for output in outputs:
            if output not in self.values:
                raise ImportFailed(f"{self.path}: output '{output}' is never computed, expected "
                                   "nodes in the order of their use, without a circle")
        return self.builder, compose.joined(self.builder, [(o, self.values[o]) for o in outputs],
                                            self.notes)

    def reads_channels_last(self, name):
        """Whether all that reads the input turns lines, pixels, channels to channels first, as
        Keras' models do."""
        nodes = [n for n in self.graph.node if name in n.input]
        return bool(nodes) and all(n.op_type == "Transpose" and
                                   attributes(n).get("perm") == [0, 3, 1, 2] for n in nodes)

    @staticmethod
    def label(k, node):
        """Name of the k-th node for messages; a damaged one is bytes."""
        name = node.name or (node.output[0] if node.output else "") or f"node{k}"
        return name.decode(errors="replace") if isinstance(name, bytes) else name

    def step(self, node):
        if any(name and name not in self.values for name in node.input):
            return                                      # a node before it was refused already
        operands = [self.values[name] if name else None for name in node.input]
        constant = not any(isinstance(v, Value) for v in operands)
        if node.op_type == "Constant" or (
            constant and node.op_type not in ("MultiThreshold", "Quant")
        ):
            self.fold(node, operands)
            return
        if any(name in self.labels for name in node.input) and node.op_type in NAMING:
            self.labels.update(node.output)
            self.values[node.output[0]] = next(v for v in operands if isinstance(v, Value))
            return
        method = getattr(self, "op_" + node.op_type.lower(), None)
        a = attributes(node)
        only = [self.readers.get(name, 0) == 1 for name in node.input]
        self.inputs, self.outputs = list(node.input), list(node.output)
        if method is None:
            made = self.elementwise(node, operands, only, a)
        else:
            made = method(operands, only, a)
        self.values[node.output[0]] = made
        for name in node.output[1:]:
            self.values[name] = made

    def fold(self, node, operands):
        if node.op_type == "DequantizeLinear":
            a = attributes(node)
            zero = operands[2] if len(operands) > 2 else None
            self.values[node.output[0]] = self.dequantised(
                operands[0], operands[1], zero, a.get("axis", 1), node.output[0]
            ).astype(np.float32)
            return
        import onnx
        from onnx.reference import ReferenceEvaluator
        if GROWS.get(node.op_type, lambda v: 0)(operands) > VALUES_MOST:
            raise ValueError(f"a constant of more than {VALUES_MOST} values")
        graph = onnx.helper.make_graph([node], "fold", [], [
            onnx.helper.make_empty_tensor_value_info(n) for n in node.output if n])
        for name, v in zip(node.input, operands):
            if name:
                graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(v), name))
        model = onnx.helper.make_model(graph, opset_imports=self.model.opset_import)
        for name, v in zip((n for n in node.output if n), ReferenceEvaluator(model).run(None, {})):
            self.values[name] = v

    def elementwise(self, node, operands, only, a):
        found = activation(node.op_type, **a)
        if found is None or len(operands) > 1:
            self.builder.refuse("no layer of the chip does this")
        return self.builder.activate(operands[0], *found, only[0])

    # ---- layers ----

    def windowing(self, x, a, size, strides, dilations):
        """(top, left, bottom, right) of a kernel or pool over lines and pixels."""
        pads = list(a.get("pads", [0] * (2 * len(size))))
        mode = a.get("auto_pad", "NOTSET")
        if mode in SAME:
            pads = []
            for n, k, s, d in zip(x, size, strides, dilations):
                need = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
                pads.append((need // 2, need - need // 2) if mode == "SAME_UPPER"
                            else (need - need // 2, need // 2))
            pads = [p[0] for p in pads] + [p[1] for p in pads]
        if min(pads, default=0) < 0:
            self.builder.refuse(f"pads {pads}, expected none below 0")
        return pads

    @staticmethod
    def two(values, fill):
        """Sizes of a 1-D operator as those of a map of one line."""
        values = [int(v) for v in values]
        return [fill] + values if len(values) == 1 else values

    def as_lines(self, x):
        """(C, L) or (C, H, W) to (lines, pixels, channels)."""
        if len(x.shape) == 2:
            return x.rearranged(lambda a: a.T[None])
        if len(x.shape) != 3:
            self.builder.refuse(f"a tensor of {len(x.shape) + 1} dimensions, expected 3 or 4")
        return x.rearranged(lambda a: a.transpose(1, 2, 0))

    def as_channels(self, y, dims):
        return y.rearranged((lambda a: a.transpose(2, 0, 1)) if dims == 3 else
                            (lambda a: a[0].T) if dims == 2 else np.ravel)

    def op_conv(self, v, _only, a):
        x, w, dims = v[0], np.asarray(v[1], float), len(v[0].shape)
        if isinstance(v[1], Value):
            self.builder.refuse("weights that are computed, expected constants")
        group, count = a.get("group", 1), w.ndim - 2
        strides, dilations = a.get("strides", [1] * count), a.get("dilations", [1] * count)
        pads = self.windowing(x.shape[1:], a, w.shape[2:], strides, dilations)
        if count == 1:
            w, pads = w[:, :, None], [0, pads[0], 0, pads[1]]
        bias = np.zeros(len(w)) if len(v) < 3 or v[2] is None else np.asarray(v[2], float)
        kernel = on_diagonal(w.transpose(2, 3, 1, 0), group)
        y = self.builder.conv(self.as_lines(x), kernel, bias, self.two(strides, 1), pads,
                              self.two(dilations, 1), group, self.steps(kernel.shape[3]))
        return self.as_channels(y, dims)

    def op_gemm(self, v, _only, a):
        w = np.asarray(v[1], float)
        w = (w.T if a.get("transB", 0) else w) * a.get("alpha", 1.0)
        bias = np.zeros(w.shape[1])
        if len(v) > 2 and v[2] is not None:
            bias = np.broadcast_to(np.asarray(v[2], float), (1, w.shape[1]))[0] * a.get("beta", 1.0)
        steps = self.steps(w.shape[1])
        return self.builder.dense(v[0], w, bias,
                                  steps if steps is None else steps * abs(a.get("alpha", 1.0)))

    def op_matmul(self, v, _only, _a):
        if isinstance(v[1], Value):
            self.builder.refuse("a product of two activations, which needs a vector unit")
        w = np.asarray(v[1], float)
        if len(v[0].shape) > 1 and v[0].shape[:-1] != (1,) * (len(v[0].shape) - 1):
            self.builder.refuse("a product along the last axis of a map, expected of a vector")
        return self.builder.dense(v[0], w.reshape(-1, w.shape[-1]), np.zeros(w.shape[-1]))

    def op_batchnormalization(self, v, only, a):
        gamma, beta, mean, var = (np.asarray(p, float) for p in v[1:5])
        mul = gamma / np.sqrt(var + a.get("epsilon", 1e-5))
        tail = (1,) * (len(v[0].shape) - 1)
        return self.builder.affine(
            v[0], mul.reshape(-1, *tail), (beta - mean * mul).reshape(-1, *tail), only[0]
        )

    def constant_of(self, v):
        """(value, constant without the batch axis, which of the two it is)."""
        k = 0 if isinstance(v[0], Value) else 1
        c = np.asarray(v[1 - k], float)
        if c.ndim == len(v[k].shape) + 1:
            if c.shape[0] != 1:
                self.builder.refuse(f"a constant of shape {list(c.shape)}, expected 1 first")
            c = c[0]
        return v[k], c, k

    def op_add(self, v, only, _a):
        if all(isinstance(x, Value) for x in v):
            return self.builder.add(v[0], v[1], only[0], only[1])
        x, c, k = self.constant_of(v)
        return self.builder.affine(x, 1.0, c, only[k])

    def op_sub(self, v, only, _a):
        if all(isinstance(x, Value) for x in v):
            minus = Value(v[1].maps, v[1].index, -v[1].mul, -v[1].add)
            return self.builder.add(v[0], minus, only[0], False)
        x, c, k = self.constant_of(v)
        return self.builder.affine(x, 1.0 if k == 0 else -1.0, -c if k == 0 else c, only[k])

    def op_mul(self, v, only, _a):
        if all(isinstance(x, Value) for x in v):
            self.builder.refuse("a product of two activations, which needs a vector unit")
        x, c, k = self.constant_of(v)
        return self.builder.affine(x, c, 0.0, only[k])

    def op_div(self, v, only, _a):
        x, c, k = self.constant_of(v)
        if k or not np.asarray(c).all():
            self.builder.refuse("a division by an activation or by 0")
        return self.builder.affine(x, 1 / c, 0.0, only[k])

    def op_clip(self, v, only, a):
        low = a.get("min", -np.inf) if len(v) < 2 or v[1] is None else float(v[1])
        high = a.get("max", np.inf) if len(v) < 3 or v[2] is None else float(v[2])
        return self.builder.activate(v[0], *activation("Clip", min=low, max=high), only[0])

    def op_prelu(self, v, only, _a):
        slopes = np.asarray(v[1], float)
        if len(np.unique(slopes)) == 1:
            alpha = float(slopes.flat[0])
            return self.builder.activate(v[0], *activation("LeakyRelu", alpha=alpha), only[0])
        x = self.as_lines(v[0]) if len(v[0].shape) > 1 else v[0].rearranged(lambda a: a[None, None])
        if slopes.size != x.shape[2]:
            self.builder.refuse(f"slopes of shape {list(slopes.shape)}, expected one for each "
                                "channel or one for all")
        y = compose.prelu(self.builder, x, slopes.ravel(), only[0])
        return self.as_channels(y, len(v[0].shape))

    def op_softmax(self, v, _only, a):
        return self.ending(v[0], "softmax", "the arg-max is the same without it")

    op_logsoftmax = op_softmax

    def op_sigmoid(self, v, only, _a):
        if self.is_output:
            return self.ending(v[0], "sigmoid", "it does not change which result is larger")
        return self.builder.activate(v[0], *activation("Sigmoid"), only[0])

    def ending(self, x, what, why):
        if not self.is_output:
            self.builder.refuse(f"{what} inside the network, which needs a vector unit")
        self.notes.append(f"{self.builder.node[0]}: {what} at the end is left out: {why}")
        return x

    @property
    def is_output(self):
        """Whether the node at work only leads to outputs of the model, and only over what names
        classes or rearranges them."""
        node = next(n for k, n in enumerate(self.graph.node)
                    if self.label(k, n) == self.builder.node[0])
        wanted = list(node.output)
        while wanted:
            name = wanted.pop()
            for n in self.graph.node:
                if name in n.input:
                    if n.op_type not in NAMING:
                        return False
                    wanted += n.output
        return True

    def op_argmax(self, v, _only, _a):
        if self.is_output:
            self.labels.update(self.outputs)
        return self.ending(v[0], "arg-max", "the host or `output` class does it")

    op_topk = op_argmax

    def op_maxpool(self, v, only, a):
        return self.pooling(v[0], only[0], a, "max")

    def op_averagepool(self, v, only, a):
        return self.pooling(v[0], only[0], a, "average")

    def pooling(self, x, only, a, kind):
        size = a["kernel_shape"]
        strides = a.get("strides", [1] * len(size))
        pads = self.windowing(x.shape[1:], a, size, strides, [1] * len(size))
        if any(d != 1 for d in a.get("dilations", [1])):
            self.builder.refuse("pooling with dilation")
        if len(size) == 1:
            size, strides, pads = [1, size[0]], [1, strides[0]], [0, pads[0], 0, pads[1]]
        lines = self.as_lines(x)
        counted = pads if a.get("count_include_pad", 0) else [0] * len(pads)
        if a.get("ceil_mode", 0):
            pads = self.ceiled(lines.shape[:2], size, strides, pads)
        if kind == "average" and list(pads) != list(counted):
            if any(counted):
                self.builder.refuse("a pool of which some padding counts and some does not")
            y = compose.average(self.builder, lines, size, strides, pads)
        else:
            y = self.builder.pool(lines, kind, size, strides, pads, only)
        return self.as_channels(y, len(x.shape))

    def ceiled(self, x, size, strides, pads):
        """Padding that makes the last, partial window a whole one."""
        pads = list(pads)
        for k in range(2):
            rest = (x[k] + pads[k] + pads[k + 2] - size[k]) % strides[k]
            pads[k + 2] += strides[k] - rest if rest else 0
        return pads

    def op_globalaveragepool(self, v, only, _a):
        return self.pooling(v[0], only[0], {"kernel_shape": list(v[0].shape[1:])}, "average")

    def op_globalmaxpool(self, v, only, _a):
        return self.pooling(v[0], only[0], {"kernel_shape": list(v[0].shape[1:])}, "max")

    def op_reducemean(self, v, only, a):
        axes = a.get("axes") if len(v) < 2 else [int(k) for k in np.ravel(v[1])]
        dims = len(v[0].shape) + 1
        if axes is None or sorted(k % dims for k in axes) != list(range(2, dims)):
            self.builder.refuse(f"a mean over axes {axes}, expected over lines and pixels")
        y = self.op_globalaveragepool(v, only, a)
        return y if a.get("keepdims", 1) else y.rearranged(np.ravel)

    # ---- names for the same elements ----

    def op_identity(self, v, _only, _a):
        return v[0]

    op_dropout = op_cast = op_identity

    def op_flatten(self, v, _only, a):
        if a.get("axis", 1) != 1:
            self.builder.refuse(f"flatten from axis {a['axis']}, expected 1")
        return v[0].rearranged(np.ravel)

    def op_reshape(self, v, _only, _a):
        shape = [int(n) for n in np.ravel(v[1])]
        full = (1,) + v[0].shape
        shape = [full[k] if n == 0 else n for k, n in enumerate(shape)]
        if shape[0] not in (1, -1):
            shape = [1] + shape if np.prod(shape) == np.prod(full) else shape
        return v[0].rearranged(
            lambda x: x.reshape([1] + shape[1:] if shape[0] in (1, -1) else shape)[0]
        )

    def op_transpose(self, v, _only, a):
        perm = a.get("perm", list(range(len(v[0].shape), -1, -1)))
        if perm[0] != 0:
            self.builder.refuse(f"a transpose {perm} that moves the batch axis")
        return v[0].rearranged(lambda x: x.transpose([p - 1 for p in perm[1:]]))

    def axes_of(self, v, a):
        return [int(k) for k in (a["axes"] if "axes" in a else np.ravel(v[1]))]

    def op_squeeze(self, v, _only, a):
        dims = len(v[0].shape) + 1
        axes = tuple(k % dims - 1 for k in self.axes_of(v, a))
        return v[0].rearranged(lambda x: x.squeeze(axes))

    def op_unsqueeze(self, v, _only, a):
        axes = self.axes_of(v, a)
        dims = len(v[0].shape) + 1 + len(axes)
        return v[0].rearranged(lambda x: np.expand_dims(x, tuple(k % dims - 1 for k in axes)))

    def op_concat(self, v, _only, a):
        if not all(isinstance(x, Value) for x in v):
            self.builder.refuse("concatenation with a constant")
        axis = a["axis"] % (len(v[0].shape) + 1) - 1
        if axis != 0 or len({len(x.shape) for x in v}) > 1:
            self.builder.refuse(f"concatenation along axis {a['axis']}, expected channels (1)")
        return self.builder.concat(v, axis)

    def op_pad(self, v, _only, a):
        pads = [int(k) for k in (a["pads"] if len(v) < 2 else v[1])]
        dims = len(v[0].shape) + 1
        axes = [int(k) % dims for k in v[3]] if len(v) > 3 and v[3] is not None else range(dims)
        around = np.zeros((dims, 2), int)
        for k, axis in enumerate(axes):
            around[axis] = pads[k], pads[k + len(pads) // 2]
        if a.get("mode", "constant") != "constant" or (around < 0).any() or around[0].any():
            self.builder.refuse(f"padding {pads}, mode {a.get('mode', 'constant')}, expected "
                                "constants around each image")
        fill = a.get("value", 0.0) if len(v) < 3 or v[2] is None else float(np.ravel(v[2])[0])
        return padded(v[0], around[1:], fill) if around.any() else v[0]
