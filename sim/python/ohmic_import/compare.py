# SPDX-License-Identifier: Apache-2.0
"""Layer by layer: float, int8 reference, and the chip with ideal and with real devices."""
import csv
import json
import os
import subprocess

import numpy as np

from . import api, figure, quantize, reference
from .errors import ImportFailed

BREAKS = 10.0       # dB: below, the error has a third of the map's amplitude and more


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
    """What a run of the chip's fast model on the network directory leaves in each layer, by its
    name: integers (n, …), of the last layer sums in their units."""
    path, outputs = os.path.join(o.out, "images.npy"), os.path.join(out, "outputs")
    np.save(path, images)
    command = [o.ohmic, "--backend", "model", "--net", o.net, "--data", path, "--config", o.config,
               "--device", device, "--count", str(len(images)), "--out", out, "--outputs", outputs]
    if o.mesh:
        command += ["--mesh", o.mesh]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as e:
        raise ImportFailed(f"{o.ohmic}: {e.strerror}, expected the program (make build)") from None
    if done.returncode:
        raise ImportFailed((done.stderr or done.stdout).strip().splitlines()[-1])
    return {name[:-4]: np.load(os.path.join(outputs, name)) for name in os.listdir(outputs)
            if name.endswith(".npy")}


def written(net, layers, source, record):
    """The integers of a network directory beside the float layers they were made from."""
    with open(os.path.join(net, "network.json"), encoding="utf-8") as f:
        described = {d["name"]: d for d in json.load(f)["layers"]}
    given = record["input"]
    entries, grids = [], {id(source): quantize.Grid(given["step"], given["signed"], given.get("zero", 0))}
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


def broken(rows, stages):
    """(layer, stage, dB): the first layer, from the input on, in which a stage keeps less than
    BREAKS dB of the float map; None when each keeps more everywhere."""
    for name, values in rows:
        for stage in stages:
            if values[stage] < BREAKS:
                return name, stage, values[stage]
    return None


def clipped(grid, ints):
    """Share in % of a map at the end of its range; of sums, which have none, 0."""
    if grid is None:
        return 0.0
    low, high = grid.limits()
    return 100 * float(((ints >= high) | ((ints <= low) & grid.signed)).mean())


def measured(entries, grids, float_maps, stages):
    """A row a layer: its name and {stage: SQNR in dB}, its map's shape, clipped share of each."""
    rows = []
    for e in entries:
        m = e["layer"].out
        values = {title: sqnr(float_maps[id(m)], real_of(e, grids.get(id(m)), maps[id(m)]))
                  for title, maps in stages.items()}
        ends = {title: clipped(grids.get(id(m)), maps[id(m)]) for title, maps in stages.items()}
        rows.append((e["layer"].name, values, m.shape, ends))
    return rows


def real_of(entry, grid, ints):
    """Real values of a layer's integers."""
    return grid.real(ints) if grid else ints * entry["step"]


def show(rows, stages):
    head = "".join(f" {title:>12}" for title in stages)
    print(f"{'':<24} {'':>12}{'SQNR, dB':>13}{'':>{13 * (len(stages) - 1)}}{'clipped, %':>13}")
    print(f"{'layer':<24} {'map':>12}{head}{head}")
    for name, values, shape, ends in rows:
        print(f"{name:<24} {'x'.join(map(str, shape)):>12}"
              + "".join(f" {values[t]:12.1f}" for t in stages)
              + "".join(f" {ends[t]:12.2f}" for t in stages))


def save_table(path, rows, stages):
    with open(path, "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f)
        w.writerow(["layer", *(f"sqnr_db {t}" for t in stages),
                    *(f"clipped_percent {t}" for t in stages)])
        for name, values, _, ends in rows:
            w.writerow([name, *(f"{values[t]:.3f}" for t in stages),
                        *(f"{ends[t]:.4f}" for t in stages)])


def answers_of(last, float_maps, stages, labels):
    """Prints arg-max agreement with float and, with labels, accuracy of each stage."""
    want = float_maps[last].reshape(len(float_maps[last]), -1).argmax(1)
    for title, maps in {"float": float_maps, **stages}.items():
        a = maps[last].reshape(len(want), -1).argmax(1)
        text = f"{title:<24} arg-max as float {100 * float((a == want).mean()):6.2f} %"
        if labels is not None:
            text += f", accuracy {100 * float((a == labels[:len(a)]).mean()):6.2f} %"
        print(text)


def stages_of(o, entries, grids, source, images, device_titles):
    """{stage: {id of a map: integers}}: the int8 reference, and a run of the chip for each
    device."""
    stages = {"int8": integer_maps(entries, grids, source, images.astype(np.int64))}
    grid = grids[id(source)]
    bytes_ = images.astype(np.int8 if grid.signed else np.uint8)
    for title, device in device_titles:
        left = chip(o, bytes_, device, os.path.join(o.out, device))
        stages[title] = {id(e["layer"].out): left[e["layer"].name].reshape(
            len(images), *e["layer"].out.shape) for e in entries}
    return stages


def main(o):
    os.makedirs(o.out, exist_ok=True)
    with open(os.path.join(o.net, "import.json"), encoding="utf-8") as f:
        record = json.load(f)
    x = api.array(o.images)
    labels = np.load(o.labels, allow_pickle=False) if o.labels else None
    layers, source = api.layers_of(o.model, record)
    real = api.real_images(x, source, record["input"])
    entries, grids = written(o.net, layers, source, record)
    images = grids[id(source)].rounded(real)
    float_maps = reference.run(layers, source, real)
    devices = [("ideal chip", "ideal")]
    devices += [(o.device, o.device)] if o.device != "ideal" else []
    stages = stages_of(o, entries, grids, source, images, devices)
    rows = measured(entries, grids, float_maps, stages)
    show(rows, stages)
    answers_of(id(layers[-1].out), float_maps, stages, labels)
    found = broken([r[:2] for r in rows], list(stages))
    name, lowest = min(((n, min(v.values())) for n, v, _, _ in rows), key=lambda p: p[1])
    print(f"breaks     layer {found[0]}, {found[1]}: {found[2]:.1f} dB, below {BREAKS:g}" if found
          else f"breaks     none below {BREAKS:g} dB; lowest: layer {name} with {lowest:.1f} dB")
    save_table(os.path.join(o.out, "compare.csv"), rows, stages)
    figure.curves(os.path.join(o.out, "compare.svg"), f"{record.get('name', o.net)}: signal to "
                  "quantisation noise of each layer, dB", [r[0] for r in rows],
                  {t: [r[1][t] for r in rows] for t in stages}, BREAKS, found and found[0])
    print(f"left       {o.out}/compare.csv, {o.out}/compare.svg")
    return 0
