# SPDX-License-Identifier: Apache-2.0
"""What the importer must refuse: test_refused.py OUT [SEED] prints `CHECKS <n>` last.

Each bad model, array or option gives one clear text that says what was expected, and nothing is
written.
"""
import contextlib
import gzip
import io
import os
import resource
import shutil
import sys
import zipfile

import numpy as np
import onnx
from graphs import Graph, conv, flat, head
from onnx import TensorProto, helper, numpy_helper

from ohmic_import import ImportFailed, api
from ohmic_import.__main__ import main as command

MEMORY = 4 << 30            # bytes that a refusal may take at most
TFLITE = "sim/networks/autoencoder/ad01_int8.tflite"
checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAIL import: {what}")
        sys.exit(1)


def refuses(path, words, out, images=np.zeros((4, 2, 6, 6), np.uint8), **more):
    """An import that must fail with all these words and leave nothing."""
    target = os.path.join(out, "refused")
    try:
        api.import_model(path, images, target, **more)
    except ImportFailed as e:
        check(all(w in str(e) for w in words), f"'{e}', expected {words}")
        check(not os.path.exists(target), "a refused import left a directory")
        return
    check(False, f"{path}: accepted, expected {words}")


def written(path, raw):
    with open(path, "wb") as f:
        f.write(raw)
    return path


def good(rng):
    """A small model that is taken, as the others begin."""
    g = Graph((2, 6, 6), 13)
    conv(g, rng, 2, 4)
    g.node("Relu")
    head(g, rng, flat(g))
    return g.model()


def files(model, out):
    """Files that are no model: cut off, foreign, packed, huge."""
    path, raw = os.path.join(out, "bad.onnx"), model.SerializeToString()
    for bytes_, words in (
        (raw[: len(raw) // 2], "not an ONNX model"), (raw[:-1], "not an ONNX model"),
        (b"GIF89a" * 40, "not an ONNX model"), (b"%PDF-1.7 " * 9, "not an ONNX model"),
        (b"", "no nodes"), (gzip.compress(raw), "packed"),
    ):
        refuses(written(path, bytes_), [path, words], out)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("model.onnx", bytes(1 << 26))
    refuses(path, ["packed"], out)
    with open(path, "wb") as f:
        f.truncate((1 << 30) + 2)
    refuses(path, ["bytes, expected a smaller model"], out)
    os.remove(path)
    refuses(path, ["No such file"], out)
    refuses(out, ["Is a directory"], out)


def graphs(rng, out):
    """Graphs that can't be laid out; all nodes at fault are named at once."""
    path = os.path.join(out, "bad.onnx")

    def graph(words, build, **more):
        g = Graph((2, 6, 6), 13)
        build(g)
        onnx.save(g.model(), path)
        refuses(path, words, out, **more)

    def sine_and_product(g):
        conv(g, rng, 2, 4)
        both = g.at
        g.node("Sin")
        g.node("Mul", both, at=both)
        head(g, rng, 64)

    def bomb(g):
        g.node("Add", g.node("ConstantOfShape", at=g.constant(np.array([1 << 20, 1 << 20]))),
               at="x")
        head(g, rng, 72)

    graph(["2 nodes", "Sin", "Mul", "vector unit"], sine_and_product)
    graph(["n0", "Conv", "dilation"], lambda g: conv(g, rng, 2, 4, (3, 1), dilations=[9, 1],
                                                     pads=[7, 0, 7, 0]))
    graph(["n0", "AveragePool", "some padding counts"],
          lambda g: g.node("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 0, 0], ceil_mode=1,
                           strides=[2, 2], count_include_pad=1))
    graph(["MaxPool", "made larger"], lambda g: (
        conv(g, rng, 2, 4), g.node("Resize", g.constant(np.zeros(0, np.float32)), g.constant(
            np.array([1, 1, 2, 2], np.float32)), mode="nearest"),
        g.node("MaxPool", kernel_shape=[2, 2])))
    graph(["Resize", "mode linear"], lambda g: (
        conv(g, rng, 2, 4), g.node("Resize", g.constant(np.zeros(0, np.float32)), g.constant(
            np.array([1, 1, 2, 2], np.float32)), mode="linear")))
    graph(["n0", "PRelu", "slopes"], lambda g: g.node("PRelu", g.constant(
        np.arange(36, dtype=np.float32).reshape(1, 6, 6))))
    graph(["Pad", "around each image"], lambda g: g.node(
        "Pad", g.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1])), mode="reflect"))
    graph(["n1", "Conv", "other values than 0"], lambda g: (
        g.node("Pad", g.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1])), g.constant(np.float32(2))),
        conv(g, rng, 2, 4)))
    graph(["n0", "ConstantOfShape", "a constant of more than"], bomb)
    graph(["no layer"], lambda g: g.node("Identity"))


