# SPDX-License-Identifier: Apache-2.0
"""What other programs call: import_model and from_float."""
import os
import zipfile

import numpy as np

from . import entry, equalise, keep, quantize, read_onnx, write
from .errors import ImportFailed
from .functions import activation
from .graph import Builder, Layer, Map, value_of
from .quantize import Grid

STEPS = ("auto", "model", "chosen")


def array(path):
    """Images from a .npy file: u8 and int8 as they are, other numbers as float."""
    try:
        a = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile) as e:
        raise ImportFailed(f"{path}: {e}, expected a .npy array") from None
    if not isinstance(a, np.ndarray):
        raise ImportFailed(f"{path}: several arrays, expected a .npy array")
    if a.ndim < 2 or a.dtype.kind not in "uif":
        raise ImportFailed(
            f"{path}: {a.dtype} of shape {list(a.shape)}, expected images first, numbers"
        )
    return a if a.dtype in (np.uint8, np.int8) else a.astype(float)


def read_model(path, shape=None, keep_steps=True):
    """(builder, output value, notes) of an ONNX or TFLite file; unsupported nodes raise
    ImportFailed with a line for each. keep_steps: those of a quantised
    model."""
    if path.endswith(".tflite"):
        from . import read_tflite
        reader = read_tflite.Reader(path, keep_steps)
    else:
        reader = read_onnx.Reader(path, read_onnx.load(path), keep_steps)
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
    return copied_input(builder, layers), builder.input


def copied_input(builder, layers):
    """The layers, with a copy of the input before them where one reads it beside others' maps: the
    host sends it to tiles of its own."""
    beside = [m for m in layers if len(m.sources) > 1 and builder.input in m.sources]
    if not beside:
        return layers
    n = builder.input.shape[2]
    copy = Layer(builder.unique("input_copy"), (builder.input,), np.eye(n)[None, None],
                 np.zeros(n), groups=n, identity=True, grid=builder.input_grid)
    copy.out = Map(copy.shape(), copy)
    for m in beside:
        m.sources = tuple(copy.out if s is builder.input else s for s in m.sources)
    return [copy] + layers


def to_map_order(x, source, channels_first):
    """Images (n, …) as the model takes them, in the order of the input map: (n, lines, pixels,
    channels)."""
    h, w, c = source.shape
    if x.size != len(x) * h * w * c:
        raise ImportFailed(f"images of shape {list(x.shape[1:])}, expected {h * w * c} values each")
    if channels_first and h * w > 1 and x.ndim > 2:
        x = x.reshape(len(x), c, h, w).transpose(0, 2, 3, 1)
    return x.reshape(len(x), h, w, c)


def input_grid_of(x, real, scale, offset):
    """Grid of the images: bytes stay as they are; others are rounded to 255 or 127 steps."""
    if x.dtype == np.uint8 and offset == 0:
        return Grid(scale, False)
    signed = bool(real.min() < 0)
    return Grid((np.abs(real).max() or 1.0) / (127 if signed else 255), signed)


def import_model(model, calib, out, *, name=None, input_shape=None, scale=1 / 255, offset=0.0,
                 output="s32", steps="auto", ranges="error", correct=True, equal=False):
    """Imports `model` (path). calib: images (n, …) as the model takes them, u8 (real value =
    byte·scale + offset), float, or int8 (an int8 model's own integers). steps: of a quantised
    model: `model` keeps its own, `chosen` chooses them from calib, `auto` keeps them where they
    have neither zero points nor sums of their own, which cost accuracy on noisy devices. ranges: of
    maps whose steps are chosen: `error` or a percentile. correct: biases, by what the rounding of
    the weights adds on average. equal: cross-layer equalisation first. Writes the directory `out`;
    returns what import.json says."""
    ranges = checked_ranges(ranges)
    if steps not in STEPS:
        raise ImportFailed(f"steps: {steps}, expected {', '.join(STEPS)}")
    builder, value, notes = read_model(model, input_shape, steps != "chosen")
    layers, source = finished(builder, value)
    if builder.keeps:
        why = keep.missing(layers, builder) or (steps == "auto" and keep.costly(layers, builder))
        if why and steps == "model":
            raise ImportFailed(f"{model}: {why}, expected one that states all of its steps")
        if why:
            builder, value, notes = read_model(model, input_shape, False)
            layers, source = finished(builder, value)
        free = steps == "auto" and builder.keeps and builder.input_grid[1]
        notes.append(f"{why}: steps are chosen again" if why else
                     f"the input has zero point {builder.input_grid[1]}: it becomes s8 with steps "
                     "of its own; all others are the model's" if free else
                     "steps and zero points are the model's own")
    if equal and not builder.keeps:
        equalise.equalise(layers)
        notes.append("weights are equalised across layers")
    given = {"scale": scale, "offset": offset, "channels_first": builder.channels_first,
             "int8": builder.input_grid_stated}
    host = None if builder.keeps else entry.taken(layers, source)
    if host:
        notes.append(f"{layers[0].name}: a threshold of the input, which the host does")
        layers, source, given["threshold"] = host
    record = {"name": name or os.path.splitext(os.path.basename(model))[0],
              "input_shape": input_shape, "steps": "model" if builder.keeps else "chosen",
              "equal": equal and not builder.keeps, "notes": notes}
    return build(layers, source, builder, calib, out, given, output, record, steps=steps,
                 rule=ranges, correct=correct)


