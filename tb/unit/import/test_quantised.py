# SPDX-License-Identifier: Apache-2.0
"""Quantised ONNX models as onnxruntime's own quantiser writes them (QDQ, QOperator; per tensor and
per channel) against onnxruntime: test_quantised.py OUT [SEED] prints `CHECKS <n>` last.

The model's own steps are kept: what the C library's integers give must be the model's float
output up to a few of its steps."""
import os
import sys

import numpy as np
import onnx
import onnxruntime
from graphs import Graph, conv, flat, head
from onnxruntime import quantization as q

import ohmic
from ohmic_import import api

checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAIL import: {what}")
        sys.exit(1)


class Images(q.CalibrationDataReader):
    def __init__(self, x):
        self.left = iter([{"x": image[None]} for image in x])

    def get_next(self):
        return next(self.left, None)


def graphs(rng):
    g = Graph((3, 8, 8), 13)
    conv(g, rng, 3, 6, pads=[1, 1, 1, 1])
    g.node("Relu")
    conv(g, rng, 6, 6, pads=[1, 1, 0, 0], strides=[2, 2], group=6)
    g.node("Relu")
    yield "depthwise", g
    g = Graph((2, 6, 7), 13)
    first = conv(g, rng, 2, 4, pads=[1, 1, 1, 1])
    first = g.node("Relu", at=first)
    conv(g, rng, 4, 4, pads=[1, 1, 1, 1])
    g.node("Add", first)
    g.node("Relu")
    g.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    yield "residual", g
    g = Graph((2, 6, 6), 13)
    conv(g, rng, 2, 5)
    g.node("Sigmoid")
    g.node("GlobalAveragePool")
    yield "sigmoid, mean", g
    g = Graph((24,), 13)
    head(g, rng, 24, 10)
    g.node("Relu")
    yield "dense", g


def quantised(path, x, form, kind, per_channel):
    out = path.replace(".onnx", ".quantised.onnx")
    q.quantize_static(path, out, Images(x), quant_format=form, per_channel=per_channel,
                      activation_type=kind, weight_type=q.QuantType.QInt8)
    return out


def main():
    out = sys.argv[1]
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    path = os.path.join(out, "float.onnx")
    for name, g in graphs(rng):
        head(g, rng, flat(g))
        onnx.save(g.model(), path)
        x = rng.integers(0, 256, (40, *g.shape)).astype(np.uint8)
        real = (x / 255).astype(np.float32)
        for form in (q.QuantFormat.QDQ, q.QuantFormat.QOperator):
            for kind, per_channel in ((q.QuantType.QUInt8, False), (q.QuantType.QInt8, True)):
                what = f"{name}, {form.name}, {kind.name}"
                model = quantised(path, real, form, kind, per_channel)
                run = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
                want = np.concatenate([run.run(None, {"x": i[None]})[0] for i in real])
                for steps in ("model", "chosen"):
                    record = api.import_model(model, x, os.path.join(out, "quantised"),
                                              steps=steps)
                    with ohmic.Network(os.path.join(out, "quantised"), mapped=False) as n:
                        have = n.software(api.images_for(record, n.shape, x)).scores
                    have = have * record["layers"][-1]["step"]
                    noise = ((have - want) ** 2).mean() / (want ** 2).mean()
                    print(f"{what}, {steps}: {100 * noise:.4f} %")
                    check(noise < 0.01, f"{what}, {steps}: off by {100 * noise:.2f} %")
    print(f"CHECKS {checks}")


main()
