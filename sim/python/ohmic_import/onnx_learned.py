# SPDX-License-Identifier: Apache-2.0
"""Operators of ai.onnx.ml, as scikit-learn's converter writes them: scaling of the input, linear
models, and what names the classes of a result, which the host does."""
import numpy as np


class Learned:
    """Part of read_onnx.Reader, whose fields and other operators it uses."""

    def op_scaler(self, v, only, a):
        scale = np.asarray(a.get("scale", [1.0]), float)
        offset = np.asarray(a.get("offset", [0.0]), float)
        return self.builder.affine(v[0], scale, -offset * scale, only[0])

    def linear(self, v, a, outputs):
        """coefficients: (outputs, inputs), row after row."""
        w = np.asarray(a["coefficients"], float).reshape(outputs, -1)
        bias = np.asarray(a.get("intercepts") or np.zeros(outputs), float)
        return self.builder.dense(v[0], w.T, bias)

    def op_linearregressor(self, v, _only, a):
        if a.get("post_transform", "NONE") != "NONE":
            self.builder.refuse(f"post_transform {a['post_transform']}, expected NONE")
        return self.linear(v, a, a.get("targets", 1))

    def op_linearclassifier(self, v, _only, a):
        self.notes.append(f"{self.builder.node[0]}: the results are sums, not probabilities: which "
                          "is larger is the same")
        return self.linear(v, a, len(a.get("classlabels_ints") or a["classlabels_strings"]))

    def op_normalizer(self, v, _only, _a):
        return self.ending(v[0], "a normalisation", "it does not change which result is larger")

    def op_zipmap(self, v, _only, _a):
        return self.ending(v[0], "a dictionary of classes", "the host knows their order")

    def op_binarizer(self, v, _only, _a):
        return self.ending(v[0], "a threshold", "the host does it")

    def op_arrayfeatureextractor(self, v, _only, _a):
        return self.ending(v[1], "names of classes", "the host knows their order")