def checked_ranges(rule):
    """`error`, or a percentile as text. Raises ImportFailed."""
    try:
        if rule == "error" or 50 <= float(rule) <= 100:
            return rule
    except (TypeError, ValueError):
        pass
    raise ImportFailed(f"ranges: {rule}, expected error or a percentile from 50 to 100")


def build(layers, source, builder, calib, out, given, output, record, *, steps="chosen",
          rule="error", correct=True):
    """Quantises the layers, writes the directory and returns the record."""
    calib = np.asarray(calib)
    if calib.dtype.kind == "f" and not np.isfinite(calib).all():
        raise ImportFailed("calibration images: values that are not finite, expected numbers")
    if len(calib) == 0:
        raise ImportFailed("calibration images: none, expected at least one")
    x = real_images(calib, source, given)
    host = given.get("threshold")
    if builder.keeps:
        free = steps == "auto" and builder.input_grid[1]
        grid = quantize.best_grid(x.ravel(), True) if free else None
        entries, grids = keep.kept(layers, builder, output, grid)
        grid = grids[id(source)]
    else:
        grid = Grid(host["high"], host["low"] < 0) if host else input_grid_of(
            calib, x, given["scale"], given["offset"])
        entries, grids = quantize.quantised(layers, source, grid, x, output, rule, correct)
    integers = grid.rounded(x).reshape(len(x), -1).astype(np.int8 if grid.signed else np.uint8)
    record["input"] = {**given, "step": grid.step, "signed": grid.signed, "zero": grid.zero}
    record["layers"] = [told(e, grids.get(id(e["layer"].out))) for e in entries]
    write.network(out, record["name"], source, grid, entries, integers[:256], record)
    return record


def told(entry, grid):
    """What import.json says of a layer."""
    layer = entry["layer"]
    return {"name": layer.name, "nodes": layer.nodes,
            "step": grid.step if grid else float(entry["steps"][0]),
            "zero": grid.zero if grid else 0}


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
    given = {"scale": scale, "offset": 0.0, "channels_first": False}
    layers, source = finished(builder, value)
    return build(layers, source, builder, calib, out, given, "s32",
                 {"name": name, "input_shape": None, "steps": "chosen", "equal": False,
                  "notes": []})


def real_images(x, source, given):
    """Images as the model takes them to real values in the order of the input map. given: the
    `input` of import.json."""
    real = x.astype(float)
    if x.dtype == np.uint8:
        real = real * given["scale"] + given["offset"]
    elif x.dtype == np.int8:
        if not given.get("int8"):
            raise ImportFailed("images: int8, expected u8 or float: the model is not int8")
        step, zero = given["int8"]
        real = (real + 128 - zero) * step
    real = to_map_order(real, source, given["channels_first"])
    return entry.applied(given["threshold"], real) if given.get("threshold") else real


def images_for(record, shape, x):
    """Images as the model takes them to the integers the network takes: (n, …) u8 or int8."""
    given = record["input"]
    grid = Grid(given["step"], given["signed"], given.get("zero", 0))
    shape = tuple(shape) if len(shape) == 3 else (1, 1, int(np.prod(shape)))
    y = grid.rounded(real_images(np.asarray(x), Map(shape), given))
    return y.astype(np.int8 if grid.signed else np.uint8)


def layers_of(path, record):
    """Float layers and input map of a model that was imported with this record."""
    builder, value, _ = read_model(path, record["input_shape"], record["steps"] == "model")
    layers, source = finished(builder, value)
    if record["equal"]:
        equalise.equalise(layers)
    if record["input"].get("threshold"):
        layers, source, _ = entry.taken(layers, source)
    return layers, source
