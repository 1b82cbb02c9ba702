# SPDX-License-Identifier: Apache-2.0
"""Writes a network directory: all of it, or nothing."""
import json
import os
import shutil
import tempfile

import numpy as np

from .errors import ImportFailed
from .graph import off_diagonal


def save_array(path, a):
    a = np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("<"))
    with open(path, "wb") as f:
        np.lib.format.write_array(f, a, version=(1, 0), allow_pickle=False)


def described(entry, names):
    """Layer of network.json without its arrays."""
    layer = entry["layer"]
    d = {"name": layer.name, "type": "dense" if layer.dense else "conv",
         "from": [names[id(m)] for m in layer.sources]}
    if layer.dense:
        d["inputs"] = int(np.prod(layer.w.shape[:3]))
    else:
        h, w, _ = layer.sources[0].shape
        d["inputs"] = [h, w, int(layer.w.shape[2])]
        d["kernel"] = [int(n) for n in layer.w.shape[:2]]
        d.update(stride=short(layer.stride), padding=short(layer.pad))
        if layer.dilation != (1, 1):
            d["dilation"] = short(layer.dilation)
        if layer.groups > 1:
            d["groups"] = layer.groups
        if any(layer.pad) and entry.get("fill", 0):
            d["padding_value"] = entry["fill"]
    d["outputs"] = int(layer.w.shape[3])
    if layer.residual is not None:
        d["add"] = {"layer": names[id(layer.residual)], "scale": entry["rscale"]}
    if layer.pool:
        d["pool"] = {k: v if isinstance(v, str) else short(v) for k, v in layer.pool.items()}
    return d


def short(numbers):
    """One number where all are the same."""
    return numbers[0] if len(set(numbers)) == 1 else list(numbers)


def rows_of(entry):
    """Weights as the file has them: (inputs, outputs), each group's own rows alone."""
    layer = entry["layer"]
    w = entry["w"].reshape(layer.w.shape)
    return off_diagonal(w, layer.groups).reshape(-1, w.shape[3])


def network(directory, name, source, input_grid, entries, calib, record):
    """calib: integers (n, inputs). record: what import.json tells. `directory` must not exist, or
    be an earlier import."""
    directory = os.path.abspath(directory)
    if os.path.exists(directory) and not os.path.exists(os.path.join(directory, "import.json")):
        raise ImportFailed(
            f"{directory}: exists and is no earlier import, expected a new directory"
        )
    os.makedirs(os.path.dirname(directory), exist_ok=True)
    work = tempfile.mkdtemp(dir=os.path.dirname(directory), prefix=".import-")
    try:
        names, layers = {id(source): "input"}, []
        for entry in entries:
            layer = entry["layer"]
            d = described(entry, names)
            for key, kind in (
                ("w", "weights"),
                ("bias", "bias"),
                ("scale", "scale"),
                ("table", "table"),
            ):
                if key in entry:
                    d[kind] = f"{layer.name}_{key[0] if key in ('w', 'bias') else key}.npy"
                    save_array(os.path.join(work, d[kind]),
                               rows_of(entry) if key == "w" else entry[key])
            if "shift" in entry:
                d["shift"] = entry["shift"]
            d.update(activation=entry["activation"], output=entry["output"])
            names[id(layer.out)] = layer.name
            layers.append(d)
        save_array(os.path.join(work, "calib.npy"), calib)
        net = {"format": "ohmic-network-1", "name": name,
               "input": {"shape": [source.size] if source.shape[:2] == (1, 1)
                         else list(source.shape), "type": "s8" if input_grid.signed else "u8"},
               "classes": layers[-1]["outputs"], "calibration": "calib.npy", "layers": layers}
        for file, what in (("network.json", net), ("import.json", record)):
            with open(os.path.join(work, file), "w", encoding="utf-8") as f:
                json.dump(what, f, indent=2)
                f.write("\n")
        os.chmod(work, 0o755)
        if os.path.exists(directory):
            shutil.rmtree(directory)
        os.rename(work, directory)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
