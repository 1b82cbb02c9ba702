# SPDX-License-Identifier: Apache-2.0
"""The importer against onnxruntime (float meaning) and against the format's integer reference.

  test_import.py OUT [GRAPHS [SEED]]     prints `CHECKS <n>` last
Every operator that the importer claims is tried alone on random shapes; then random small graphs of
them. Each must have the float meaning that onnxruntime gives it, and its written directory must
compute, in the integers of the C library, what the float network does up to its own rounding.
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime
from graphs import Graph, conv, flat, head
from onnx import numpy_helper

import ohmic
from ohmic_import import api, quantize, reference

checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAIL import: {what}")
        sys.exit(1)


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
        "conv strides": dict(strides=[1, 3]),
        "conv depthwise": dict(group=3, pads=[0, 2, 1, 1], strides=[2, 1]),
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
                  ("AveragePool", dict(kernel_shape=[3, 3], pads=[1, 0, 1, 2],
                                       count_include_pad=1)),
                  ("AveragePool", dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])),
                  ("AveragePool", dict(kernel_shape=[3, 2], strides=[2, 1], ceil_mode=1)),
                  ("MaxPool", dict(kernel_shape=[3, 2], strides=[1, 2])),
                  ("GlobalAveragePool", {}), ("GlobalMaxPool", {})):
        g = Graph((2, 9, 9), 13)
        conv(g, rng, 2, 3)
        g.node("Relu")
        g.node(op, **a)
        yield f"{op} {a}", g
    g = Graph((2, 9, 9), 13)
    conv(g, rng, 2, 3)
    g.node("Tanh")
    g.node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    yield "max pool of negative values with padding", g
    g = Graph((2, 7, 6), 13)
    conv(g, rng, 2, 3)
    g.node("Tanh")
    g.node("AveragePool", kernel_shape=[2, 3], auto_pad="SAME_LOWER")
    yield "mean of negative values without padding", g
    for op in ("MaxPool", "AveragePool", "Conv"):
        g = Graph((2, 8, 8), 13)
        conv(g, rng, 2, 3)
        g.node("Relu")
        g.node("Pad", g.constant(np.array([0, 0, 1, 0, 0, 0, 2, 1])))
        if op == "Conv":
            conv(g, rng, 3, 4, pads=[0, 1, 0, 1])
            g.node("Relu")
        else:
            g.node(op, kernel_shape=[3, 2], strides=[2, 2])
        yield f"padding apart, {op}", g


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
    g = Graph((3, 7, 6), 13)
    conv(g, rng, 3, 4, pads=[1, 1, 1, 1])
    g.node("PRelu", g.constant(rng.uniform(-.2, .6, (4, 1, 1)).astype(np.float32)))
    g.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    g.node("PRelu", g.constant(rng.uniform(0, .6, (4, 1, 1)).astype(np.float32)))
    yield "a slope for each channel", g
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
    g = Graph((3, 6, 5), 13)
    a = conv(g, rng, 3, 4, pads=[1, 1, 1, 1])
    a = g.node("Relu", at=a)
    beside = g.node("Concat", "x", at=a, axis=1)
    conv(g, rng, 7, 7, pads=[1, 1, 1, 1])
    g.node("Add", beside)
    g.node("Relu")
    yield "a sum with maps side by side", g
    g = Graph((3, 6, 5), 13)
    a = conv(g, rng, 3, 3, pads=[1, 1, 1, 1])
    a = g.node("Relu", at=a)
    g.node("Concat", "x", at=a, axis=1)
    conv(g, rng, 6, 4)
    g.node("Relu")
    yield "the input beside a layer", g
    g = Graph((12,), 13)
    g.node("Reshape", g.constant(np.array([-1, 1, 3, 4])))
    conv(g, rng, 1, 3, (2, 2))
    g.node("Relu")
    g.node("ReduceMean", axes=[2, 3], keepdims=0)
    yield "reshape, mean", g


def repeated(g, scales, **a):
    return g.node("Resize", g.constant(np.zeros(0, np.float32)),
                  g.constant(np.array([1, 1, *scales], np.float32)), mode="nearest", **a)


def larger(rng):
    """Maps that are made larger: each pixel of the chip's map holds a block of the tensor's."""
    for name, scales, kernel, more in (("twice", (2, 2), (3, 3), {}),
                                       ("2x3", (2, 3), (5, 3), {}),
                                       ("strided", (2, 2), (3, 3), dict(strides=[2, 2])),
                                       ("depthwise", (3, 1), (3, 3), dict(group=3))):
        g = Graph((2, 5, 4), 13)
        conv(g, rng, 2, 3, pads=[1, 1, 1, 1])
        g.node("Relu")
        repeated(g, scales)
        pad = [k // 2 for k in kernel]
        conv(g, rng, 3, 3, kernel, pads=[*pad, *pad], **more)
        g.node("Relu")
        conv(g, rng, 3, 2, pads=[1, 1, 1, 1])
        g.node("Tanh")
        yield f"repeated {name}", g
    g = Graph((2, 8, 6), 13)
    conv(g, rng, 2, 3, pads=[1, 1, 1, 1])
    kept = g.node("Relu")
    g.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    conv(g, rng, 3, 5, pads=[1, 1, 1, 1])
    g.node("Sigmoid")
    g.node("Concat", kept, at=repeated(g, (2, 2)), axis=1)
    conv(g, rng, 8, 4, pads=[1, 1, 1, 1])
    first = g.node("Relu")
    conv(g, rng, 4, 4, (1, 1))
    g.node("Add", first)
    g.node("GlobalAveragePool")
    yield "down and up beside what was kept, a residual, a mean", g
    for k, s, pads, more in ((2, 2, [0, 0, 0, 0], [0, 0]), (4, 2, [1, 1, 1, 1], [0, 0]),
                             (3, 2, [1, 1, 1, 1], [1, 1]), (2, 3, [0, 0, 0, 0], [1, 1])):
        g = Graph((2, 5, 4), 13)
        conv(g, rng, 2, 3, pads=[1, 1, 1, 1])
        g.node("Relu")
        g.node("ConvTranspose", normal(g, rng, 3, 4, k, k), normal(g, rng, 4), strides=[s, s],
               pads=pads, output_padding=more)
        g.node("Relu")
        conv(g, rng, 4, 3, pads=[1, 1, 1, 1])
        g.node("Relu")
        yield f"transposed {k} {s} {pads}", g
    for mode in ("DCR", "CRD"):
        g = Graph((2, 5, 4), 13)
        conv(g, rng, 2, 12, pads=[1, 1, 1, 1])
        g.node("Relu")
        g.node("DepthToSpace", blocksize=2, mode=mode)
        conv(g, rng, 3, 4, pads=[1, 1, 1, 1])
        g.node("Relu")
        yield f"channels into space, {mode}", g
    g = Graph((3, 12), 9)
    conv(g, rng, 3, 4, (3,), pads=[1, 1])
    g.node("Relu")
    g.node("Upsample", g.constant(np.array([1, 1, 2], np.float32)), mode="nearest")
    conv(g, rng, 4, 3, (3,), pads=[1, 1])
    g.node("Relu")
    yield "repeated 1-D, Upsample", g


def normal(g, rng, *shape):
    return g.constant(rng.normal(0, .3, shape).astype(np.float32))


def operators(rng):
    """(name, graph) of each operator alone between a convolution and a dense layer."""
    for some in (activations, convolutions, pools, combinations, larger):
        yield from some(rng)


def random_graph(rng):
    """A few layers of everything, one after the other, sometimes with a residual."""
    c, h, w = int(rng.integers(1, 4)), int(rng.integers(6, 11)), int(rng.integers(6, 11))
    g = Graph((c, h, w), int(rng.integers(11, 14)))
    grown = repeats = False
    for _ in range(int(rng.integers(1, 4))):
        out, k = int(rng.integers(1, 6)), int(rng.integers(1, 4))
        pad = k // 2
        before = g.at
        conv(g, rng, c, out, (k, k), pads=[pad, pad, k - 1 - pad, k - 1 - pad])
        if rng.random() < .3:
            g.node("BatchNormalization",
                   *(g.constant(rng.uniform(.5, 1.5, out).astype(np.float32)) for _ in range(4)))
        if out == c and before != "x" and not repeats and rng.random() < .6:
            g.node("Add", before)
        act = rng.choice(["Relu", "Relu", "Relu", "Tanh", "LeakyRelu", "PRelu"])
        slopes = [normal(g, rng, out, 1, 1)] if act == "PRelu" and not grown else []
        g.node(act if slopes or act != "PRelu" else "Relu", *slopes)
        if rng.random() < .15 and (h, w) == g.shape[1:]:
            g.node("Concat", "x", axis=1)
            out += g.shape[0]
        c, repeats = out, False
        if rng.random() < .3 and min(h, w) >= 4 and not grown:
            border = int(rng.random() < .3)
            g.node(rng.choice(["MaxPool", "AveragePool"]), kernel_shape=[2, 2], strides=[2, 2],
                   pads=[border, 0, 0, border])
            h, w = (h + border) // 2, (w + border) // 2
        elif rng.random() < .15 and h * w <= 40:
            by = int(rng.integers(1, 3)), int(rng.integers(2, 4))
            repeated(g, by, coordinate_transformation_mode="asymmetric", nearest_mode="floor")
            h, w, grown, repeats = h * by[0], w * by[1], True, True
    return g


def software(directory, record, x):
    """Scores of the directory in the C library's integers, which read it anew."""
    with ohmic.Network(directory, mapped=False) as n:
        return n.software(api.images_for(record, n.shape, x)).scores


