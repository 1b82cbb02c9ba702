# SPDX-License-Identifier: Apache-2.0
"""The package ohmic: test_python.py OUT prints `CHECKS <n>` last.

Matrices against NumPy on each model, networks against the programs, crossbars against a nodal
analysis in NumPy, and what must be refused, with the C library's line."""
import csv
import json
import os
import subprocess
import sys

import numpy as np

import ohmic

BUILD = "sim/out/build"
TLM = f"{BUILD}/libohm_tlm.so"
DIGITS = "sim/networks/digits-64-32-10"
checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        sys.exit(f"FAIL python: {what}")


def raises(kind, words, call):
    try:
        call()
    except kind as e:
        check(words in str(e), f"'{e}', expected '{words}'")
        return
    check(False, f"nothing was raised, expected '{words}'")


def matrices():
    rng = np.random.default_rng(1)
    w = rng.integers(-127, 128, (150, 40))
    x = rng.integers(0, 256, (30, 150))
    exact = x @ w
    same = {}
    for backend, path in (("model", None), ("golden", None), ("tlm", TLM)):
        with ohmic.Matrix(w, device="pcm-hermes", seed=3, calib=x, backend=backend,
                          library_path=path) as m:
            y = m(x)
            m.finish()
            rms = np.sqrt(np.mean((y - exact) ** 2))
            check(y.shape == (30, 40) and m.tiles == 2, f"{backend}: {y.shape}, {m.tiles} tiles")
            check(rms < 2 * m.expected_error < 0.1 * np.ptp(exact), f"{backend}: error {rms:g}")
            same[backend] = y
    check(all((y == same["golden"]).all() for y in same.values()), "back ends differ")
    with ohmic.Matrix(w // 2, signed=True, device="ideal", config="large") as m:
        v = rng.integers(-127, 128, 150)
        check(m(v).shape == (40,), "one vector gives one row")
        check(np.abs(m(v) - v @ (w // 2)).max() < 8 * m.expected_error, "signed inputs")
        m.close()
        m.close()
        raises(ValueError, "is closed", lambda: m(v))
    raises(ohmic.OhmicError, "device: gold", lambda: ohmic.Matrix(w, device="gold"))
    raises(ohmic.OhmicError, 'configuration: "huge"', lambda: ohmic.Matrix(w, config="huge"))
    raises(ohmic.OhmicError, "mesh", lambda: ohmic.Matrix(w, mesh=(17, 1)))
    raises(ValueError, "weights: shape (3,)", lambda: ohmic.Matrix([1, 2, 3]))
    raises(ValueError, "from -127 to 127", lambda: ohmic.Matrix([[128]]))
    raises(ValueError, "from -127 to 127", lambda: ohmic.Matrix([[0.5]]))
    with ohmic.Matrix([[1, 2], [3, 4]], device="ideal") as m:
        raises(ValueError, "expected (n, 2)", lambda: m([[1, 2, 3]]))
        raises(ValueError, "from 0 to 255", lambda: m([[-1, 2]]))


def networks(out):
    images = np.load("sim/data/digits/test-images.npy")[:60]
    labels = np.load("sim/data/digits/test-labels.npy")[:60]
    command = [f"{BUILD}/ohmic", "--backend", "golden", "--net", DIGITS, "--data",
               "sim/data/digits/test-images.npy", "--count", "60", "--config", "small", "--mesh",
               "2x2", "--energy", "sim/configs/energy.txt", "--out", f"{out}/run"]
    subprocess.run(command, check=True, capture_output=True)
    with open(f"{out}/run/scores.csv", encoding="utf-8") as f:
        told = np.array([[float(v) for v in row][1:] for row in list(csv.reader(f))[1:]])
    with open(f"{out}/run/layers.json", encoding="utf-8") as f:
        energy = json.load(f)["energy_nj_per_image"]
    for backend, path in (("golden", None), ("model", None), ("tlm", TLM)):
        with ohmic.Network(DIGITS, config="small", mesh=(2, 2), backend=backend,
                           library_path=path) as n:
            r = n.run(images)
            check(np.allclose(r.scores, told, rtol=1e-5), f"{backend}: not the program's scores")
            check(abs(r.energy_nj / energy - 1) < 0.02, f"{backend}: {r.energy_nj} nJ, {energy}")
            check((r.classes == r.scores.argmax(1)).all(), f"{backend}: classes")
            again = n.run(images)
            check((r.scores == again.scores).all() and r.energy_nj == again.energy_nj,
                  f"{backend}: the same images gave something else")
            check((backend == "tlm") == (r.cycles_per_image > 0), f"{backend}: cycles")
    with ohmic.Network(DIGITS, config="small", mesh=(4, 4), mapping="exact", device="ideal") as n:
        check((n.run(images).scores == n.software(images).scores).all(), "exact is not software")
        check((n.software(images).classes == labels).mean() > 0.9, "software is wrong")
        check(n.shape == (1, 1, 64) and n.classes == 10 and n.layers == 2, "shape")
        raises(ValueError, "images: shape (2, 63)", lambda: n.run(np.zeros((2, 63), np.uint8)))
        raises(ValueError, "expected", lambda: n.run(np.zeros((0, 64), np.uint8)))
        raises(ValueError, "from 0 to 255", lambda: n.run(np.full((1, 64), 0.5)))
    raises(ohmic.OhmicError, "network.json", lambda: ohmic.Network("nowhere"))
    raises(ohmic.OhmicError, "does not fit", lambda: ohmic.Network(DIGITS, config="tiny"))
    raises(ohmic.OhmicError, "mapping: odd", lambda: ohmic.Network(DIGITS, mapping="odd"))
    raises(ohmic.OhmicError, "backend: none", lambda: ohmic.Network(DIGITS, backend="none"))


def estimates():
    told = subprocess.run([f"{BUILD}/ohm-estimate", "--net", DIGITS, "--json"], check=True,
                          capture_output=True, text=True).stdout
    have = ohmic.estimate(DIGITS)
    check(have == json.loads(told)["configurations"], "another estimate than the program's")
    check([e["config"] for e in have if e["fits"]] == ["tiny", "small", "base", "large"], "fits")
    (one,) = ohmic.estimate(DIGITS, config="small", mesh=(2, 1))
    check(one["places"] == 2 and one["layer"] == "fc1", "one configuration")
    raises(ohmic.OhmicError, "device: x", lambda: ohmic.estimate(DIGITS, device="x"))
    raises(ohmic.OhmicError, "one configuration", lambda: ohmic.estimate(DIGITS, mesh=(2, 2)))


def nodal(g, r_wl, r_bl, v):
    """Currents of the bit lines by nodal analysis: word lines driven left, bit lines at 0 below."""
    rows, columns = g.shape
    n = rows * columns
    a, b = np.zeros((2 * n, 2 * n)), np.zeros(2 * n)
    w = np.arange(n).reshape(g.shape)

    def join(i, j, conductance):
        a[i, i] += conductance
        a[j, j] += conductance
        a[i, j] -= conductance
        a[j, i] -= conductance

    for r in range(rows):
        for c in range(columns):
            join(w[r, c], n + w[r, c], g[r, c])
            if c + 1 < columns:
                join(w[r, c], w[r, c + 1], 1 / r_wl)
            if r + 1 < rows:
                join(n + w[r, c], n + w[r + 1, c], 1 / r_bl)
        a[w[r, 0], w[r, 0]] += 1 / r_wl
        b[w[r, 0]] += v[r] / r_wl
    last = n + w[-1]
    a[last, last] += 1 / r_bl
    return np.linalg.solve(a, b)[last] / r_bl


def crossbars():
    rng = np.random.default_rng(2)
    g, v = rng.uniform(1e-6, 1e-4, (7, 5)), rng.uniform(-0.2, 0.2, 7)
    x = ohmic.Crossbar(g, r_wl=3.0, r_bl=2.0)
    want = nodal(g, 3.0, 2.0, v)
    check(np.allclose(v @ x.transfer(), want, rtol=1e-9, atol=1e-15), "transfer is not nodal")
    s = x.solve(v)
    check(np.allclose(s.i_bl, want, rtol=1e-9, atol=1e-15), "solve is not nodal")
    check(np.isclose(s.i_bl.sum(), -s.i_wl.sum()), "currents do not add to 0")
    check(np.allclose(((s.node_wl - s.node_bl) * g).sum(0), s.i_bl), "cells do not give i_bl")
    sinh = ohmic.Crossbar(g).solve(v, iv="sinh:0.1")
    want = (g * 0.1 * np.sinh(v[:, None] / 0.1)).sum(0)
    check(np.allclose(sinh.i_bl, want) and sinh.steps > 0, "sinh without wires")
    check((ohmic.Crossbar(g).transfer() == g).all(), "no wires, another matrix")
    raises(ohmic.OhmicError, "row 0, column 0", lambda: ohmic.Crossbar([[-1.0]]).transfer())
    raises(ohmic.OhmicError, "", lambda: x.solve(v, iv="odd"))
    raises(ValueError, "wl_left: shape (2,)", lambda: ohmic.Crossbar(g, wl_left=[1, 2]))
    raises(ValueError, "v_wl: shape", lambda: x.solve([1, 2]))


def library():
    """In a process of its own: the library that is named is not there."""
    done = subprocess.run([sys.executable, "-c", "import ohmic; ohmic.Matrix([[1]])"],
                          env={**os.environ, "OHMIC_LIBRARY": "/nowhere/lib.so"}, check=False,
                          capture_output=True, text=True)
    check("OhmicError: OHMIC_LIBRARY: /nowhere/lib.so: no such file" in done.stderr, done.stderr)


def imported(out):
    rng = np.random.default_rng(3)
    x = rng.integers(0, 256, (80, 20)).astype(np.uint8)
    w = rng.normal(0, .3, (20, 4))
    record = ohmic.from_float([(w, np.zeros(4), None)], x, f"{out}/float")
    with ohmic.Network(f"{out}/float", config="small", device="ideal") as n:
        y = n.run(x).scores * record["layers"][-1]["step"]
    check(np.abs(y - x / 255 @ w).max() < 0.1, "from_float to the chip")
    raises(ohmic.ImportFailed, "none.onnx",
           lambda: ohmic.import_model(f"{out}/none.onnx", x, f"{out}/none"))


def main():
    out = sys.argv[1]
    matrices()
    networks(out)
    estimates()
    crossbars()
    library()
    imported(out)
    print(f"CHECKS {checks}")


main()
