# SPDX-License-Identifier: Apache-2.0
"""The ohmic-network-1 format: read, write, check, and run exactly in integers.

Shapes: weights are (inputs, outputs), i.e. one row per word line and one
column per output. Images are u8 (n, inputs). Only NumPy is needed.
"""
import gzip
import json
import os
import sys

import numpy as np

FORMAT = "ohmic-network-1"


def save_array(path, a):
    """Write a .npy file, format version 1.0, little endian, C order."""
    a = np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("<"))
    with open(path, "wb") as f:
        np.lib.format.write_array(f, a, version=(1, 0), allow_pickle=False)


GRAPH_FIELDS = ("from", "kernel", "dilation", "groups", "stride", "padding", "padding_value",
                "pool", "add")


def save(directory, name, layers, calib, shape=None, sequence=None, input_type=None):
    """Write a network directory (network.json and its .npy files).

    layers: list of dicts with name, type ("dense", the default, or "conv"), w
    (int8 (inputs, outputs)), bias (int32 (outputs)), for hidden layers scale
    (int16 (outputs)) and shift (int), activation ("relu", "none", "threshold" or "table",
    with table: 256 values of the output's type), output
    ("u8" or "s8"; last layer "s32" or "class"); conv also inputs ([h, w, c])
    and kernel ([h, w]). The other GRAPH_FIELDS are those of the format.
    calib: u8 (n, inputs), or int8 where the input is. shape: of the input, a vector by default.
    sequence ("last" or "each", or the format's field): the first size of the shape is steps; layers
    of type "vector" then have kernel, inputs, outputs, values, arrays (names to int32), output.
    input_type: the fields of `input` besides shape, u8 by default.
    """
    os.makedirs(directory, exist_ok=True)
    desc = []
    for q in layers:
        if q.get("type") == "vector":
            desc.append(save_vector(directory, q))
            continue
        d = {"name": q["name"], "type": q.get("type", "dense"),
             "inputs": q.get("inputs", q["w"].shape[0]), "outputs": q["w"].shape[1]}
        d.update({k: q[k] for k in GRAPH_FIELDS if k in q})
        d["weights"], d["bias"] = q["name"] + "_w.npy", q["name"] + "_b.npy"
        save_array(os.path.join(directory, d["weights"]), q["w"].astype(np.int8))
        save_array(os.path.join(directory, d["bias"]), q["bias"].astype(np.int32))
        if "scale" in q:
            d["scale"] = q["name"] + "_scale.npy"
            d["shift"] = int(q["shift"])
            save_array(os.path.join(directory, d["scale"]), q["scale"].astype(np.int16))
        if q["activation"] == "table":
            d["table"] = q["name"] + "_table.npy"
            save_array(
                os.path.join(directory, d["table"]),
                q["table"].astype(np.uint8 if q["output"] == "u8" else np.int8),
            )
        d["activation"] = q["activation"]
        d["output"] = q["output"]
        desc.append(d)
    save_array(os.path.join(directory, "calib.npy"),
               calib if calib.dtype == np.int8 else calib.astype(np.uint8))
    net = {"format": FORMAT, "name": name,
           "input": {"shape": list(shape or calib.shape[1:]), **(input_type or {"type": "u8"})},
           **({"sequence": {"output": sequence} if isinstance(sequence, str) else sequence}
              if sequence else {}),
           "classes": layers[-1]["w"].shape[1],
           "calibration": "calib.npy", "layers": desc}
    with open(os.path.join(directory, "network.json"), "w") as f:
        json.dump(net, f, indent=2)
        f.write("\n")


def save_vector(directory, q):
    """The description of a vector layer; its arrays are written."""
    d = {k: q[k] for k in ("name", "type", "from", "inputs", "outputs", "kernel", "values",
                           "output") if k in q}
    for name, a in q.get("arrays", {}).items():
        d.setdefault("arrays", {})[name] = f"{q['name']}_{name}.npy"
        save_array(os.path.join(directory, d["arrays"][name]), np.asarray(a).astype(np.int32))
    return d


def map_shape(shape):
    """(h, w, c) of an input shape: one number is a vector, two are a map of one channel."""
    if len(shape) == 2:
        return tuple(shape) + (1,)
    return tuple(shape) if len(shape) == 3 else (1, 1, int(np.prod(shape)))


