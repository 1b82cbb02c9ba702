# SPDX-License-Identifier: Apache-2.0
"""Right networks on which a chip says nothing to the host for long: the driver must not take them
for stuck on models that have time (SystemC model, RTL), and the scores must be what NumPy says.

  timed.py PROGRAM OUT quick|full BACKEND…

The RTL takes part where its chip is one of those that the test has built.
"""
import re
import sys

import numpy as np

import networks as nn

SMALL = ("small", "4x4")
BASE = ("base", "4x4")
EXACT = ["--device", "ideal", "--mapping", "exact"]
PWM = ["--device", "ideal", "--adc-bits", "9"]


class Check:
    def __init__(self, program, out, backends, built):
        self.program, self.out, self.backends, self.built = program, out, backends, built
        self.checks = 0

    def run(self, name, chip, shape, layers, x, options):
        """One network on every back end; exact ones by value, others by class where it is clear."""
        to = f"{self.out}/{name}"
        nn.write(to, shape, layers, None if "exact" in options else x)
        want = nn.meaning(shape, layers, x)[layers[-1]["name"]]
        for backend in self.backends:
            if backend == "rtl" and chip not in self.built:
                continue
            done = nn.Chip(self.program, backend, *chip).run(to, x, options)
            told = (done.stderr.strip().splitlines() or [""])[0]
            if done.returncode:
                sys.exit(f"FAIL situations: {name} on {backend}: {told}")
            got = nn.scores(to)
            if "exact" in options and not np.array_equal(got, want):
                sys.exit(f"FAIL situations: {name} on {backend}: {got[0]}, expected {want[0]}")
            latency = re.search(r"^cycles +(.*)", done.stdout, re.M)
            print(f"{name:<24} {backend:<6} {latency[1] if latency else ''}", flush=True)
            self.checks += got.size


def pixel(check, rng, images=2):
    """A layer of 49 windows in front of a global pool, one copy of its weights."""
    x = rng.integers(0, 256, (images, 7, 7, 1))
    layers = [nn.conv(rng, "c", (7, 7, 1), (1, 1), 6, pool={"type": "global-max"}),
              nn.dense(rng, "d", 6, 2)]
    check.run("pool_of_49", SMALL, (7, 7, 1), layers, x,
              EXACT + ["--replicas", "c=1"])


def lines(check, rng):
    for high, kernel in ((1, (1, 3)), (3, (2, 2))):
        x = rng.integers(0, 256, (2, high, 1000, 1))
        wide, rows = 1000 - kernel[1] + 1, high - kernel[0] + 1
        layers = [nn.conv(rng, "c", (high, 1000, 1), kernel, 1, pool={
                      "type": "max", "size": [rows, 4]}),
                  nn.dense(rng, "d", wide // 4, 2)]
        check.run(f"lines_of_1000_{high}", BASE, (high, 1000, 1), layers, x,
                  PWM + ["--replicas", "c=1"])


def deep(check, rng, count=64):
    x = rng.integers(0, 256, (2, 16))
    layers = [nn.dense(rng, f"d{i}", 16, 16, last=i == count - 1) for i in range(count)]
    check.run(f"{count}_dense", ("small", "8x8"), (16,), layers, x, EXACT)
    x = rng.integers(0, 256, (2, 6, 5, 1))
    layers = [nn.conv(rng, f"c{i}", (6, 5, 2 if i else 1), (1, 1), 2) for i in range(count - 1)]
    layers += [nn.dense(rng, "d", 60, 2)]
    check.run(f"{count}_windows", ("small", "8x8"), (6, 5, 1), layers, x,
              EXACT + sum((["--replicas", f"c{i}=1"] for i in range(count - 1)), []))


def anything(rng):
    """A random network of windows, pools and groups, and a dense layer behind it."""
    shape = (int(rng.integers(4, 12)), int(rng.integers(4, 12)), int(rng.integers(1, 4)))
    layers, at = [], shape
    for i in range(int(rng.integers(1, 4))):
        kernel = [int(rng.integers(1, min(3, n) + 1)) for n in at[:2]]
        groups = at[2] if rng.random() < .3 else 1
        layer = nn.conv(rng, f"c{i}", at, kernel, groups * int(rng.integers(1, 7)), groups=groups)
        if rng.random() < .3:
            layer["padding"] = min(kernel) - 1
        high, wide = [at[k] + 2 * layer.get("padding", 0) - kernel[k] + 1 for k in (0, 1)]
        pool = rng.integers(0, 4)
        if pool == 0:
            layer["pool"] = {"type": str(rng.choice(["global-max", "global-average"]))}
            high = wide = 1
        elif pool == 1 and min(high, wide) > 1:
            layer["pool"] = {"type": str(rng.choice(["max", "average"])), "size": 2}
            high, wide = high // 2, wide // 2
        layers.append(layer)
        at = (high, wide, layer["weights"].shape[1])
    layers.append(nn.dense(rng, "d", at[0] * at[1] * at[2], int(rng.integers(2, 11))))
    return shape, layers


def randoms(check, rng, count=20):
    """Random networks, one copy of every layer: the slowest that the mapper makes."""
    for i in range(count):
        shape, layers = anything(rng)
        x = rng.integers(0, 256, (2,) + shape)
        one = sum((["--replicas", f"c{k}=1"] for k in range(len(layers) - 1)), [])
        check.run(f"random_{i}", ("small", "8x8"), shape, layers, x, EXACT + one)
        check.run(f"random_{i}_pwm", ("base", "8x8"), shape, layers, x, PWM + one
                  + (["--calibrate", "64"] if i % 2 else []))


def main():
    program, out, name, *backends = sys.argv[1:]
    quick = name == "quick"
    check = Check(program, out, backends, [SMALL] if quick else [SMALL, BASE])
    rng = np.random.default_rng(7)
    for case in (pixel, lines, deep) if quick else (pixel, lines, deep, randoms):
        case(check, rng)
    print(f"PASS situations {check.checks} checks")


main()
