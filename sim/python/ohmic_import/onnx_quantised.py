# SPDX-License-Identifier: Apache-2.0
"""Operators of quantised ONNX models: QDQ, QOperator (QLinear…, QGemm) and QONNX's. Their float
meaning makes layers; steps and zero points that they state are noted beside."""
import numpy as np

from .functions import activation
from .graph import POOLED, Value, relu


class Quantised:
    """Part of read_onnx.Reader, whose fields and other operators it uses."""

    def steps(self, outputs):
        """Steps of the weights of the node at work, its second input; None: not quantised."""
        found = self.weight_steps.get(self.inputs[1]) if self.keep else None
        return found if found is None or len(found) not in (1, outputs) else \
            np.broadcast_to(found, (outputs,)).copy()

    def op_quantizelinear(self, v, _only, _a):
        return self.stated(v[0], v[1], v[2] if len(v) > 2 else None)

    def op_dequantizelinear(self, v, _only, _a):
        return v[0]

    def stated(self, value, step, zero):
        """`value`, of which the model says step and zero point. Where the lowest integer is 0, it
        is a relu besides: quantisers leave theirs out."""
        if not isinstance(value, Value) or np.size(step) != 1:
            return value
        zero = np.zeros(1, np.uint8) if zero is None else np.asarray(zero)
        grid = float(np.ravel(step)[0]), int(np.ravel(zero)[0]) + (
            128 if zero.dtype == np.int8 else 0)
        layer = self.builder.open_layer(value, True, POOLED)
        largest = layer and (layer.pool is None or layer.pool["type"].endswith("max"))
        if grid[1] == 0 and largest and layer.activation is None and not layer.identity:
            value = self.builder.activate(value, "relu", relu, True)
        if self.keep and zero.dtype in (np.uint8, np.int8):
            self.builder.note_grid(value, *grid, None)
            if value.maps[0].layer is None and zero.dtype == np.int8:
                self.builder.input_grid_stated = grid
        return value

    def dequantised(self, q, step, zero, axis, name):
        """Float weights of integer ones; their steps are kept by name."""
        q, step, zero = (np.asarray(x, float) for x in (q, step, zero if zero is not None else 0))
        shape = [1] * q.ndim
        if step.size > 1:
            shape[axis % q.ndim] = step.size
        self.weight_steps[name] = np.ravel(step)
        return (q - (zero.reshape(shape) if zero.size > 1 else zero)) * step.reshape(shape)

    def op_qlinearconv(self, v, only, a):
        self.inputs[1] = self.inputs[3]
        w = self.dequantised(v[3], v[4], v[5], 0, self.inputs[3])
        b = np.asarray(v[8], float) * np.ravel(v[1])[0] * np.ravel(v[4]) if len(v) > 8 else None
        return self.stated(self.op_conv([v[0], w, b], only, a), v[6], v[7])

    def op_qlinearmatmul(self, v, only, a):
        if isinstance(v[3], Value):
            self.builder.refuse("a product of two activations, which needs a vector unit")
        self.inputs[1] = self.inputs[3]
        w = self.dequantised(v[3], v[4], v[5], 1, self.inputs[3])
        return self.stated(self.op_gemm([v[0], w], only, {}), v[6], v[7])

    def op_qgemm(self, v, only, a):
        self.inputs[1] = self.inputs[3]
        w = self.dequantised(v[3], v[4], v[5], 0 if a.get("transB", 0) else 1, self.inputs[3])
        b = None
        if len(v) > 6 and v[6] is not None:
            b = np.asarray(v[6], float) * np.ravel(v[1])[0] * np.ravel(v[4])
        y = self.op_gemm([v[0], w, b], only, {k: a[k] for k in ("transB", "alpha") if k in a})
        return self.stated(y, v[7], v[8] if len(v) > 8 else None) if len(v) > 7 else y

    def op_qlinearadd(self, v, only, _a):
        if not (isinstance(v[0], Value) and isinstance(v[3], Value)):
            self.builder.refuse("a sum with a constant in integers, expected two maps")
        return self.stated(self.builder.add(v[0], v[3], only[0], only[3]), v[6], v[7])

    def op_qlinearglobalaveragepool(self, v, only, a):
        return self.stated(self.op_globalaveragepool(v[:1], only, a), v[3], v[4])

    def op_qlinearaveragepool(self, v, only, a):
        return self.stated(self.op_averagepool(v[:1], only, a), v[3], v[4])

    def op_qlinearsigmoid(self, v, only, a):
        return self.stated(self.builder.activate(v[0], *activation("Sigmoid"), only[0]), v[3],
                           v[4])

    def op_qlinearleakyrelu(self, v, only, a):
        found = activation("LeakyRelu", alpha=a.get("alpha", 0.01))
        return self.stated(self.builder.activate(v[0], *found, only[0]), v[3], v[4])

    def op_qlinearconcat(self, v, only, a):
        return self.stated(self.op_concat(list(v[2::3]), only, a), v[0], v[1])

    def op_quant(self, v, _only, _a):
        return v[0] if isinstance(v[0], Value) else self.quantised(v)

    @staticmethod
    def quantised(v):
        """QONNX Quant of a constant: x, scale, zero point, bits."""
        x, scale, zero, bits = (np.asarray(k, float) for k in v[:4])
        high = 2 ** (bits - 1) - 1
        return np.clip(np.rint(x / scale + zero), -high - 1, high) * scale - zero * scale

    def op_multithreshold(self, v, only, a):
        """QONNX: how many thresholds of its channel a value reaches, times out_scale plus
        out_bias."""
        x, t = v[0], np.asarray(v[1], float)
        if t.shape[1] != 1:
            self.builder.refuse(f"{t.shape[1]} thresholds a channel, expected 1")
        scale, bias = a.get("out_scale", 1.0), a.get("out_bias", 0.0)
        tail = (1,) * (len(x.shape) - 1)
        y = self.builder.affine(x, 1.0, -t[:, 0].reshape(-1, *tail), only[0])
        step = lambda z: np.where(z >= 0, 1.0, 0.0) * scale + bias
        return self.builder.activate(y, "threshold", step, True)
