# SPDX-License-Identifier: Apache-2.0
"""Networks as arrays, their integer meaning in plain NumPy, and runs of them.

The meaning is written from docs/reference/network-format.md alone and shares no code with the
models: it is what the chip's numbers are held against.
"""
import glob
import json
import os
import shutil
import subprocess

import numpy as np

# Fields of a layer that are arrays here and files there, with the files' type.
ARRAYS = {"weights": "i1", "bias": "<i4", "scale": "<i2", "table": None}


def pair(value):
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def write(to, shape, layers, calibration=None, inputs="u8"):
    """A network directory; each layer has json fields and arrays."""
    shutil.rmtree(to, ignore_errors=True)
    os.makedirs(to)
    out = []
    for i, layer in enumerate(layers):
        entry = {k: v for k, v in layer.items() if k not in ARRAYS}
        entry["outputs"] = int(layer["weights"].shape[1])
        for key, kind in ARRAYS.items():
            if key in layer:
                kind = kind or {"u8": "u1", "s8": "i1"}[layer["output"]]
                entry[key] = f"{i}_{key}.npy"
                np.save(f"{to}/{entry[key]}", np.ascontiguousarray(layer[key].astype(kind)))
        out.append(entry)
    net = {"format": "ohmic-network-1", "name": os.path.basename(to),
           "input": {"shape": list(shape), "type": inputs}, "classes": out[-1]["outputs"],
           "layers": out}
    if calibration is not None:
        kind = "i1" if inputs == "s8" else "u1"
        np.save(f"{to}/calibration.npy", calibration.reshape(len(calibration), -1).astype(kind))
        net["calibration"] = "calibration.npy"
    with open(f"{to}/network.json", "w", encoding="utf-8") as f:
        json.dump(net, f, indent=1)


def windows(layer, maps):
    """Sums of a convolution: for each window and group, the product with its kernel."""
    dy, dx = pair(layer.get("dilation", 1))
    sy, sx = pair(layer.get("stride", 1))
    pad = layer.get("padding", 0)
    top, left, bottom, right = pad if isinstance(pad, list) else [pad] * 4
    n, lines, pixels, channels = maps.shape
    padded = np.full((n, lines + top + bottom, pixels + left + right, channels),
                     layer.get("padding_value", 0), np.int64)
    padded[:, top:top + lines, left:left + pixels] = maps
    ky, kx = layer["kernel"]
    high = (padded.shape[1] - (ky - 1) * dy - 1) // sy + 1
    wide = (padded.shape[2] - (kx - 1) * dx - 1) // sx + 1
    weights = layer["weights"].astype(np.int64)
    groups = layer.get("groups", 1)
    per, outs = channels // groups, weights.shape[1] // groups
    sums = np.zeros((n, high, wide, weights.shape[1]), np.int64)
    for y in range(high):
        for x in range(wide):
            seen = padded[:, y * sy:y * sy + (ky - 1) * dy + 1:dy,
                          x * sx:x * sx + (kx - 1) * dx + 1:dx]
            for g in range(groups):
                part = seen[..., g * per:(g + 1) * per].reshape(n, -1)
                sums[:, y, x, g * outs:(g + 1) * outs] = part @ weights[:, g * outs:(g + 1) * outs]
    return sums


def activated(layer, sums):
    shift = layer["shift"]
    y = (2 * sums * layer["scale"].astype(np.int64) + 2**shift) >> (shift + 1)
    low, high = (0, 255) if layer["output"] == "u8" else (-127, 127)
    if layer["activation"] == "relu":
        y = np.maximum(y, 0)
    elif layer["activation"] == "table":
        y = layer["table"].astype(np.int64)[np.clip(y, -128, 127) + 128]
    elif layer["activation"] == "threshold":
        y = np.where(y >= 0, 1, -1 if low else 0)
    return np.clip(y, low, high)


