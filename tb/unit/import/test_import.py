# SPDX-License-Identifier: Apache-2.0
"""The importer against onnxruntime (float meaning) and against the format's integer reference.

  test_import.py OUT [GRAPHS [SEED]]     prints `CHECKS <n>` last
Every operator that the importer claims is tried alone on random shapes; then random small graphs of
them. Each must have the float meaning that onnxruntime gives it, and its written directory must
compute, in the integers of ohmic_net.py, what the float network does up to its own rounding.
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from ohmic_import import ImportFailed, api, reference

sys.path.insert(0, "sim/networks/common")
import ohmic_net  # noqa: E402

checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAIL import: {what}")
        sys.exit(1)


class Graph:
    """A model that is put together node by node; x is its input, `at` the last tensor."""

    def __init__(self, shape, opset):
        self.nodes, self.weights, self.shape, self.opset, self.at = [], [], shape, opset, "x"

    def constant(self, a):
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(a), name))
        return name

    def node(self, op, *more, at=None, **attributes):
        out = f"t{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(
                op, [at or self.at, *more], [out], name=f"n{len(self.nodes)}", **attributes
            )
        )
        self.at = out
        return out

    def model(self, shape=("n", "k")):
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, *self.shape])
        y = helper.make_tensor_value_info(self.at, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, "g", [x], [y], self.weights)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8
        )


def conv(g, rng, channels, out, k=(3, 3), **a):
    group = a.get("group", 1)
    w = rng.normal(0, 1 / np.sqrt(k[0] * k[-1] * channels / group),
                   (out, channels // group, *k)).astype(np.float32)
    return g.node("Conv", g.constant(w), g.constant(rng.normal(0, .2, out).astype(np.float32)),
                  kernel_shape=list(k), **a)


def head(g, rng, values, classes=5):
    """A dense layer at the end, of so many inputs."""
    g.node("Flatten")
    w = rng.normal(0, 1 / np.sqrt(values), (classes, values)).astype(np.float32)
    g.node(
        "Gemm", g.constant(w), g.constant(rng.normal(0, 0.1, classes).astype(np.float32)), transB=1
    )


def flat(g):
    """Values that the last tensor of a graph has."""
    m = g.model(None)
    session = onnxruntime.InferenceSession(
        m.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return int(np.prod(session.run(None, {"x": np.zeros((1, *g.shape), np.float32)})[0].shape))


def activations(rng):
    one = {
        "Relu": {},
        "Sigmoid": {},
        "Tanh": {},
        "LeakyRelu": {"alpha": 0.2},
        "Elu": {},
        "HardSigmoid": {},
        "HardSwish": {},
        "Softplus": {},
        "Softsign": {},
        "Abs": {},
        "Selu": {},
    }
    for op, a in one.items():
        g = Graph((3, 7, 6), 14)
        conv(g, rng, 3, 4)
        g.node(op, **a)
        yield op, g


def convolutions(rng):
    cases = {
        "conv pads": dict(pads=[1, 0, 2, 1]),
        "conv stride": dict(strides=[2, 2], pads=[1, 1, 1, 1]),
        "conv dilation": dict(dilations=[2, 2], pads=[2, 2, 2, 2]),
        "conv group": dict(group=3),
        "conv same": dict(auto_pad="SAME_UPPER", strides=[2, 2]),
        "conv same lower": dict(auto_pad="SAME_LOWER"),
    }
    for name, a in cases.items():
        g = Graph((3, 9, 8), 11)
        conv(g, rng, 3, 6, **a)
        g.node("Relu")
        yield name, g
    for name, k in (("conv 1x5", (1, 5)), ("conv 4x2", (4, 2))):
        g = Graph((2, 9, 8), 11)
        conv(g, rng, 2, 3, k)
        g.node("Relu")
        yield name, g
    g = Graph((3, 20), 13)
    conv(g, rng, 3, 5, (5,), pads=[2, 2], strides=[2])
    g.node("Relu")
    yield "conv 1-D", g


def pools(rng):
    for op, a in (("MaxPool", dict(kernel_shape=[2, 2], strides=[2, 2])),
                  ("MaxPool", dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])),
                  ("MaxPool", dict(kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)),
                  ("AveragePool", dict(kernel_shape=[2, 2], strides=[2, 2])),
                  ("AveragePool", dict(kernel_shape=[3, 2], strides=[2, 2])),
                  ("GlobalAveragePool", {}), ("GlobalMaxPool", {})):
        g = Graph((2, 9, 9), 13)
        conv(g, rng, 2, 3)
        g.node("Relu")
        g.node(op, **a)
        yield f"{op} {a}", g


def combinations(rng):
    g = Graph((2, 6, 6), 13)
    conv(g, rng, 2, 4)
    g.node(
        "BatchNormalization",
        *(g.constant(rng.uniform(0.5, 1.5, 4).astype(np.float32)) for _ in range(4)),
    )
    g.node("Clip", g.constant(np.float32(0)), g.constant(np.float32(1)))
    yield "batch norm, clip", g
    g = Graph((2, 6, 6), 13)
    g.node("Mul", g.constant(np.float32(2)))
    g.node("Sub", g.constant(np.full((1, 2, 1, 1), .25, np.float32)))
    conv(g, rng, 2, 4, pads=[1, 1, 1, 1])
    g.node("Div", g.constant(np.float32(3)))
    g.node("PRelu", g.constant(np.float32([[[.1]]])))
    yield "constants, prelu", g
    g = Graph((3, 6, 5), 13)
    g.node("Transpose", perm=[0, 2, 3, 1])
    g.node("Transpose", perm=[0, 3, 1, 2])
    first = conv(g, rng, 3, 4, pads=[1, 1, 1, 1])
    first = g.node("Relu", at=first)
    conv(g, rng, 4, 4, pads=[1, 1, 1, 1])
    g.node("Add", first)
    g.node("Relu")
    yield "transpose, residual", g
    g = Graph((3, 6, 5), 13)
    a = conv(g, rng, 3, 4, pads=[1, 1, 1, 1])
    a = g.node("Relu", at=a)
    g.at = "x"
    b = conv(g, rng, 3, 2, (1, 1))
    b = g.node("Relu", at=b)
    g.node("Concat", b, at=a, axis=1)
    conv(g, rng, 6, 4)
    g.node("Relu")
    yield "concat", g
    g = Graph((12,), 13)
    g.node("Reshape", g.constant(np.array([-1, 1, 3, 4])))
    conv(g, rng, 1, 3, (2, 2))
    g.node("Relu")
    g.node("ReduceMean", axes=[2, 3], keepdims=0)
    yield "reshape, mean", g


def operators(rng):
    """(name, graph) of each operator alone between a convolution and a dense layer."""
    for some in (activations, convolutions, pools, combinations):
        yield from some(rng)


def random_graph(rng):
    """A few layers of everything, one after the other, sometimes with a residual."""
    c, h, w = int(rng.integers(1, 4)), int(rng.integers(6, 11)), int(rng.integers(6, 11))
    g = Graph((c, h, w), int(rng.integers(9, 14)))
    for _ in range(int(rng.integers(1, 4))):
        out, k = int(rng.integers(1, 6)), int(rng.integers(1, 4))
        pad = k // 2
        before = g.at
        conv(g, rng, c, out, (k, k), pads=[pad, pad, k - 1 - pad, k - 1 - pad])
        if rng.random() < .3:
            g.node("BatchNormalization",
                   *(g.constant(rng.uniform(.5, 1.5, out).astype(np.float32)) for _ in range(4)))
        if out == c and before != "x" and rng.random() < .6:
            g.node("Add", before)
        g.node(rng.choice(["Relu", "Relu", "Relu", "Tanh", "LeakyRelu"]))
        c = out
        if rng.random() < .3 and min(h, w) >= 4:
            g.node(rng.choice(["MaxPool", "AveragePool"]), kernel_shape=[2, 2], strides=[2, 2])
            h, w = h // 2, w // 2
    return g


def network(name, g, rng, out):
    """One graph: float meaning, and the integers of the directory that it becomes."""
    head(g, rng, flat(g))
    path = os.path.join(out, "model.onnx")
    onnx.save(g.model(), path)
    x = rng.integers(0, 256, (24, *g.shape)).astype(np.uint8)
    real = x.astype(np.float32) / 255
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    want = np.concatenate([session.run(None, {"x": real[k:k + 1]})[0] for k in range(len(x))])
    builder, value, _ = api.read_model(path)
    layers, source = api.finished(builder, value)
    have = reference.run(layers, source, api.to_map_order(real.astype(float), source, True))
    error = np.abs(have[id(layers[-1].out)].reshape(want.shape) - want).max()
    check(error <= 1e-4 * max(1, np.abs(want).max()), f"{name}: float differs by {error:g}")
    directory = os.path.join(out, "net")
    record = api.import_model(path, x, directory)
    net, q, _ = ohmic_net.load(directory)
    shape = ohmic_net.map_shape(net["input"]["shape"])
    integers = ohmic_net.run(q, api.images_for(record, shape, x).reshape(len(x), -1), shape)
    have = integers * record["layers"][-1]["step"]
    noise = ((have - want) ** 2).mean() / max((want ** 2).mean(), 1e-9)
    check(
        noise < 0.01, f"{name}: integers are off by {100 * noise:.2f} % of the results' mean square"
    )


def refuses(path, words, out, **more):
    """An import that must fail with all these words and leave nothing."""
    target = os.path.join(out, "refused")
    try:
        api.import_model(path, np.zeros((4, 2, 6, 6), np.uint8), target, **more)
    except ImportFailed as e:
        check(all(w in str(e) for w in words), f"'{e}', expected {words}")
        check(not os.path.exists(target), "a refused import left a directory")
        return
    check(False, f"{path}: accepted, expected {words}")


def bad_models(rng, out):
    path = os.path.join(out, "bad.onnx")
    g = Graph((2, 6, 6), 13)
    conv(g, rng, 2, 4)
    g.node("Relu")
    head(g, rng, flat(g))
    good = g.model().SerializeToString()
    for raw, words in (
        (good[: len(good) // 2], ["not an ONNX model"]),
        (b"GIF89a" * 40, ["not an ONNX model"]),
        (b"", ["no nodes"]),
    ):
        with open(path, "wb") as f:
            f.write(raw)
        refuses(path, words, out)
    refuses(os.path.join(out, "none.onnx"), ["No such file"], out)
    g = Graph((2, 6, 6), 13)
    conv(g, rng, 2, 4, strides=[1, 2])
    g.node("Softmax", axis=1)
    g.node("Sin")
    head(g, rng, 4 * 4 * 2)
    onnx.save(g.model(), path)
    refuses(path, ["n0", "strides"], out)
    g = Graph((2, 6, 6), 13)
    conv(g, rng, 2, 4)
    both = g.at
    g.node("Sin")
    g.node("Mul", both, at=both)
    head(g, rng, 64)
    onnx.save(g.model(), path)
    refuses(path, ["2 nodes", "Sin", "Mul", "vector unit"], out)
    model = onnx.load_from_string(good)
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "h"
    onnx.save(model, path)
    refuses(path, ["--input-shape"], out)
    model = onnx.load_from_string(good)
    model.opset_import[0].version = 5
    onnx.save(model, path)
    refuses(path, ["opset 5", "expected 7"], out)
    model = onnx.load_from_string(good)
    w = numpy_helper.to_array(model.graph.initializer[0]).copy()
    w.ravel()[0] = np.nan
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(w, model.graph.initializer[0].name))
    onnx.save(model, path)
    refuses(path, ["not finite"], out)


def dense(rng, out):
    """from_float: three lines for people without ONNX."""
    w1, w2 = rng.normal(0, .2, (36, 12)), rng.normal(0, .3, (12, 4))
    x = rng.integers(0, 256, (64, 36)).astype(np.uint8)
    directory = os.path.join(out, "dense")
    record = api.from_float([(w1, np.zeros(12), "Relu"), (w2, np.zeros(4), None)], x, directory)
    want = np.maximum(x / 255 @ w1, 0) @ w2
    _, q, _ = ohmic_net.load(directory)
    have = ohmic_net.run(q, x) * record["layers"][-1]["step"]
    check(np.abs(have - want).max() < .05 * np.abs(want).max(), "from_float: another product")


def for_the_chip(rng, out):
    """A small network with a residual in out/net; returns images for it."""
    g = Graph((2, 6, 6), 13)
    first = conv(g, rng, 2, 4, pads=[1, 1, 1, 1])
    first = g.node("Relu", at=first)
    conv(g, rng, 4, 4, pads=[1, 1, 1, 1])
    g.node("Add", first)
    g.node("Relu")
    g.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    network("residual", g, rng, out)
    return rng.integers(0, 256, (4, 6, 6, 2)).astype(np.uint8)


def main():
    out, graphs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 40
    rng = np.random.default_rng(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    os.makedirs(out, exist_ok=True)
    for name, g in operators(rng):
        network(name, g, rng, out)
    for k in range(graphs):
        network(f"random graph {k}", random_graph(rng), rng, out)
    images = for_the_chip(rng, out)
    np.save(os.path.join(out, "images.npy"), images)
    np.save(os.path.join(out, "foreign.npy"), images.transpose(0, 3, 1, 2))
    np.save(os.path.join(out, "labels.npy"), np.zeros(4, np.uint8))
    bad_models(rng, out)
    dense(rng, out)
    print(f"CHECKS {checks}")


main()
