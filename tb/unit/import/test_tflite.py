# SPDX-License-Identifier: Apache-2.0
"""Float TFLite models of one operator each, put together here, against ai-edge-litert.

  test_tflite.py OUT [SEED]     prints `CHECKS <n>` last
"""
import os
import sys

import flatbuffers
import numpy as np
import tflite
from ai_edge_litert.interpreter import Interpreter

from ohmic_import import api, reference

checks = 0
SAME, VALID = 0, 1


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAIL import: {what}")
        sys.exit(1)


class Model:
    """Operators one after the other; tensors are numbers, the first is the input."""

    def __init__(self, shape):
        self.b = flatbuffers.Builder(1024)
        self.tensors, self.buffers, self.codes, self.operators = [], [b""], [], []
        self.x = self.tensor([1, *shape])

    def tensor(self, shape, data=None):
        kind = tflite.TensorType.FLOAT32
        if data is not None:
            data = np.asarray(data)
            kind = tflite.TensorType.INT32 if data.dtype.kind == "i" else kind
            data = data.astype(np.int32 if data.dtype.kind == "i" else np.float32)
            shape = data.shape
            self.buffers.append(data.tobytes())
        self.tensors.append((list(shape), kind, len(self.buffers) - 1 if data is not None else 0))
        return len(self.tensors) - 1

    def options(self, name, **fields):
        """A table of options, which must stand in the file before its operator."""
        getattr(tflite, f"{name}Start")(self.b)
        for key, value in fields.items():
            getattr(tflite, f"{name}Add{key}")(self.b, value)
        return getattr(tflite, f"{name}End")(self.b), getattr(tflite.BuiltinOptions, name)

    def node(self, operator, inputs, shape, options=None):
        """An operator; returns its output, of this shape without the batch."""
        self.codes.append(getattr(tflite.BuiltinOperator, operator))
        out = self.tensor([1, *shape])
        self.operators.append((inputs, out, options))
        return out

    def vector(self, start, numbers, put):
        start(self.b, len(numbers))
        for n in reversed(numbers):
            put(n)
        return self.b.EndVector()

    def tables(self, start, offsets):
        return self.vector(start, offsets, self.b.PrependUOffsetTRelative)

    def numbers(self, start, values):
        return self.vector(start, values, self.b.PrependInt32)

    def made(self, output):
        b, buffers, tensors, operators, codes = self.b, [], [], [], []
        for data in self.buffers:
            content = b.CreateByteVector(data) if data else None
            tflite.BufferStart(b)
            if data:
                tflite.BufferAddData(b, content)
            buffers.append(tflite.BufferEnd(b))
        for k, (shape, kind, buffer) in enumerate(self.tensors):
            name, size = b.CreateString(f"t{k}"), self.numbers(tflite.TensorStartShapeVector, shape)
            tflite.TensorStart(b)
            tflite.TensorAddName(b, name)
            tflite.TensorAddShape(b, size)
            tflite.TensorAddType(b, kind)
            tflite.TensorAddBuffer(b, buffer)
            tensors.append(tflite.TensorEnd(b))
        for k, (inputs, out, options) in enumerate(self.operators):
            reads = self.numbers(tflite.OperatorStartInputsVector, inputs)
            makes = self.numbers(tflite.OperatorStartOutputsVector, [out])
            tflite.OperatorStart(b)
            tflite.OperatorAddOpcodeIndex(b, k)
            tflite.OperatorAddInputs(b, reads)
            tflite.OperatorAddOutputs(b, makes)
            if options:
                tflite.OperatorAddBuiltinOptions(b, options[0])
                tflite.OperatorAddBuiltinOptionsType(b, options[1])
            operators.append(tflite.OperatorEnd(b))
        for code in self.codes:
            tflite.OperatorCodeStart(b)
            tflite.OperatorCodeAddDeprecatedBuiltinCode(b, min(code, 127))
            tflite.OperatorCodeAddBuiltinCode(b, code)
            tflite.OperatorCodeAddVersion(b, 1)
            codes.append(tflite.OperatorCodeEnd(b))
        return self.file(output, buffers, tensors, operators, codes)

    def file(self, output, buffers, tensors, operators, codes):
        b = self.b
        reads = self.numbers(tflite.SubGraphStartInputsVector, [self.x])
        makes = self.numbers(tflite.SubGraphStartOutputsVector, output)
        tensors = self.tables(tflite.SubGraphStartTensorsVector, tensors)
        operators = self.tables(tflite.SubGraphStartOperatorsVector, operators)
        tflite.SubGraphStart(b)
        tflite.SubGraphAddTensors(b, tensors)
        tflite.SubGraphAddInputs(b, reads)
        tflite.SubGraphAddOutputs(b, makes)
        tflite.SubGraphAddOperators(b, operators)
        graphs = self.tables(tflite.ModelStartSubgraphsVector, [tflite.SubGraphEnd(b)])
        codes = self.tables(tflite.ModelStartOperatorCodesVector, codes)
        buffers = self.tables(tflite.ModelStartBuffersVector, buffers)
        tflite.ModelStart(b)
        tflite.ModelAddVersion(b, 3)
        tflite.ModelAddOperatorCodes(b, codes)
        tflite.ModelAddSubgraphs(b, graphs)
        tflite.ModelAddBuffers(b, buffers)
        b.Finish(tflite.ModelEnd(b), file_identifier=b"TFL3")
        return bytes(b.Output())