def models(model, out):
    """Good graphs with one thing wrong."""
    path = os.path.join(out, "bad.onnx")

    def changed(words, change, **more):
        m = onnx.ModelProto()
        m.CopyFrom(model)
        change(m)
        with open(path, "wb") as f:
            f.write(m.SerializeToString())
        refuses(path, words, out, **more)

    def weights(value):
        def change(m):
            t = m.graph.initializer[0]
            w = numpy_helper.to_array(t).copy()
            w.ravel()[0] = value
            t.CopyFrom(numpy_helper.from_array(w, t.name))
        return change

    def dim(k, **how):
        def change(m):
            d = m.graph.input[0].type.tensor_type.shape.dim[k]
            d.Clear()
            for key, value in how.items():
                setattr(d, key, value)
        return change

    def external(m):
        t = m.graph.initializer[0]
        t.ClearField("raw_data")
        t.data_location = TensorProto.EXTERNAL
        t.external_data.add(key="location", value="/etc/passwd")

    def circle(m):
        m.graph.node[0].input[0] = m.graph.node[-1].output[0]

    def hidden_circle(m):
        m.opset_import.append(helper.make_opsetid("qonnx.custom_op.general", 1))
        circle(m)

    def declared(m):
        m.graph.initializer[0].dims[:] = [1 << 20, 1 << 20, 3, 3]

    def opset(n):
        return lambda m: setattr(m.opset_import[0], "version", n)

    changed(["not finite"], weights(np.nan))
    changed(["not finite"], weights(-np.inf))
    changed(["--input-shape"], dim(2, dim_param="h"))
    changed(["--input-shape"], dim(3))
    changed(["expected at most"], dim(2, dim_value=1 << 30))
    changed(["external data"], external)
    changed(["bad.onnx"], circle)
    changed(["is never computed"], hidden_circle)
    changed(["bad.onnx"], declared)
    changed(["opset 5", "expected 7"], opset(5))
    changed(["bad.onnx"], opset(999))
    changed(["2 inputs"], lambda m: m.graph.input.append(
        helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])))
    changed(["Conv"], lambda m: setattr(m.graph.node[0].attribute[0], "name", "kernel_form"))


def images(model, out):
    """Arrays and options of the command."""
    path, array = os.path.join(out, "good.onnx"), os.path.join(out, "bad.npy")
    onnx.save(model, path)
    refuses(path, ["none, expected at least one"], out, images=np.zeros((0, 2, 6, 6), np.uint8))
    refuses(path, ["not finite"], out, images=np.full((1, 2, 6, 6), np.nan))
    refuses(path, ["expected 72 values"], out, images=np.zeros((2, 3, 5, 5), np.uint8))
    refuses(path, ["steps: odd, expected auto"], out, steps="odd")
    refuses(path, ["the model is not int8"], out, images=np.zeros((2, 2, 6, 6), np.int8))
    taken = os.path.join(out, "taken")
    os.makedirs(taken, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mkdir(os.path.join(out, "refused"))

    def command_fails(words, arguments):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            code = command(["model", path, *arguments])
        check(code == 2 and words in err.getvalue() and err.getvalue().count("\n") == 1,
              f"{arguments}: exit {code}, {err.getvalue()!r}, expected '{words}'")

    os.rmdir(os.path.join(out, "refused"))
    bomb = b"\x93NUMPY\x01\x00\x76\x00" + (
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 8), }".ljust(117)
        + "\n").encode()
    for raw, words in ((b"", "expected a .npy array"), (b"PK\x03\x04", "expected a .npy array"),
                       (bomb, "expected a .npy array"),
                       (b"\x93NUMPY\x01", "expected a .npy array")):
        written(array, raw)
        command_fails(words, ["--calib", array, "--out", os.path.join(out, "refused")])
    np.save(array, np.zeros(5))
    command_fails("images first", ["--calib", array, "--out", os.path.join(out, "refused")])
    np.save(array, np.array([["a"]]))
    command_fails("images first", ["--calib", array, "--out", os.path.join(out, "refused")])
    np.save(array, np.zeros((4, 2, 6, 6), np.uint8))
    command_fails("is no earlier import", ["--calib", array, "--out", taken])
    command_fails("numbers, expected", ["--calib", array, "--out", os.path.join(out, "refused"),
                                        "--input-shape", "3,x"])
    check(os.listdir(taken) == [] and not os.path.exists(os.path.join(out, "refused")),
          "something was written")


def damaged(rng, out):
    """TFLite and ONNX files with bytes changed or cut off: refused in one line or taken, but
    nothing else."""
    rounds = 60
    with open(TFLITE, "rb") as f:
        raw = f.read()
    tflite = os.path.join(out, "bad.tflite")
    refuses(written(tflite, raw[:5000]), ["tflite"], out)
    refuses(written(tflite, b"\x00" * 64), ["not a TFLite model"], out)
    refuses(written(tflite, gzip.compress(raw)), ["packed"], out)
    onnx_raw = good(rng).SerializeToString()
    for path, whole in ((tflite, raw), (os.path.join(out, "bad.onnx"), onnx_raw)):
        for _ in range(rounds):
            b = bytearray(whole)
            # where the tables of a flat buffer are: at its end
            for at in rng.integers(max(0, len(b) - 6000), len(b), 4):
                b[at] = rng.integers(0, 256)
            written(path, bytes(b[:rng.integers(len(b) // 2, len(b))] if rng.random() < .3 else b))
            target = os.path.join(out, "refused")
            try:
                api.import_model(path, rng.integers(0, 256, (4, 640 if path == tflite else 72))
                                 .astype(np.uint8), target)
                shutil.rmtree(target)
            except ImportFailed as e:
                check(str(e) and not os.path.exists(target), f"{path}: '{e}'")


def main():
    out = sys.argv[1]
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    model = good(rng)
    files(model, out)
    graphs(rng, out)
    models(model, out)
    images(model, out)
    damaged(rng, out)
    print(f"CHECKS {checks}")


main()
