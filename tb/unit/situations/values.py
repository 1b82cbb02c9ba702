# SPDX-License-Identifier: Apache-2.0
"""Situations of networks: exact mapping on ideal devices must give NumPy's integers, in every layer
and on every back end that is named; on the RTL where one chip will do.

  values.py PROGRAM OUT BACKEND…      CASES="NAME…": these alone
"""
import glob
import os
import sys

import numpy as np

import networks as nn

USUAL = ("small", "4x4")
EXACT = ("--device", "ideal", "--mapping", "exact")
rng = np.random.default_rng(23)


def pixels(shape, images=3, low=0, high=256):
    return rng.integers(low, high, (images,) + tuple(shape))


def case(shape, layers, x=None, **more):
    """shape, layers, images; options, inputs, labels, chip where the usual one is too small."""
    return {"shape": shape, "layers": layers, "x": pixels(shape) if x is None else x} | more


def scales():
    """Scales of both signs and of 0, the largest and the least shift."""
    first = nn.dense(rng, "a", 12, 8, last=False, activation="none", output="s8")
    first["scale"] = np.array([32767, -32768, 0, 1, -1, 15000, -15000, 9])
    second = nn.dense(rng, "b", 8, 6, last=False)
    second.update(weights=np.eye(8, 6, dtype=int), bias=np.zeros(6, int), shift=0,
                  scale=np.array([1, 2, -1, 0, 3, 1]))
    third = nn.dense(rng, "c", 6, 4, last=False, shift=34)
    third.update(scale=np.full(4, 32767), bias=np.array([33000000, -33000000, 20000000, 9]))
    return case((12,), [first, second, third, nn.dense(rng, "d", 4, 3)])


def signs():
    """Signed images with every byte, signed maps between layers, padding that is not 0."""
    x = pixels((5, 6, 2), low=-127, high=128)
    layers = [nn.conv(rng, "a", (5, 6, 2), (2, 3), 5, padding=[1, 0, 0, 2], padding_value=-101,
                      activation="none", output="s8"),
              nn.conv(rng, "b", (5, 6, 5), (3, 2), 4, stride=[2, 1], padding_value=77, padding=1,
                      activation="none", output="s8"),
              nn.dense(rng, "c", 3 * 7 * 4, 3)]
    return case((5, 6, 2), layers, x, inputs="s8")


def tables():
    """Tables, thresholds of both types, a table that falls."""
    first = nn.dense(rng, "a", 9, 8, last=False, activation="table",
                     table=rng.integers(-127, 128, 256), output="s8")
    second = nn.dense(rng, "b", 8, 8, last=False, activation="threshold", output="s8")
    third = nn.dense(rng, "c", 8, 8, last=False, activation="table", table=np.arange(255, -1, -1))
    fourth = nn.dense(rng, "d", 8, 8, last=False, activation="threshold")
    return case((9,), [first, second, third, fourth, nn.dense(rng, "e", 8, 3)],
                pixels((9,), 8))


def geometry():
    """Kernels, strides and dilations that differ in lines and pixels, and leave a rest."""
    layers = [nn.conv(rng, "a", (11, 9, 1), (3, 2), 4, dilation=[2, 3], stride=[1, 2],
                      padding=[2, 0, 1, 3]),
              nn.conv(rng, "b", (10, 5, 4), (1, 1), 3, stride=[3, 4]),
              nn.conv(rng, "c", (4, 2, 3), (5, 3), 6, padding=[4, 1, 2, 0], stride=[4, 1]),
              nn.dense(rng, "d", 2 * 1 * 6, 4)]
    return case((11, 9, 1), layers)


def groups():
    """Depthwise with two outputs a channel, groups of two channels, a dense layer's worth of 1."""
    layers = [nn.conv(rng, "a", (6, 6, 4), (3, 3), 8, groups=4, padding=1),
              nn.conv(rng, "b", (6, 6, 8), (2, 2), 6, groups=2, dilation=2),
              nn.conv(rng, "c", (4, 4, 6), (4, 4), 3, last=True)]
    return case((6, 6, 4), layers)


