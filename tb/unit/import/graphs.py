# SPDX-License-Identifier: Apache-2.0
"""ONNX models that tests put together node by node."""
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


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