def once(path, strict):
    """For json: an object whose keys stand in it once each."""
    def check(pairs):
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                text = f"{path}: {key}: twice, expected it once"
                if strict:
                    raise ValueError(text)
                print(text, file=sys.stderr)
        return dict(pairs)

    return check


def load_input(directory, net, need):
    """Shape of the input, of a sequence's step, and the calibration inputs."""
    d = net["input"]
    halve = d.get("halve", False)
    need(d["type"] in (("s8",) if halve else ("u8", "s8")), "input.type", d["type"])
    shape = map_shape(d["shape"])
    width = int(np.prod(shape))
    if "sequence" in net:
        need(net["sequence"].get("output") in ("last", "each"), "sequence", net["sequence"])
        shape = (1, 1, width // d["shape"][0])
    calib = np.load(os.path.join(directory, net["calibration"]), allow_pickle=False)
    raw = np.int8 if d["type"] == "s8" and not halve else np.uint8
    need(calib.dtype == raw and calib.ndim == 2 and calib.shape[1] == width,
         "calibration", (calib.dtype.str, calib.shape))
    return shape, calib


def find_state(net, i, name, shapes):
    """What layer i may read of a recurrent kernel behind it: its state of the step before."""
    for d in net["layers"][i:] if "sequence" in net else []:
        if d["name"] == name and d["type"] == "vector":
            shapes[name] = (1, 1, d["outputs"])


def load_vector(directory, d, inputs, at, need, array):
    """A vector layer as its description has it, with its arrays."""
    need(d["inputs"] == inputs, at + "inputs", d["inputs"])
    arrays = {name: array(file, "<i4", np.load(os.path.join(directory, file)).shape)
              for name, file in d.get("arrays", {}).items()}
    return dict(d, arrays={name: a.astype(np.int64) for name, a in arrays.items()})


def load(directory, strict=False):
    """Read and check a network directory; return (description, layers, calib).

    Layers are as in `save`, dilation and groups written out as weights of 0.
    Raises ValueError naming the file, the field and the value at fault. The C
    loader checks the graph more closely and refuses a key that stands twice in
    an object; here `strict` does, else a line on stderr says so and the last
    one counts.
    """
    path = os.path.join(directory, "network.json")
    with open(path, encoding="utf-8") as f:
        net = json.load(f, object_pairs_hook=once(path, strict))

    def need(ok, field, value):
        if not ok:
            raise ValueError(f"{path}: {field}: bad value {value!r}")

    def array(file, dtype, shape):
        a = np.load(os.path.join(directory, file), allow_pickle=False)
        limits = np.iinfo(dtype)
        if a.dtype == np.int64 and a.size and limits.min <= a.min() and a.max() <= limits.max:
            a = a.astype(dtype)  # plain NumPy's whole numbers
        need(a.dtype == np.dtype(dtype), file + " dtype", a.dtype.str)
        need(a.shape == shape, file + " shape", a.shape)
        return a

    need(net.get("format") == FORMAT, "format", net.get("format"))
    shape, calib = load_input(directory, net, need)
    layers = []
    shapes = {"input": shape}
    for i, d in enumerate(net["layers"]):
        at, last = f"layers[{i}].", i == len(net["layers"]) - 1
        need(d["type"] in ("dense", "conv") + ("vector",) * ("sequence" in net), at + "type",
             d["type"])
        before = layers[-1]["name"] if layers else "input"
        for name in d.get("from", []) + ([d["add"]["layer"]] if "add" in d else []):
            find_state(net, i, name, shapes)
            need(name in shapes, at + "from/add", name)
        if d["type"] == "vector":
            layers.append(load_vector(directory, d, sum(shapes[name][2] for name in
                                                        d.get("from", [before])), at, need, array))
            shapes[d["name"]] = (1, 1, d["outputs"])
            continue
        maps = [shapes[name] for name in d.get("from", [before])]
        h, w, c = maps[0][0], maps[0][1], sum(m[2] for m in maps)
        if d["type"] == "dense":
            rows = h * w * c
            need(d["inputs"] == rows, at + "inputs", d["inputs"])
        else:
            need(list(d["inputs"]) == [h, w, c], at + "inputs", d["inputs"])
            need(c % d.get("groups", 1) == 0 and d["outputs"] % d.get("groups", 1) == 0,
                 at + "groups", d.get("groups"))
            rows = d["kernel"][0] * d["kernel"][1] * c // d.get("groups", 1)
        need(d["activation"] in ("relu", "none", "table", "threshold"), at + "activation",
             d["activation"])
        need(d["output"] in (("s32", "class") if last else ("u8", "s8")), at + "output",
             d["output"])
        n = d["outputs"]
        q = {k: d[k] for k in ("name", "type", "inputs", "activation", "output") + GRAPH_FIELDS
             if k in d}
        q["w"] = array(d["weights"], "|i1", (rows, n))
        q["bias"] = array(d["bias"], "<i4", (n,))
        need(q["w"].min() >= -127, d["weights"], int(q["w"].min()))
        if d["type"] == "conv":
            expand(q, c)
        if last:
            need("scale" not in d and "shift" not in d, at + "scale/shift", "present")
            need(d["activation"] == "none", at + "activation", d["activation"])
        else:
            need(0 <= d["shift"] <= 40, at + "shift", d["shift"])
            q["shift"] = d["shift"]
            q["scale"] = array(d["scale"], "<i2", (n,))
            if d["activation"] == "table":
                q["table"] = array(d["table"], "|u1" if d["output"] == "u8" else "|i1", (256,))
        layers.append(q)
        shapes[q["name"]] = pooled(q, windows(q, np.zeros((1, h, w, c), np.int64))[..., :1]
                                   .repeat(n, axis=3)).shape[1:]
        need(0 not in shapes[q["name"]], at + "output map", shapes[q["name"]])
    need(net["classes"] == n, "classes", net["classes"])
    return net, layers, calib


def each(value, n):
    """A field that is one number or a list of n, as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value] * n


def expand(q, channels):
    """Writes dilation and groups of a conv layer out: weights of 0, a larger kernel."""
    (kh, kw), (dh, dw) = q["kernel"], each(q.pop("dilation", 1), 2)
    groups, n = q.pop("groups", 1), q["w"].shape[1]
    own, outs = channels // groups, n // groups
    full = np.zeros(((kh - 1) * dh + 1, (kw - 1) * dw + 1, channels, n), np.int8)
    w = q["w"].reshape(kh, kw, own, n)
    for g in range(groups):
        at = slice(g * outs, (g + 1) * outs)
        full[::dh, ::dw, g * own:(g + 1) * own, at] = w[..., at]
    q["kernel"], q["w"] = list(full.shape[:2]), full.reshape(-1, n)


def windows(q, m):
    """Inputs of a layer's products: map m (n, h, w, c) to (n, windows down, across, rows).

    Rows are in the order ky, kx, c; a dense layer has one window, the whole map.
    """
    if q.get("type", "dense") == "dense":
        return m.reshape(len(m), 1, 1, -1)
    (top, left, bottom, right), (sh, sw) = each(q.get("padding", 0), 4), each(q.get("stride", 1), 2)
    m = np.pad(m, ((0, 0), (top, bottom), (left, right), (0, 0)),
               constant_values=q.get("padding_value", 0))
    v = np.lib.stride_tricks.sliding_window_view(m, q["kernel"], axis=(1, 2))[:, ::sh, ::sw]
    v = v.transpose(0, 1, 2, 4, 5, 3)
    return v.reshape(v.shape[:3] + (-1,))


def pooled(q, y):
    """Map y (n, h, w, c) of a layer's outputs after its pooling, if it has one.

    Mean of n values: floor((sum m + 2^(s-1)) / 2^s), s = 15 + ceil(log2 n), m = rnd(2^s / n);
    1 less before the division with ties down.
    """
    p = q.get("pool")
    if not p:
        return y
    whole = p["type"].startswith("global")
    size = y.shape[1:3] if whole else each(p["size"], 2)
    down, across = (1, 1) if whole else each(p.get("stride", size), 2)
    v = np.lib.stride_tricks.sliding_window_view(y, size, axis=(1, 2))[:, ::down, ::across]
    if p["type"].endswith("max"):
        return v.max(axis=(4, 5))
    n = size[0] * size[1]
    s = 15 + (n - 1).bit_length()
    m = ((2 << s) + n) // (2 * n)
    half = (1 << (s - 1)) - (p.get("ties") == "down")
    return (v.sum(axis=(4, 5), dtype=np.int64) * m + half) >> s


def post_process(q, v):
    """Layer output from v = W.x + bias (integers, (…, outputs)), before pooling.

    Hidden: clip(act(floor(v * scale / 2^shift + 1/2))) as int64.
    Last ("s32", "class"): v itself.
    """
    v = v.astype(np.int64)
    if q["output"] in ("s32", "class"):
        return v
    p, s = v * q["scale"].astype(np.int64), q["shift"]
    y = (p + (1 << (s - 1))) >> s if s else p     # arithmetic shift is the floor
    if q["activation"] == "relu":
        y = np.maximum(y, 0)
    elif q["activation"] == "table":
        y = q["table"].astype(np.int64)[np.clip(y, -128, 127) + 128]
    elif q["activation"] == "threshold":
        y = np.where(y >= 0, 1, 0 if q["output"] == "u8" else -1)
    return np.clip(y, 0, 255) if q["output"] == "u8" else np.clip(y, -127, 127)


def forward(layers, x, shape, product, seen=None):
    """The network with the products left to the caller. Returns int64 (n, classes).

    x: u8 (n, inputs); shape: (h, w, c) of the input; product(i, rows): W.x of
    layer i for rows (n, inputs); seen(i, rows), if given, is told the rows first.
    """
    maps, before = {"input": x.reshape((len(x),) + tuple(shape))}, "input"
    for i, q in enumerate(layers):
        m = [maps[name] for name in q.get("from", [before])]
        v = windows(q, m[0] if len(m) == 1 else np.concatenate(m, axis=3))
        rows = v.reshape(-1, v.shape[3])
        if seen:
            seen(i, rows)
        v = product(i, rows).astype(np.int64).reshape(v.shape[:3] + (-1,)) + q["bias"]
        if "add" in q:
            v += np.int64(q["add"]["scale"]) * maps[q["add"]["layer"]]
        before = q["name"]
        maps[before] = pooled(q, post_process(q, v))
    return maps[before].reshape(len(x), -1)


def batches(layers, x):
    """Images in pieces that keep the windows of convolutions small in memory."""
    step = 250 if any(q.get("type") == "conv" for q in layers) else len(x)
    return [x[i:i + step] for i in range(0, len(x), step)]


def run(layers, x, shape=None, seen=None):
    """Exact integer network. x: u8 (n, inputs). Returns int64 (n, classes).

    The product is done in double precision, which is exact here: every sum
    stays far below 2^53.
    """
    shape = shape or (1, 1, x.shape[1])
    w = [q["w"].astype(np.float64) for q in layers]
    return np.concatenate([forward(layers, part, shape,
                                   lambda k, rows: rows.astype(np.float64) @ w[k], seen)
                           for part in batches(layers, x)])


def accuracy(logits, labels):
    """Share of rows whose arg-max (lowest index wins ties) is the label.

    One column alone is a binary classifier's: class 1 where it is positive.
    """
    classes = logits[:, 0] > 0 if logits.shape[1] == 1 else np.argmax(logits, axis=1)
    return float((classes == labels).mean())


def read_idx(path):
    """Read an IDX file of bytes (plain or .gz), as MNIST is published."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        raw = f.read()
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: magic: not an IDX file of unsigned bytes")
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def write_idx(path, a):
    """Write bytes as a gzipped IDX file; the same bytes give the same file."""
    head = b"\0\0\x08" + bytes([a.ndim]) + b"".join(n.to_bytes(4, "big") for n in a.shape)
    with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
        z.write(head + np.ascontiguousarray(a, np.uint8).tobytes())


def read_scores(directory):
    """The scores that a run left there, (images, scores)."""
    return np.loadtxt(os.path.join(directory, "scores.csv"), delimiter=",", skiprows=1,
                      ndmin=2)[:, 1:]


def load_mnist(directory, part):
    """MNIST part "train" or "t10k": u8 images (n, 784) and labels (n)."""
    x = read_idx(os.path.join(directory, part + "-images-idx3-ubyte.gz"))
    y = read_idx(os.path.join(directory, part + "-labels-idx1-ubyte.gz"))
    return x.reshape(len(x), -1), y
