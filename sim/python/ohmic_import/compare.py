# SPDX-License-Identifier: Apache-2.0
"""Layer by layer: float, int8 reference, and the chip with ideal and with real devices."""
import csv
import json
import os
import subprocess

import numpy as np

from . import api, quantize, reference
from .errors import ImportFailed


def arguments(verbs):
    c = verbs.add_parser("compare", help="float, int8 and chip, layer by layer")
    c.add_argument("model")
    c.add_argument("net", help="directory that `model` wrote")
    c.add_argument("--images", required=True, help=".npy of images as the model takes them")
    c.add_argument("--labels", help=".npy of labels")
    c.add_argument("--ohmic", default="sim/out/build/ohmic", help="the program that runs the chip")
    c.add_argument("--config", default="base")
    c.add_argument("--mesh", default="")
    c.add_argument("--device", default="pcm-hermes")
    c.add_argument("--out", default="sim/out/compare")
    c.set_defaults(do=main)


def integer_maps(entries, grids, source, x):
    """What the integer network leaves in each layer, as real values, by id of the map."""
    ints = {id(source): x}
    for e in entries:
        layer = e["layer"]
        parts = [ints[id(m)] for m in layer.sources]
        rows = reference.windows(
            np.concatenate(parts, axis=3) if len(parts) > 1 else parts[0], layer
        )
        v = np.rint(rows.astype(float) @ e["w"].astype(float)).astype(np.int64) + e["bias"]
        if layer.residual is not None:
            v = v + e["rscale"] * ints[id(layer.residual)].astype(np.int64)
        if "scale" not in e:
            ints[id(layer.out)] = v
            continue
        p = v * e["scale"].astype(np.int64)
        y = (p + (1 << e["shift"] >> 1)) >> e["shift"]
        if e["activation"] == "relu":
            y = np.maximum(y, 0)
        elif e["activation"] == "table":
            y = e["table"].astype(np.int64)[np.clip(y, -128, 127) + 128]
        elif e["activation"] == "threshold":
            y = np.where(y >= 0, 1, 0 if e["output"] == "u8" else -1)
        y = np.clip(y, *grids[id(layer.out)].limits())
        y = reference.pooled(layer.pool, y)
        ints[id(layer.out)] = np.floor(y + 0.5).astype(np.int64)
    return ints


def sqnr(want, have):
    """Signal to error in dB."""
    error = float(((want - have) ** 2).mean())
    return 10 * np.log10(float((want ** 2).mean()) / error) if error > 0 else np.inf


def chip(o, images, device, out):
    """Classes from a run of the chip's fast model on the network directory."""
    path = os.path.join(o.out, "images.npy")
    np.save(path, images)
    command = [o.ohmic, "--backend", "model", "--net", o.net, "--data", path, "--config", o.config,
               "--device", device, "--count", str(len(images)), "--out", out]
    if o.labels:
        command += ["--labels", o.labels]
    if o.mesh:
        command += ["--mesh", o.mesh]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImportFailed((done.stderr or done.stdout).strip().splitlines()[-1])
    with open(os.path.join(out, "predictions.csv"), encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    return np.array([int(r["chip"]) for r in rows])


def written(net, layers, source, record):
    """The integers of a network directory beside the float layers they were made from."""
    with open(os.path.join(net, "network.json"), encoding="utf-8") as f:
        described = {d["name"]: d for d in json.load(f)["layers"]}
    given = record["input"]
    entries, grids = [], {id(source): quantize.Grid(given["step"], given["signed"])}
    for layer, told in zip(layers, record["layers"]):
        d = described.get(layer.name)
        if d is None or told["name"] != layer.name:
            raise ImportFailed(f"{net}: no layer {layer.name}, expected the import of this model")
        load = lambda key, d=d: np.load(os.path.join(net, d[key]), allow_pickle=False)
        entry = {"layer": layer, "w": load("weights"), "bias": load("bias").astype(np.int64),
                 "activation": d["activation"], "output": d["output"], "step": told["step"]}
        if "add" in d:
            entry["rscale"] = d["add"]["scale"]
        if "shift" in d:
            entry.update(scale=load("scale"), shift=d["shift"])
            grids[id(layer.out)] = quantize.Grid(told["step"], d["output"] == "s8")
        if "table" in d:
            entry["table"] = load("table")
        entries.append(entry)
    return entries, grids


def table(entries, grids, float_maps, ints):
    """Prints a line a layer; returns name and SQNR of the worst."""
    print(f"{'layer':<24} {'map':>12} {'SQNR dB':>8} {'clipped %':>9}")
    worst = None
    for e in entries:
        m, name = e["layer"].out, e["layer"].name
        q = sqnr(float_maps[id(m)], ints[id(m)] * e["step"])
        top = grids[id(m)].limits()[1] if id(m) in grids else np.inf
        clipped = 100 * float((np.abs(ints[id(m)]) >= top).mean())
        worst = (name, q) if worst is None or q < worst[1] else worst
        print(f"{name:<24} {'x'.join(map(str, m.shape)):>12} {q:8.1f} {clipped:9.2f}")
    return worst


def main(o):
    os.makedirs(o.out, exist_ok=True)
    with open(os.path.join(o.net, "import.json"), encoding="utf-8") as f:
        record = json.load(f)
    x = np.load(o.images, allow_pickle=False)
    builder, value, _ = api.read_model(o.model)
    layers, source = api.finished(builder, value)
    given = record["input"]
    real = (
        x.astype(float) * given["scale"] + given["offset"]
        if x.dtype == np.uint8
        else x.astype(float)
    )
    real = api.to_map_order(real, source, given["channels_first"])
    entries, grids = written(o.net, layers, source, record)
    grid = grids[id(source)]
    images = grid.rounded(real)
    float_maps = reference.run(layers, source, real)
    ints = integer_maps(entries, grids, source, images.astype(np.int64))
    name, lowest = table(entries, grids, float_maps, ints)
    print(f"lowest     {name} with {lowest:.1f} dB")
    last = id(layers[-1].out)
    answers = {"float": float_maps[last].reshape(len(x), -1).argmax(1),
               "int8": ints[last].reshape(len(x), -1).argmax(1)}
    images = images.astype(np.int8 if grid.signed else np.uint8)
    for title, device in (("ideal chip", "ideal"), (f"chip {o.device}", o.device)):
        answers[title] = chip(o, images, device, os.path.join(o.out, device))
    labels = np.load(o.labels, allow_pickle=False) if o.labels else None
    for title, a in answers.items():
        text = f"{title:<24} arg-max as float {100 * float((a == answers['float']).mean()):6.2f} %"
        if labels is not None:
            text += f", accuracy {100 * float((a == labels[:len(a)]).mean()):6.2f} %"
        print(text)
    return 0