def convolved(m, rng, at, shape, channels, padding=SAME, relu=1, k=3):
    """A convolution of (lines, pixels, channels); returns its output and shape."""
    w = m.tensor(None, rng.normal(0, .3, (channels, k, k, shape[2])).astype(np.float32))
    b = m.tensor(None, rng.normal(0, .2, channels).astype(np.float32))
    if padding == VALID:
        shape = (shape[0] - k + 1, shape[1] - k + 1)
    o = m.options("Conv2DOptions", Padding=padding, StrideH=1, StrideW=1,
                  FusedActivationFunction=relu, DilationHFactor=1, DilationWFactor=1)
    shape = (*shape[:2], channels)
    return m.node("CONV_2D", [at, w, b], shape, o), shape


def dense(m, rng, at, shape, classes=4):
    n = int(np.prod(shape))
    w = m.tensor(None, rng.normal(0, 1 / np.sqrt(n), (classes, n)).astype(np.float32))
    b = m.tensor(None, rng.normal(0, .2, classes).astype(np.float32))
    o = m.options("FullyConnectedOptions", FusedActivationFunction=0)
    return m.node("FULLY_CONNECTED", [at, w, b], (classes,), o)


def pooled(m, at, shape, operator, size, stride):
    o = m.options("Pool2DOptions", Padding=SAME, StrideH=stride, StrideW=stride, FilterHeight=size,
                  FilterWidth=size, FusedActivationFunction=0)
    shape = (-(-shape[0] // stride), -(-shape[1] // stride), shape[2])
    return m.node(operator, [at], shape, o), shape


def models(rng):
    """(name, model, outputs) of each operator."""
    for size, stride, relu in ((3, 1, 1), (3, 2, 0), (2, 2, 1)):
        m = Model((7, 6, 2))
        at, shape = convolved(m, rng, m.x, (7, 6, 2), 3, relu=relu)
        at, shape = pooled(m, at, shape, "AVERAGE_POOL_2D", size, stride)
        yield f"AVERAGE_POOL_2D {size} {stride}", m, [dense(m, rng, at, shape)]
    m = Model((7, 6, 2))
    around = m.tensor(None, np.array([[0, 0], [1, 1], [0, 2], [0, 0]]))
    at = m.node("PAD", [m.x, around], (9, 8, 2), m.options("PadOptions"))
    at, shape = convolved(m, rng, at, (9, 8, 2), 3, VALID)
    yield "PAD", m, [dense(m, rng, at, shape)]
    m = Model((7, 6, 2))
    at, shape = convolved(m, rng, m.x, (7, 6, 2), 3, relu=0)
    slopes = m.tensor(None, rng.uniform(0, .5, (1, 1, 3)).astype(np.float32))
    yield "PRELU", m, [dense(m, rng, m.node("PRELU", [at, slopes], shape), shape)]
    m = Model((7, 6, 2))
    at, shape = convolved(m, rng, m.x, (7, 6, 2), 3)
    other, _ = convolved(m, rng, at, shape, 3)
    at = m.node("SUB", [at, other], shape, m.options("SubOptions", FusedActivationFunction=1))
    yield "SUB", m, [dense(m, rng, at, shape)]
    m = Model((4, 5, 2))
    at, shape = convolved(m, rng, m.x, (4, 5, 2), 3)
    size = m.tensor(None, np.array([8, 10]))
    at = m.node("RESIZE_NEAREST_NEIGHBOR", [at, size], (8, 10, 3),
                m.options("ResizeNearestNeighborOptions", AlignCorners=False,
                          HalfPixelCenters=False))
    at, shape = convolved(m, rng, at, (8, 10, 3), 2)
    yield "RESIZE_NEAREST_NEIGHBOR", m, [dense(m, rng, at, shape)]
    for k, padding in ((2, VALID), (3, SAME), (4, SAME)):
        m = Model((4, 5, 2))
        at, shape = convolved(m, rng, m.x, (4, 5, 2), 3)
        w = m.tensor(None, rng.normal(0, .3, (2, k, k, 3)).astype(np.float32))
        at = m.node("TRANSPOSE_CONV", [m.tensor(None, np.array([1, 8, 10, 2])), w, at], (8, 10, 2),
                    m.options("TransposeConvOptions", Padding=padding, StrideH=2, StrideW=2))
        at, shape = convolved(m, rng, at, (8, 10, 2), 2)
        yield f"TRANSPOSE_CONV {k}", m, [dense(m, rng, at, shape)]
    m = Model((4, 5, 2))
    at, shape = convolved(m, rng, m.x, (4, 5, 2), 12)
    at = m.node("DEPTH_TO_SPACE", [at], (8, 10, 3), m.options("DepthToSpaceOptions", BlockSize=2))
    at, shape = convolved(m, rng, at, (8, 10, 3), 2)
    yield "DEPTH_TO_SPACE", m, [dense(m, rng, at, shape)]
    m = Model((5, 4, 2))
    at, shape = convolved(m, rng, m.x, (5, 4, 2), 3)
    yield "two outputs", m, [dense(m, rng, at, shape), dense(m, rng, at, shape, 2)]


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    path = os.path.join(out, "one.tflite")
    for name, m, outputs in models(rng):
        with open(path, "wb") as f:
            f.write(m.made(outputs))
        run = Interpreter(path)
        run.allocate_tensors()
        entry, want = run.get_input_details()[0], []
        x = rng.uniform(0, 1, (6, *entry["shape"][1:])).astype(np.float32)
        for image in x:
            run.set_tensor(entry["index"], image[None])
            run.invoke()
            want.append(np.concatenate([run.get_tensor(o["index"])[0]
                                        for o in run.get_output_details()]))
        builder, value, _ = api.read_model(path)
        layers, source = api.finished(builder, value)
        have = reference.run(layers, source, x.astype(float))[id(layers[-1].out)]
        error = np.abs(have.reshape(len(x), -1) - np.array(want)).max()
        check(error < 1e-4, f"{name}: differs by {error:g}")
        record = api.import_model(path, x, os.path.join(out, "one"))
        check(record["layers"][-1]["step"] > 0, f"{name}: no steps")
    print(f"CHECKS {checks}")


main()