def pools():
    """Blocks with gaps and with overlaps, of one value, means whose halves go down."""
    kinds = [({"type": "max", "size": [3, 2], "stride": [1, 2]}, (6, 4)),
             ({"type": "average", "size": [2, 3], "stride": [2, 1], "ties": "down"}, (4, 7)),
             ({"type": "average", "size": 1, "stride": 3}, (3, 3)),
             ({"type": "max", "size": 2, "stride": 5}, (2, 2)),
             ({"type": "average", "size": [4, 2], "ties": "down"}, (2, 4)),
             ({"type": "global-average"}, (1, 1))]
    layers = []
    for i, (pool, size) in enumerate(kinds):
        layers.append(nn.conv(rng, f"p{i}", (8, 9, 2), (1, 1), 2, pool=pool, **{"from": ["input"]}))
        layers.append(nn.dense(rng, f"d{i}", size[0] * size[1] * 2, 2, last=False))
    join = nn.dense(rng, "join", 2 * len(kinds), 3)
    join["from"] = [f"d{i}" for i in range(len(kinds))]
    return case((8, 9, 2), layers + [join], chip=("base", "5x5"))


def means():
    """A mean of the largest block, signed, of equal halves."""
    layers = [nn.conv(rng, "a", (32, 32, 1), (1, 1), 2, activation="none", output="s8",
                      pool={"type": "global-average", "ties": "down"}),
              nn.dense(rng, "b", 2, 2)]
    x = pixels((32, 32, 1), 2)
    x[1] = np.arange(1024).reshape(32, 32, 1) % 2
    return case((32, 32, 1), layers, x, options=("--replicas", "a=1"))


def joins():
    """Channels of three sources side by side in another order, and a residual of the input."""
    layers = [nn.conv(rng, "a", (4, 4, 3), (1, 1), 3),
              nn.conv(rng, "b", (4, 4, 3), (3, 3), 3, padding=1,
                      add={"layer": "input", "scale": -700}),
              nn.conv(rng, "c", (4, 4, 6), (1, 1), 2, **{"from": ["b", "a"]}),
              nn.conv(rng, "e", (4, 4, 8), (2, 2), 2, **{"from": ["a", "b", "c"]},
                      pool={"type": "max", "size": 3}),
              nn.dense(rng, "d", 2, 4)]
    return case((4, 4, 3), layers)


def residuals():
    """A residual over two others, with a pool behind it, both signs."""
    layers = [nn.conv(rng, "a", (5, 5, 2), (3, 3), 4, padding=1, activation="none", output="s8"),
              nn.conv(rng, "b", (5, 5, 4), (3, 3), 4, padding=1),
              nn.conv(rng, "c", (5, 5, 4), (1, 1), 4, add={"layer": "a", "scale": 333},
                      activation="none", output="s8", pool={"type": "average", "size": [5, 1]}),
              nn.dense(rng, "d", 20, 3)]
    return case((5, 5, 2), layers)


def ties():
    """Two largest results: the class is the lower index, whoever finds it."""
    layer = nn.dense(rng, "a", 10, 7, output="class")
    layer["weights"][:, 5] = layer["weights"][:, 2]
    layer["bias"][[2, 5]] = 9000000
    return case((10,), [layer])


def many():
    """More classes than a byte counts."""
    return case((20,), [nn.dense(rng, "a", 20, 300)], chip=("base", "4x4"),
                labels=np.array([299, 0, 256]))


def one():
    """One value in, one out; nothing and everything at the input."""
    return case((1,), [nn.dense(rng, "a", 1, 1)], np.array([[0], [255], [1]]))


def edges(rows, columns):
    """As many rows and columns as a tile has, and one more."""
    layers = [nn.dense(rng, "a", rows, columns, last=False), nn.dense(rng, "b", columns, 2)]
    return case((rows,), layers, pixels((rows,), 2), chip=("small", "8x8"))


def most():
    """The largest sums: all weights and inputs at their ends."""
    layer = nn.dense(rng, "a", 400, 4)
    layer["weights"][:] = [127, -127, 127, -127]
    layer["weights"][::2, 2:] *= -1
    x = np.vstack([np.full((1, 400), 255), np.zeros((1, 400), int),
                   np.tile([255, 0], 200)[None]])
    return case((400,), [layer], x, chip=("base", "8x8"))


def dead():
    """A hidden layer without weights, one of whose outputs is all there is."""
    first = nn.dense(rng, "a", 10, 4, last=False)
    first["weights"][:] = 0
    first["bias"] = np.array([0, -5, 4000000, 30000000])
    return case((10,), [first, nn.dense(rng, "b", 4, 3)])


def names():
    """Layers called as patterns and with other letters; their outputs go to files."""
    layers = [nn.dense(rng, name, 6, 6, last=False) for name in ("..", "a b%s*", "größe", "-")]
    return case((6,), layers + [nn.dense(rng, "out;$(x)", 6, 2)], chip=("base", "4x4"))