def network(name, g, rng, out, directory="net"):
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
    directory = os.path.join(out, directory)
    record = api.import_model(path, x, directory)
    have = software(directory, record, x) * record["layers"][-1]["step"]
    noise = ((have - want) ** 2).mean() / max((want ** 2).mean(), 1e-9)
    check(
        noise < 0.01, f"{name}: integers are off by {100 * noise:.2f} % of the results' mean square"
    )


def mean_error(layers, source, real, correct):
    """What the first layer's integer sums are off by on average, in their units, output by
    output."""
    grid = quantize.Grid(1 / 255, False)
    entries, _ = quantize.quantised(layers, source, grid, real, correct=correct)
    e, layer = entries[0], layers[0]
    rows = reference.windows(grid.rounded(real), layer)
    have = reference.products(rows, layer, e["w"].astype(float).reshape(layer.w.shape)) + e["bias"]
    want = reference.products(rows / 255, layer, layer.w) + layer.bias
    return np.abs((have - want / e["steps"]).mean(axis=(0, 1, 2)))


def choices(rng, out):
    """How steps are chosen: equalisation leaves the float meaning and helps a layer whose rows
    differ by orders, correction takes a mean error away, a percentile clips."""
    g = Graph((3, 8, 8), 13)
    conv(g, rng, 3, 6)
    g.node("Relu")
    g.node("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    conv(g, rng, 6, 5)
    g.node("Relu")
    head(g, rng, flat(g))
    for k, scale in enumerate(np.exp(rng.normal(0, 2, 6))):         # channels of different size
        for t, axis in ((0, 0), (1, 0), (2, 1)):
            a = numpy_helper.to_array(g.weights[t]).copy()
            np.moveaxis(a, axis, 0)[k] *= scale if t < 2 else 1 / scale
            g.weights[t].CopyFrom(numpy_helper.from_array(a, g.weights[t].name))
    path = os.path.join(out, "uneven.onnx")
    onnx.save(g.model(), path)
    x = rng.integers(0, 256, (64, *g.shape)).astype(np.uint8)
    layers, source = api.layers_of(path, {"input_shape": None, "steps": "chosen", "equal": False,
                                          "input": {}})
    even, _ = api.layers_of(path, {"input_shape": None, "steps": "chosen", "equal": True,
                                  "input": {}})
    real = api.to_map_order(x / 255, source, True)
    want = reference.run(layers, source, real)[id(layers[-1].out)].reshape(64, -1)
    have = reference.run(even, even[0].sources[0], real)[id(even[-1].out)].reshape(64, -1)
    check(np.allclose(have, want), "equalisation changes what the layers compute")
    error, step = {}, {}
    mean = {c: mean_error(layers, source, real, c) for c in (False, True)}
    check((mean[True] < 1).all(), f"corrected sums are off by {mean[True]} units on average")
    check(mean[False].max() > 1, f"sums are off by {mean[False]} units without correction")
    for name, more in (("plain", dict(correct=False)), ("corrected", {}),
                       ("equal", dict(equal=True)), ("percentile", dict(ranges="99.9")),
                       ("largest", dict(ranges="100"))):
        record = api.import_model(path, x, os.path.join(out, "uneven"), **more)
        off = software(os.path.join(out, "uneven"), record, x) * record["layers"][-1]["step"] - want
        step[name] = record["layers"][0]["step"]
        error[name] = np.sqrt((off ** 2).mean())
    check(error["equal"] < 0.7 * error["corrected"], f"equalisation does not help: {error}")
    check(error["percentile"] < 2 * error["plain"], f"percentile: {error}")
    check(step["percentile"] < step["largest"], f"percentile: steps {step}")


def bits(rng, out):
    """A threshold of the input is the host's; the layer behind it gets -1 and 1."""
    g = Graph((16,), 13)
    at = (rng.integers(1, 255, (16, 1)) + 0.5) / 255
    g.nodes.append(onnx.helper.make_node(
        "MultiThreshold", ["x", g.constant(at.astype(np.float32))], ["t0"], name="bits",
        domain="qonnx.custom_op.general", out_scale=2.0, out_bias=-1.0))
    g.at = "t0"
    head(g, rng, 16)
    model = g.model()
    model.opset_import.append(onnx.helper.make_opsetid("qonnx.custom_op.general", 1))
    path = os.path.join(out, "bits.onnx")
    onnx.save(model, path)
    x = rng.integers(0, 256, (40, 16)).astype(np.uint8)
    record = api.import_model(path, x, os.path.join(out, "bits"))
    w, b = (numpy_helper.to_array(t) for t in g.weights[1:3])
    want = np.where(x / 255 >= at[:, 0], 1, -1) @ w.T + b
    have = software(os.path.join(out, "bits"), record, x) * record["layers"][-1]["step"]
    check(len(record["layers"]) == 1, f"{len(record['layers'])} layers, expected the dense one")
    check(np.abs(have - want).max() < .05 * np.abs(want).max(), "bits: another product")
    layers, source = api.layers_of(path, record)
    real = api.real_images(x, source, record["input"])
    have = reference.run(layers, source, real)[id(layers[-1].out)].reshape(want.shape)
    check(np.allclose(have, want, atol=1e-5), "bits: another float meaning")


def dense(rng, out):
    """from_float: three lines for people without ONNX."""
    w1, w2 = rng.normal(0, .2, (36, 12)), rng.normal(0, .3, (12, 4))
    x = rng.integers(0, 256, (64, 36)).astype(np.uint8)
    directory = os.path.join(out, "dense")
    record = api.from_float([(w1, np.zeros(12), "Relu"), (w2, np.zeros(4), None)], x, directory)
    want = np.maximum(x / 255 @ w1, 0) @ w2
    have = software(directory, record, x) * record["layers"][-1]["step"]
    check(np.abs(have - want).max() < .05 * np.abs(want).max(), "from_float: another product")


def for_the_chip(rng, out):
    """A small network with a residual in out/net; one in out/parts with slopes, the input beside a
    layer, means whose padding does not count and pixels that are repeated. Returns images."""
    def begun():
        g = Graph((2, 6, 6), 13)
        first = conv(g, rng, 2, 4, pads=[1, 1, 1, 1])
        first = g.node("Relu", at=first)
        conv(g, rng, 4, 4, pads=[0, 1, 2, 1], group=4)
        g.node("Add", first)
        return g

    g = begun()
    g.node("PRelu", g.constant(rng.uniform(0, .6, (4, 1, 1)).astype(np.float32)))
    g.node("Concat", "x", axis=1)
    g.node("MaxPool", kernel_shape=[2, 3], strides=[2, 2], pads=[0, 1, 0, 0])
    g.node("Relu")
    g.node("AveragePool", kernel_shape=[2, 2], pads=[0, 0, 1, 1])
    repeated(g, (2, 2))
    conv(g, rng, 6, 2, pads=[1, 1, 1, 1])
    g.node("Relu")
    network("parts", g, rng, out, "parts")
    g = begun()
    g.node("Relu")
    g.node("MaxPool", kernel_shape=[2, 3], strides=[2, 2], pads=[0, 1, 0, 0])
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
    choices(rng, out)
    bits(rng, out)
    dense(rng, out)
    print(f"CHECKS {checks}")


main()
