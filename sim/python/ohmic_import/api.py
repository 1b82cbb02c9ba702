# SPDX-License-Identifier: Apache-2.0
"""What other programs call: import_model and from_float."""
import os

import numpy as np

from . import quantize, read_onnx, write
from .errors import ImportFailed
from .functions import activation
from .graph import Builder, Map, value_of
from .quantize import Grid


def array(path):
    """Images from a .npy file: u8 as they are, other numbers as float."""
    try:
        a = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as e:
        raise ImportFailed(f"{path}: {e}, expected a .npy array") from None
    if a.ndim < 2 or a.dtype.kind not in "uif":
        raise ImportFailed(
            f"{path}: {a.dtype} of shape {list(a.shape)}, expected images first, numbers"
        )
    return a if a.dtype == np.uint8 else a.astype(float)


def read_model(path, shape=None):
    """(builder, output value, notes) of an ONNX or TFLite file; unsupported nodes raise
    ImportFailed with a line for each."""
    if path.endswith(".tflite"):
        from . import read_tflite
        reader = read_tflite.Reader(path)
    else:
        reader = read_onnx.Reader(path, read_onnx.load(path))
    builder, output = reader.read(shape)
    if reader.unsupported:
        lines = [f"{path}: {len(reader.unsupported)} nodes can't be brought to the chip:"]
        lines += [f"  {e.node} ({e.operator}): {e.need}" for e in reader.unsupported]
        raise ImportFailed("\n".join(lines))
    return builder, output, reader.notes


def finished(builder, output):
    """Layers that the output needs, in order, and the input map; the last layer is a plain sum."""
    if not hasattr(output, "maps") or output.maps[0].layer is None:
        raise ImportFailed("the model has no layer: its output is its input or a constant")
    last = output.maps[0].layer
    if (
        last.activation
        or last.pool
        or not output.plain()
        or last.windows() != (1, 1)
        or last.residual is not None
    ):
        builder.node = ("output", "identity")
        n = output.index.size
        output = builder.dense(output, np.eye(n), np.zeros(n))
        last = output.maps[0].layer
    order = np.argsort(output.index.ravel(), kind="stable")
    if (output.index.ravel() != np.arange(output.index.size)).any():
        last.w, last.bias = last.w[..., np.argsort(order)], last.bias[np.argsort(order)]
    needed, wanted = [], [last]
    while wanted:
        layer = wanted.pop()
        if layer in needed:
            continue
        needed.append(layer)
        wanted += [m.layer for m in (*layer.sources, layer.residual) if m is not None and m.layer]
    layers = [layer for layer in builder.layers if layer in needed and layer is not last] + [last]
    for layer in layers:
        layer.out.shape = layer.shape()
    return layers, builder.input


def to_map_order(x, source, channels_first):
    """Images (n, …) as the model takes them, in the order of the input map: (n, lines, pixels,
    channels)."""
    h, w, c = source.shape
    if x.size != len(x) * h * w * c:
        raise ImportFailed(f"images of shape {list(x.shape[1:])}, expected {h * w * c} values each")
    if channels_first and h * w > 1 and x.ndim > 2:
        x = x.reshape(len(x), c, h, w).transpose(0, 2, 3, 1)
    return x.reshape(len(x), h, w, c)


def input_grid_of(x, scale, offset):
    """Grid of the images: bytes stay as they are; floats are rounded to 255 or 127 steps."""
    if x.dtype == np.uint8 and offset == 0:
        return Grid(scale, False)
    real = x.astype(float) * (scale if x.dtype == np.uint8 else 1.0) + offset
    signed = bool(real.min() < 0)
    return Grid((np.abs(real).max() or 1.0) / (127 if signed else 255), signed)


def import_model(model, calib, out, *, name=None, input_shape=None, scale=1 / 255, offset=0.0,
                 output="s32"):
    """Imports `model` (path). calib: images (n, …) as the model takes them, u8 (real value =
    byte·scale + offset) or float. Writes the directory `out`; returns what import.json says."""
    builder, value, notes = read_model(model, input_shape)
    first = not model.endswith(".tflite")
    return build(builder, value, calib, out, name or os.path.splitext(os.path.basename(model))[0],
                 notes, scale, offset, first, output, input_shape)


def build(builder, value, calib, out, name, notes, scale, offset, channels_first, output,
          input_shape=None):
    layers, source = finished(builder, value)
    calib = np.asarray(calib)
    if calib.dtype.kind == "f" and not np.isfinite(calib).all():
        raise ImportFailed("calibration images: values that are not finite, expected numbers")
    if len(calib) == 0:
        raise ImportFailed("calibration images: none, expected at least one")
    grid = input_grid_of(calib, scale, offset)
    real = calib.astype(float)
    if calib.dtype == np.uint8:
        real = real * scale + offset
    x = to_map_order(real, source, channels_first)
    entries, grids = quantize.quantised(layers, source, grid, x, output)
    integers = grid.rounded(x).reshape(len(x), -1).astype(np.int8 if grid.signed else np.uint8)
    record = {"name": name, "input_shape": input_shape,
              "input": {"step": grid.step, "signed": grid.signed, "scale": scale, "offset": offset,
                        "channels_first": channels_first},
              "notes": notes,
              "layers": [{"name": e["layer"].name, "nodes": e["layer"].nodes,
                          "step": grids[id(e["layer"].out)].step if id(e["layer"].out) in grids
                          else float(e["steps"][0])} for e in entries]}
    write.network(out, name, source, grid, entries, integers[:256], record)
    return record


def from_float(layers, calib, out, *, name="mine", scale=1 / 255):
    """Writes a network directory from float dense layers.

    layers: list of (W (inputs, outputs), bias (outputs), activation name or None), ONNX's names:
    "Relu", "Tanh" …; the last one's is None. calib: u8 (n, inputs), real value = byte·scale.
    """
    builder = Builder((1, 1, len(layers[0][0])))
    value = value_of(builder.input).rearranged(np.ravel)
    for k, (w, bias, act) in enumerate(layers):
        builder.node = (f"fc{k + 1}", act or "dense")
        value = builder.dense(value, np.asarray(w, float), np.asarray(bias, float))
        if act:
            found = activation(act)
            if found is None:
                raise ImportFailed(f"layer {k + 1}: activation {act!r}, expected an ONNX operator "
                                   "such as Relu, Sigmoid or Tanh")
            value = builder.activate(value, *found, True)
    return build(builder, value, calib, out, name, [], scale, 0.0, False, "s32")


def real_images(x, source, given):
    """Images as the model takes them to real values in the order of the input map. given: the
    `input` of import.json."""
    real = x.astype(float)
    if x.dtype == np.uint8:
        real = real * given["scale"] + given["offset"]
    return to_map_order(real, source, given["channels_first"])


def images_for(record, shape, x):
    """Images as the model takes them to the integers the network takes: (n, …) u8 or int8."""
    given = record["input"]
    grid = Grid(given["step"], given["signed"], given.get("zero", 0))
    y = grid.rounded(real_images(np.asarray(x), Map(tuple(shape)), given))
    return y.astype(np.int8 if grid.signed else np.uint8)


def layers_of(path, record):
    """Float layers and input map of a model that was imported with this record."""
    builder, value, _ = read_model(path, record.get("input_shape"))
    return finished(builder, value)