def whole():
    """A convolution is the last layer, over the whole map, and of one pixel."""
    layers = [nn.conv(rng, "a", (3, 4, 2), (3, 4), 5), nn.conv(rng, "b", (1, 1, 5), (1, 1), 4,
                                                              last=True, output="class")]
    return case((3, 4, 2), layers)


def line():
    """Maps of two dimensions: one line of pixels, one pixel a line."""
    layers = [nn.conv(rng, "a", (1, 30, 1), (1, 7), 3, stride=[1, 3]),
              nn.conv(rng, "b", (1, 8, 3), (1, 2), 2, stride=[5, 1]),
              nn.dense(rng, "c", 14, 3)]
    return case((1, 30), layers, pixels((1, 30), 3))


def column():
    layers = [nn.conv(rng, "a", (30, 1, 1), (7, 1), 3, stride=[3, 1]), nn.dense(rng, "b", 24, 3)]
    return case((30, 1), layers, pixels((30, 1), 3))


def codings():
    """Signed and unsigned inputs through every way of slicing them and the weights."""
    plain = ("--slices", "8x1"), ("--cell-bits", "1"), ("--cell-bits", "3"), \
        ("--apart", "both", "--slices", "2+2+2+2"), ("--apart", "inputs"), ("--apart", "weights"), \
        ("--pulse-count",), ("--row-groups", "2"), \
        ("--slices", "8", "--cell-bits", "1", "--row-groups", "16")
    for low, kind in ((0, "u8"), (-127, "s8")):
        for more in plain:
            layers = [nn.dense(rng, "a", 12, 5, last=False, activation="none", output="s8"),
                      nn.dense(rng, "b", 5, 3)]
            yield case((12,), layers, pixels((12,), 3, low, 256 + 2 * low), inputs=kind,
                       options=more, name=f"coding_{kind}_" + "_".join(more).strip("-"))


CASES = [scales, signs, tables, geometry, groups, pools, means, joins, residuals, ties, many, one,
         dead, names, whole, line, column, most]


def every():
    for make in CASES:
        yield make.__name__, make()
    for rows, columns in ((64, 16), (65, 17), (63, 15), (128, 1)):
        yield f"edges_{rows}_{columns}", edges(rows, columns)
    for c in codings():
        yield c.pop("name"), c


def same(to, want, layers):
    """Scores, classes and the outputs of every layer; the number compared."""
    last = layers[-1]
    got = nn.table(to, "scores.csv")
    v = want[last["name"]]
    if last["output"] == "class":
        wrong = not np.array_equal(got[:, 1], v.argmax(1)) or not np.allclose(got[:, 2], v.max(1))
    else:
        wrong = not np.array_equal(got[:, 1:], v)
    if wrong:
        return f"scores {got[0, 1:5]}…, expected {v[0, :4]}…"
    if len(os.listdir(f"{to}/maps")) < len(layers):
        return f"{len(os.listdir(to + '/maps'))} files of outputs, expected {len(layers)}"
    for layer in layers[:-1]:
        path = f"{to}/maps/{layer['name']}.npy"
        left = np.load(path).reshape(len(v), -1)
        if not np.array_equal(left, want[layer["name"]]):
            return f"layer {layer['name']}: {left[0, :5]}…, expected " \
                   f"{want[layer['name']][0, :5]}…"
    return got.size


def main():
    program, out, *backends = sys.argv[1:]
    only = os.environ.get("CASES", "").split()
    total = bad = 0
    for name, c in every():
        if only and name not in only:
            continue
        to = f"{out}/{name}"
        nn.write(to, c["shape"], c["layers"], inputs=c.get("inputs", "u8"))
        want = nn.meaning(c["shape"], c["layers"], c["x"])
        for backend in backends:
            if "rtl" in backends and backend == ("rtl" if "chip" in c else "golden"):
                continue  # the RTL runs beside the golden model
            for old in glob.glob(f"{to}/maps/*"):
                os.remove(old)
            chip = nn.Chip(program, backend, *c.get("chip", USUAL))
            done = chip.run(to, c["x"], EXACT + c.get("options", ()) + ("--outputs", f"{to}/maps"),
                            c.get("labels"))
            told = (done.stderr.strip().splitlines() or [""])[0]
            found = told if done.returncode else same(to, want, c["layers"])
            if isinstance(found, str):
                print(f"FAIL situations: {name} on {backend}: {found}")
                bad += 1
            else:
                total += found
    if bad:
        sys.exit(1)
    print(f"PASS situations {total} checks")


main()