def pooled(pool, y):
    if pool["type"].startswith("global"):
        size, stride = y.shape[1:3], (1, 1)
    else:
        size = pair(pool["size"])
        stride = pair(pool.get("stride", pool["size"]))
    high, wide = [(y.shape[1 + i] - size[i]) // stride[i] + 1 for i in (0, 1)]
    out = np.zeros((len(y), high, wide, y.shape[3]), np.int64)
    count = size[0] * size[1]
    s = 15 + (count - 1).bit_length()
    m = (2**(s + 1) + count) // (2 * count)
    down = pool.get("ties", "up") == "down"
    for i in range(high):
        for j in range(wide):
            block = y[:, i * stride[0]:i * stride[0] + size[0],
                      j * stride[1]:j * stride[1] + size[1]]
            out[:, i, j] = block.max((1, 2)) if pool["type"].endswith("max") else \
                (block.sum((1, 2)) * m + 2**(s - 1) - down) >> s
    return out


def meaning(shape, layers, x):
    """Outputs of every layer by name; of the last, its sums."""
    full = {1: (1, 1) + tuple(shape), 2: tuple(shape) + (1,), 3: tuple(shape)}[len(shape)]
    maps = {"input": x.reshape((len(x),) + full).astype(np.int64)}
    before = "input"
    for layer in layers:
        seen = np.concatenate([maps[name] for name in layer.get("from", [before])], axis=3)
        if layer["type"] == "dense":
            sums = (seen.reshape(len(x), -1) @ layer["weights"].astype(np.int64))[:, None, None]
        else:
            sums = windows(layer, seen)
        sums = sums + layer["bias"].astype(np.int64)
        if "add" in layer:
            sums = sums + layer["add"]["scale"] * maps[layer["add"]["layer"]]
        y = sums if layer["output"] in ("s32", "class") else activated(layer, sums)
        maps[layer["name"]] = pooled(layer["pool"], y) if "pool" in layer else y
        before = layer["name"]
    return {name: y.reshape(len(x), -1) for name, y in maps.items()}


def dense(rng, name, inputs, outputs, last=True, **more):
    layer = {"name": name, "type": "dense", "inputs": inputs,
             "weights": rng.integers(-127, 128, (inputs, outputs)),
             "bias": rng.integers(-3000, 3000, outputs)}
    return layer | ({"activation": "none", "output": "s32"} if last else
                    hidden(rng, inputs, outputs)) | more


def conv(rng, name, inputs, kernel, outputs, last=False, **more):
    rows = kernel[0] * kernel[1] * inputs[2] // more.get("groups", 1)
    layer = {"name": name, "type": "conv", "inputs": list(inputs), "kernel": list(kernel),
             "weights": rng.integers(-127, 128, (rows, outputs)),
             "bias": rng.integers(-3000, 3000, outputs)}
    return layer | ({"activation": "none", "output": "s32"} if last else
                    hidden(rng, rows, outputs)) | more


def hidden(rng, rows, outputs):
    """Scales that bring sums of `rows` products of random weights to a byte's range."""
    spread = 90 * 73 * np.sqrt(rows)
    return {"scale": rng.integers(12000, 24000, outputs), "activation": "relu", "output": "u8",
            "shift": int(np.log2(18000 * spread / 100))}


class Chip:
    """A back end of the program with a configuration and a mesh."""

    def __init__(self, program, backend, config, mesh):
        self.program, self.config, self.mesh = program, config, mesh
        self.backend = backend
        self.options = ["--backend", backend, "--config", config, "--mesh", mesh]
        if backend == "rtl":
            self.options += ["--rtl-lib",
                             f"{os.path.dirname(program)}/{config}-{mesh}/libohm_rtl.so"]

    def run(self, to, x, options=(), labels=None):
        """Runs images through the network in `to`; the process that has ended."""
        kind = "i1" if x.min() < 0 else "u1"
        np.save(f"{to}/x.npy", x.astype(kind))
        command = [self.program, "--net", to, "--data", f"{to}/x.npy", "--count", str(len(x)),
                   "--out", f"{to}/out", *self.options, *options]
        if labels is not None:
            np.save(f"{to}/y.npy", labels)
            command += ["--labels", f"{to}/y.npy"]
        for old in glob.glob(f"{to}/out/*"):
            os.remove(old)
        return subprocess.run(command, capture_output=True, text=True, check=False)


def table(to, name):
    """A CSV file of a run: an array, column 0 is the image."""
    return np.loadtxt(f"{to}/out/{name}", delimiter=",", skiprows=1, ndmin=2)


def scores(to):
    return table(to, "scores.csv")[:, 1:]
