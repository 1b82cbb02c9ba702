#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shipped networks on the SystemC model: results against the golden model, bit
for bit; cycles against the RTL's
(rtl_cycles.txt); what settings change and what they must not.
Usage: test_networks.py OHMIC TLM_LIB OUT"""

import csv
import json
import os
import re
import subprocess
import sys

# Promised are 2 %; today every figure is exact, and a cycle too many somewhere is a fault.
LIMIT = 0.001
DATA = {
    "digits-16-16-10": ("sim/data/digits/test-images-4x4.npy", "sim/data/digits/test-labels.npy"),
    "digits-64-32-10": ("sim/data/digits/test-images.npy", "sim/data/digits/test-labels.npy"),
    "mnist-cnn": (
        "sim/data/mnist/t10k-images-idx3-ubyte.gz",
        "sim/data/mnist/t10k-labels-idx1-ubyte.gz",
    ),
    "mnist-196-240-10": (
        "sim/data/mnist/t10k-images-14x14-idx3-ubyte.gz",
        "sim/data/mnist/t10k-labels-idx1-ubyte.gz",
    ),
    "mnist-784-240-10": (
        "sim/data/mnist/t10k-images-idx3-ubyte.gz",
        "sim/data/mnist/t10k-labels-idx1-ubyte.gz",
    ),
}
checks = 0


def fail(text):
    print(f"FAIL tlm: {text}")
    sys.exit(1)


def check(ok, text):
    global checks
    checks += 1
    if not ok:
        fail(text)


class Run:
    """One run of ohmic; its files and figures."""

    def __init__(self, backend, net, config, mesh, device, mapping, seed, images, *settings):
        self.dir = os.path.join(
            out,
            f"{backend}-{net}-{config}-{mesh}-{mapping}-{images}"
            + "".join("-" + s.split("=")[0] for s in settings),
        )
        command = [
            ohmic,
            "--backend",
            backend,
            "--tlm-lib",
            library,
            "--net",
            f"sim/networks/{net}",
            "--data",
            DATA[net][0],
            "--labels",
            DATA[net][1],
            "--config",
            config,
            "--mesh",
            mesh,
            "--device",
            device,
            "--mapping",
            mapping.split("+")[0],
            "--seed",
            str(seed),
            "--count",
            str(images),
            "--out",
            self.dir,
            "--energy",
            "sim/configs/energy.txt",
        ]
        if mapping.endswith("+links"):
            command += ["--links", "durations"]
        for s in settings:
            command += ["--tlm", s]
        done = subprocess.run(command, capture_output=True, text=True)
        self.text = done.stdout
        if done.returncode:
            fail(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
        with open(f"{self.dir}/predictions.csv", encoding="utf-8") as f:
            self.scores = f.read()
        with open(f"{self.dir}/layers.json", encoding="utf-8") as f:
            self.figures = json.load(f)
        self.counters = re.search(r"^counters .*$", self.text, re.M).group()
        cycles = re.search(
            r"^cycles +latency (\d+), steady state ([\d.]+) per image; (\d+) in all",
            self.text,
            re.M,
        )
        self.cycles = [float(x) for x in cycles.groups()] if cycles else None


def off(got, expected):
    return abs(got - expected) / expected


ohmic, library, out = sys.argv[1:4]
here = os.path.dirname(os.path.abspath(__file__))
worst = 0.0
for line in open(f"{here}/rtl_cycles.txt", encoding="utf-8"):
    if line.startswith("#") or not line.strip():
        continue
    net, config, mesh, device, mapping, seed, images, *rtl = line.split()
    case = (net, config, mesh, device, mapping, seed, images)
    tlm, golden = Run("tlm", *case), Run("golden", *case)
    check(tlm.scores == golden.scores, f"{case}: other scores than the golden model's")
    check(
        tlm.counters == golden.counters,
        f"{case}: {tlm.counters}, the golden model has {golden.counters}",
    )
    for name, got, expected in zip(
        ("latency", "cycles per image", "cycles in all"), tlm.cycles, map(float, rtl)
    ):
        worst = max(worst, off(got, expected))
        check(off(got, expected) <= LIMIT, f"{case}: {name} {got:g}, the RTL takes {expected:g}")

# settings: same results at any of them; time and energy move the way they must
case = ("digits-64-32-10", "tiny", "4x4", "ideal", "pwm", 2, 100)
plain = Run("tlm", *case)
variants = {
    s: Run("tlm", *case, *s.split())
    for s in (
        "timing=lt",
        "noc_clock=1/2",
        "noc_clock=2",
        "adc_steps=2",
        "fifo_depth=8",
        "psum_slots=4 acc_banks=4",
        "clock_mhz=500",
    )
}
for name, v in variants.items():
    check(v.scores == plain.scores, f"{name}: other scores than without")
latency = {name: v.cycles[0] for name, v in variants.items()}
check(
    latency["timing=lt"] <= plain.cycles[0], "timing=lt: a packet that meets no other takes longer"
)
check(latency["noc_clock=1/2"] > plain.cycles[0], "noc_clock=1/2: slow routers cost nothing")
check(latency["adc_steps=2"] < plain.cycles[0], "adc_steps=2: faster ramps gain nothing")
check(
    variants["fifo_depth=8"].cycles[1] <= plain.cycles[1] * 1.01,
    "fifo_depth=8: longer queues cost time",
)
check(
    variants["clock_mhz=500"].cycles == plain.cycles,
    "clock_mhz=500: cycles depend on the clock's frequency",
)
check(
    variants["clock_mhz=500"].figures["energy_nj_per_image"] > plain.figures["energy_nj_per_image"],
    "clock_mhz=500: integrators that are on twice as long need no more energy",
)

# the trace has every packet, and none faster than its way
trace = f"{out}/trace.txt"
Run("tlm", *case[:6], 20, f"trace={trace}")
kinds = {}
for line in open(trace, encoding="utf-8"):
    if line.startswith("#"):
        continue
    sent, delivered, kind, source, target, number, offset, flits, routers = line.split()[:9]
    kinds[kind] = kinds.get(kind, 0) + 1
    if int(delivered) < int(sent) + int(flits) - 1 + (int(routers) if target == "host" else 0):
        fail(f"trace: faster than its way: {line.strip()}")
    checks += 1
check(kinds.get("RESULT") == 20, f"trace: {kinds.get('RESULT')} results, expected 20")
check(
    kinds.get("ACT", 0) > 20 and kinds.get("PSUM", 0) > 20 and kinds.get("CREDIT", 0) > 20,
    f"trace: {kinds}",
)

# links.csv adds up: what enters a tile's mesh leaves it
flits = {}
for row in csv.DictReader(open(f"{plain.dir}/links.csv", encoding="utf-8")):
    flits[(int(row["x"]), int(row["y"]), row["port"])] = int(row["flits"])
check(
    flits[(0, 0, "I")] > 0 and flits[(0, 0, "W")] > 0 and sum(flits.values()) > 100 * 350,
    "links.csv: flits are missing",
)

print(f"worst deviation from the RTL's cycles {100 * worst:.3f} %", file=sys.stderr)
print(f"CHECKS {checks}")
