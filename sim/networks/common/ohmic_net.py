# SPDX-License-Identifier: Apache-2.0
"""The ohmic-network-1 format: read, write, check, and run exactly in integers.

Shapes: weights are (inputs, outputs), i.e. one row per word line and one
column per output. Images are u8 (n, inputs). Only NumPy is needed.
"""
import gzip
import json
import os

import numpy as np

FORMAT = "ohmic-network-1"


def save_array(path, a):
    """Write a .npy file, format version 1.0, little endian, C order."""
    a = np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("<"))
    with open(path, "wb") as f:
        np.lib.format.write_array(f, a, version=(1, 0), allow_pickle=False)


def save(directory, name, layers, calib):
    """Write a network directory (network.json and its .npy files).

    layers: list of dicts with name, w (int8 (inputs, outputs)), bias (int32
    (outputs)), and for hidden layers scale (int16 (outputs)), shift (int),
    activation ("relu" or "none"), output ("u8" or "s8"). The last layer has
    output "s32" and no scale and shift. calib: u8 (n, inputs).
    """
    os.makedirs(directory, exist_ok=True)
    desc = []
    for q in layers:
        d = {"name": q["name"], "type": "dense",
             "inputs": q["w"].shape[0], "outputs": q["w"].shape[1],
             "weights": q["name"] + "_w.npy", "bias": q["name"] + "_b.npy"}
        save_array(os.path.join(directory, d["weights"]), q["w"].astype(np.int8))
        save_array(os.path.join(directory, d["bias"]), q["bias"].astype(np.int32))
        if q["output"] != "s32":
            d["scale"] = q["name"] + "_scale.npy"
            d["shift"] = int(q["shift"])
            save_array(os.path.join(directory, d["scale"]), q["scale"].astype(np.int16))
        d["activation"] = q["activation"]
        d["output"] = q["output"]
        desc.append(d)
    save_array(os.path.join(directory, "calib.npy"), calib.astype(np.uint8))
    net = {"format": FORMAT, "name": name,
           "input": {"shape": [layers[0]["w"].shape[0]], "type": "u8"},
           "classes": layers[-1]["w"].shape[1],
           "calibration": "calib.npy", "layers": desc}
    with open(os.path.join(directory, "network.json"), "w") as f:
        json.dump(net, f, indent=2)
        f.write("\n")


def load(directory):
    """Read and check a network directory; return (description, layers, calib).

    Raises ValueError naming the file, the field and the value at fault.
    """
    path = os.path.join(directory, "network.json")
    with open(path) as f:
        net = json.load(f)

    def need(ok, field, value):
        if not ok:
            raise ValueError(f"{path}: {field}: bad value {value!r}")

    def array(file, dtype, shape):
        a = np.load(os.path.join(directory, file), allow_pickle=False)
        need(a.dtype == np.dtype(dtype), file + " dtype", a.dtype.str)
        need(a.shape == shape, file + " shape", a.shape)
        return a

    need(net.get("format") == FORMAT, "format", net.get("format"))
    need(net["input"]["type"] == "u8", "input.type", net["input"]["type"])
    width, layers = int(np.prod(net["input"]["shape"])), []
    calib = np.load(os.path.join(directory, net["calibration"]), allow_pickle=False)
    need(calib.dtype == np.uint8 and calib.ndim == 2 and calib.shape[1] == width,
         "calibration", (calib.dtype.str, calib.shape))
    for i, d in enumerate(net["layers"]):
        at, last = f"layers[{i}].", i == len(net["layers"]) - 1
        need(d["type"] == "dense", at + "type", d["type"])
        need(d["inputs"] == width, at + "inputs", d["inputs"])
        need(d["activation"] in ("relu", "none"), at + "activation", d["activation"])
        need(d["output"] in (("s32",) if last else ("u8", "s8")), at + "output", d["output"])
        n = d["outputs"]
        q = {"name": d["name"], "activation": d["activation"], "output": d["output"],
             "w": array(d["weights"], "|i1", (width, n)),
             "bias": array(d["bias"], "<i4", (n,))}
        need(q["w"].min() >= -127, d["weights"], int(q["w"].min()))
        if last:
            need("scale" not in d and "shift" not in d, at + "scale/shift", "present")
            need(d["activation"] == "none", at + "activation", d["activation"])
        else:
            need(0 <= d["shift"] <= 40, at + "shift", d["shift"])
            q["shift"] = d["shift"]
            q["scale"] = array(d["scale"], "<i2", (n,))
        layers.append(q)
        width = n
    need(net["classes"] == width, "classes", net["classes"])
    return net, layers, calib


def post_process(q, v):
    """Layer output from v = W.x + bias (integers, (n, outputs)).

    Hidden: clip(act(floor(v * scale / 2^shift + 1/2))) as int64.
    Last ("s32"): v itself.
    """
    v = v.astype(np.int64)
    if q["output"] == "s32":
        return v
    p, s = v * q["scale"].astype(np.int64), q["shift"]
    y = (p + (1 << (s - 1))) >> s if s else p     # arithmetic shift is the floor
    if q["activation"] == "relu":
        y = np.maximum(y, 0)
    return np.clip(y, 0, 255) if q["output"] == "u8" else np.clip(y, -127, 127)


def run(layers, x):
    """Exact integer network. x: u8 (n, inputs). Returns int64 (n, classes).

    The product is done in double precision, which is exact here: every sum
    stays far below 2^53.
    """
    for q in layers:
        v = x.astype(np.float64) @ q["w"].astype(np.float64)
        x = post_process(q, v.astype(np.int64) + q["bias"])
    return x


def accuracy(logits, labels):
    """Share of rows whose arg-max (lowest index wins ties) is the label."""
    return float((np.argmax(logits, axis=1) == labels).mean())


def read_idx(path):
    """Read an IDX file of bytes (plain or .gz), as MNIST is published."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        raw = f.read()
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: magic: not an IDX file of unsigned bytes")
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def load_mnist(directory, part):
    """MNIST part "train" or "t10k": u8 images (n, 784) and labels (n)."""
    x = read_idx(os.path.join(directory, part + "-images-idx3-ubyte.gz"))
    y = read_idx(os.path.join(directory, part + "-labels-idx1-ubyte.gz"))
    return x.reshape(len(x), -1), y
