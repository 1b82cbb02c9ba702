# SPDX-License-Identifier: Apache-2.0
"""Models in the form that converters give them, against onnxruntime: scikit-learn's (labels and
probabilities, a dictionary, scaling), Keras' (channels last outside, padding apart), and models of
several outputs.

  test_forms.py OUT [SEED]     prints `CHECKS <n>` last
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime
from graphs import Graph, conv
from onnx import TensorProto, helper

from ohmic_import import api, reference

checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAIL import: {what}")
        sys.exit(1)


def normal(g, rng, *shape):
    return g.constant(rng.normal(0, 1 / np.sqrt(shape[0]), shape).astype(np.float32))


def classifier(g, rng, hidden, zipmap):
    """What skl2onnx makes of a multi-layer perceptron of three classes: two outputs."""
    n = g.shape[0]
    g.node("MatMul", normal(g, rng, n, 8))
    g.node("Add", normal(g, rng, 1, 8))
    g.node(hidden)
    g.node("MatMul", normal(g, rng, 8, 3))
    g.node("Add", normal(g, rng, 1, 3))
    p = g.node("Softmax", axis=1)
    best = g.node("ArgMax", axis=1, at=p)
    classes = g.constant(np.array([4, 7, 9]))
    g.nodes.append(helper.make_node("ArrayFeatureExtractor", [classes, best], ["names"],
                                    name="names", domain="ai.onnx.ml"))
    label = g.node("Reshape", g.constant(np.array([-1])), at="names")
    label = g.node("Cast", at=label, to=TensorProto.INT64)
    if zipmap:
        g.nodes.append(helper.make_node("ZipMap", [p], ["dictionary"], name="dictionary",
                                        domain="ai.onnx.ml", classlabels_int64s=[4, 7, 9]))
        return label, "dictionary"
    return label, g.node("Identity", at=p)


def scaled(g, rng):
    """The standard scaler of a pipeline before it."""
    n = g.shape[0]
    g.nodes.append(helper.make_node(
        "Scaler", ["x"], ["scaled"], name="scaled", domain="ai.onnx.ml",
        offset=rng.uniform(0, 1, n).tolist(), scale=rng.uniform(.5, 2, n).tolist()))
    g.at = "scaled"


def model_of(g, outputs):
    """outputs: [(name, element type) …]; 0: a sequence of dictionaries."""
    m = g.model()
    del m.graph.output[:]
    for name, kind in outputs:
        if kind:
            m.graph.output.append(helper.make_tensor_value_info(name, kind, None))
        else:
            entry = helper.make_map_type_proto(
                TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
            m.graph.output.append(helper.make_value_info(name, helper.make_sequence_type_proto(
                entry)))
    m.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))
    return m


def results(path, x):
    """(what onnxruntime gives, what the importer's float layers give)."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    want = [session.run(None, {"x": x[k:k + 1].astype(np.float32)}) for k in range(len(x))]
    builder, value, notes = api.read_model(path)
    layers, source = api.finished(builder, value)
    have = reference.run(layers, source, api.to_map_order(x, source, builder.channels_first))
    record = api.import_model(path, x, os.path.join(os.path.dirname(path), "forms"))
    check(record["notes"] == notes, f"{path}: other notes: {record['notes']}")
    return want, have[id(layers[-1].out)].reshape(len(x), -1), notes


def scikit(out, rng):
    for hidden, zipmap, scales in (("Relu", 0, 0), ("Tanh", 1, 0), ("Sigmoid", 0, 1)):
        g = Graph((6,), 13)
        if scales:
            scaled(g, rng)
        label, chances = classifier(g, rng, hidden, zipmap)
        path = os.path.join(out, "forms.onnx")
        onnx.save(model_of(g, [(label, TensorProto.INT64),
                               (chances, 0 if zipmap else TensorProto.FLOAT)]), path)
        x = rng.uniform(0, 1, (40, 6))
        want, have, notes = results(path, x)
        named = np.array([4, 7, 9])[have.argmax(1)]
        check(have.shape == (40, 3), f"scikit-learn, {hidden}: results {have.shape}, expected 3")
        check((named == [int(w[0][0]) for w in want]).all(), f"scikit-learn, {hidden}: labels")
        check(any("left out" in n for n in notes), f"scikit-learn, {hidden}: notes {notes}")


def keras(out, rng):
    """Channels last outside, padding apart, relu6, depthwise, a mean, a dense layer, softmax."""
    g = Graph((9, 8, 3), 13)
    g.node("Transpose", perm=[0, 3, 1, 2])
    g.node("Pad", g.constant(np.array([0, 0, 0, 0, 0, 0, 1, 1])))
    conv(g, rng, 3, 6, strides=[2, 2])
    six = [g.constant(np.float32(v)) for v in (0, 6)]
    g.node("Clip", *six)
    conv(g, rng, 6, 6, group=6, pads=[1, 1, 1, 1])
    g.node("Clip", *six)
    kept = g.node("GlobalAveragePool")
    g.node("Squeeze", g.constant(np.array([2, 3])), at=kept)
    g.node("MatMul", normal(g, rng, 6, 5))
    last = g.node("Add", normal(g, rng, 5))
    g.node("Softmax", axis=1)
    path = os.path.join(out, "forms.onnx")
    onnx.save(model_of(g, [(g.at, TensorProto.FLOAT), (last, TensorProto.FLOAT)]), path)
    x = rng.uniform(0, 1, (12, 9, 8, 3))
    want, have, _ = results(path, x)
    error = np.abs(have - np.concatenate([w[1] for w in want])).max()
    check(error < 1e-4, f"Keras: results differ by {error:g}")


def dense(g, rng, at, inputs, outputs):
    return g.node("Gemm", normal(g, rng, inputs, outputs), normal(g, rng, outputs), at=at)


def several(out, rng):
    """Outputs of the same and of different maps, of the middle of the network, and of a map."""
    cases = {}
    g = Graph((12,), 13)
    h = g.node("Relu", at=dense(g, rng, "x", 12, 9))
    cases["one map"] = g, [dense(g, rng, h, 9, 3), dense(g, rng, h, 9, 2)], 2
    g = Graph((12,), 13)
    h = g.node("Relu", at=dense(g, rng, "x", 12, 9))
    k = g.node("Tanh", at=dense(g, rng, h, 9, 5))
    cases["two maps"] = g, [dense(g, rng, h, 9, 3), dense(g, rng, k, 5, 2)], 3
    g = Graph((12,), 13)
    h = g.node("Relu", at=dense(g, rng, "x", 12, 9))
    cases["the middle"] = g, [h, dense(g, rng, h, 9, 3)], 2
    g = Graph((2, 6, 6), 13)
    conv(g, rng, 2, 4)
    h = g.node("Relu")
    g.node("GlobalAveragePool")
    first = dense(g, rng, g.node("Flatten"), 4, 3)
    cases["a map and its mean"] = g, [first, dense(g, rng, g.node("Flatten", at=h), 64, 2)], 4
    for name, (g, outputs, layers) in cases.items():
        path = os.path.join(out, "forms.onnx")
        onnx.save(model_of(g, [(o, TensorProto.FLOAT) for o in outputs]), path)
        want, have, notes = results(path, rng.uniform(0, 1, (12, *g.shape)))
        error = np.abs(have - np.array([np.concatenate(w, axis=1)[0] for w in want])).max()
        check(error < 1e-4, f"outputs of {name}: differ by {error:g}")
        check(notes[-1].startswith("the results are those of the outputs"), f"{name}: {notes}")
        record = api.import_model(path, rng.uniform(0, 1, (12, *g.shape)),
                                  os.path.join(out, "forms"))
        check(len(record["layers"]) == layers, f"outputs of {name}: {len(record['layers'])} layers")


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    scikit(out, rng)
    keras(out, rng)
    several(out, rng)
    print(f"CHECKS {checks}")


main()
