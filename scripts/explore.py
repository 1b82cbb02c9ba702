#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Design-space exploration on the SystemC model: runs every point of a described space, writes a
table (explore.csv) and a Pareto figure (pareto.svg, gnuplot).

The space is a JSON file (sim/configs/explore.json): a network with its data, and for each setting
the values it takes. `config` is NAME:WxH, configuration and mesh; all others are settings of
`ohmic --tlm` (see `ohmic --help`). `pareto` names the two columns of the figure. A point that
cannot be mapped has its reason in the column `error` and is no failure.
"""

import argparse
import csv
import itertools
import json
import os
import pathlib
import re
import sys

from plan import Plan, content_key, job
from runners import run_all
from whole import draw, whole

FORMAT = "ohmic-explore-1"
NEEDED = {
    "net": str,
    "data": str,
    "labels": str,
    "device": str,
    "mapping": str,
    "seed": int,
    "images": int,
    "space": dict,
    "pareto": list,
}
# column: smaller is better?
RESULTS = {
    "latency_us": True,
    "cycles_per_image": True,
    "images_per_s": False,
    "energy_nj": True,
    "power_mw": True,
    "tops_w": False,
    "area_mm2": True,
    "tops_mm2": False,
    "busiest_link": True,
    "accuracy": False,
}
# What stands at an axis of the figure.
LABELS = {
    "latency_us": "latency of an image, µs",
    "cycles_per_image": "cycles an image",
    "images_per_s": "images a second",
    "energy_nj": "energy of an image, nJ",
    "power_mw": "power, mW",
    "tops_w": "efficiency, TOPS/W",
    "area_mm2": "area, mm²",
    "tops_mm2": "density, TOPS/mm²",
    "busiest_link": "load of the busiest link, %",
    "accuracy": "accuracy, %",
}
COST = 5e-3       # seconds an image, about
FRONT_NAMES = 12  # points of the front that have their settings beside them


def bad(path, text):
    print(f"explore: {path}: {text}", file=sys.stderr)
    sys.exit(2)


def load(path):
    """The space, every field checked."""
    try:
        with open(path, encoding="utf-8") as f:
            space = json.load(f)
    except (OSError, ValueError) as e:
        bad(path, str(e))
    if not isinstance(space, dict) or space.get("format") != FORMAT:
        bad(path, f"format: expected {FORMAT}")
    for name, kind in NEEDED.items():
        if not isinstance(space.get(name), kind):
            bad(path, f"{name}: {space.get(name)!r}, expected {kind.__name__}")
    for name in space:
        if name not in NEEDED and name != "format":
            bad(path, f"{name}: unknown field")
    for name, values in space["space"].items():
        if not isinstance(values, list) or not values:
            bad(path, f"space.{name}: {values!r}, expected a list of values")
    if "config" not in space["space"]:
        bad(path, "space.config: missing, expected a list of NAME:WxH")
    for value in space["space"]["config"]:
        if not re.fullmatch(r"\w+:\d+x\d+", str(value)):
            bad(path, f"space.config: {value!r}, expected NAME:WxH")
    if space["images"] < 8:
        bad(path, f"images: {space['images']}, expected 8 or more (steady state)")
    if len(space["pareto"]) != 2 or any(p not in RESULTS for p in space["pareto"]):
        bad(path, f"pareto: {space['pareto']!r}, expected two of {', '.join(RESULTS)}")
    return space


def job_of(space, point, args, number):
    """A point's line of the plan."""
    out = os.path.join(args.out, f"point-{number}")
    config, mesh = point["config"].split(":")
    command = [
        args.ohmic,
        "--backend",
        "tlm",
        "--tlm-lib",
        args.tlm_lib,
        "--energy",
        args.energy,
        "--config",
        config,
        "--mesh",
        mesh,
        "--out",
        out,
        "--count",
        str(space["images"]),
        "--seed",
        str(space["seed"]),
    ]
    for name in ("net", "data", "labels", "device", "mapping"):
        command += [f"--{name}", space[name]]
    for name, value in point.items():
        if name != "config":
            command += ["--tlm", f"{name}={value}"]
    return job(f"point-{number}", command, seed=space["seed"], range=[0, space["images"]],
               cost=space["images"] * COST, result=f"{out}/layers.json", answers=[1, 2])


def row_of(record):
    """A row of results, or its error."""
    if record["exit"]:
        return {"error": record["said"]}
    figures = record["result"]
    said = pathlib.Path(record["log"]).read_text(encoding="utf-8")
    load = re.search(r"^link load +\S+ \S ([\d.]+) %", said, re.M)
    clock, cycles, energy = (
        figures["clock_mhz"],
        figures["cycles_per_image"],
        figures["energy_nj_per_image"],
    )
    return {
        "latency_us": figures["latency_cycles"] / clock,
        "cycles_per_image": cycles,
        "images_per_s": 1e6 * clock / cycles,
        "energy_nj": energy,
        "power_mw": energy * clock / cycles,
        "tops_w": figures["tops_w"],
        "area_mm2": figures["area_mm2"],
        "tops_mm2": figures["tops_mm2"],
        "busiest_link": float(load.group(1)),
        "accuracy": figures["accuracy_chip"],
        "error": "",
    }


def front(rows, names):
    """Marks the rows that no other is better than in both columns."""
    def key(row, name):
        return row[name] if RESULTS[name] else -row[name]

    good = [r for r in rows if not r["error"]]
    for r in good:
        a = [key(r, n) for n in names]
        r["pareto"] = int(
            not any(
                all(key(o, n) <= x for n, x in zip(names, a))
                and any(key(o, n) < x for n, x in zip(names, a))
                for o in good
            )
        )


def axis(which, name, values):
    """Label and scale of an axis: 2.5 k instead of 2500, logarithmic where values lie far apart."""
    low, high = min(values), max(values)
    lines = [f"set {which}label '{LABELS[name]}' noenhanced", f"set format {which} '%.4g'"]
    if high >= 10000:
        lines[1] = f"set format {which} '%.1s %c'"
    if low > 0 and high / low > 50:
        lines.append(f"set logscale {which}")
    return "\n".join(lines)


def figure(space, rows, out):
    """pareto.svg from points.dat (all points) and front.dat, whose points are named by what was
    varied."""
    names = space["pareto"]
    varied = [n for n, values in space["space"].items() if len(values) > 1]
    good = [r for r in rows if not r["error"]]
    best = sorted((r for r in good if r["pareto"]), key=lambda r: r[names[0]])
    for name, part in (("points", good), ("front", best)):
        places = {}  # points in one place share a label
        for r in part:
            place = f"{r[names[0]]:.9g} {r[names[1]]:.9g}"
            places.setdefault(place, []).append(" ".join(str(r[n]) for n in varied))
        with whole(f"{out}/{name}.dat") as f:
            f.writelines(f'{place} "{" = ".join(called)}"\n' for place, called in places.items())
    title = (
        f"{os.path.basename(space['net'].rstrip('/'))} on {space['device']}: {len(good)} points, "
        f"{space['images']} images each"
    )
    named = ""
    if len(best) <= FRONT_NAMES:
        named = (
            f", '{out}/front.dat' using 1:2:3 with labels left offset 0.8,0.6 font ',10' "
            "noenhanced notitle"
        )
    axes = "\n".join(axis(which, name, [r[name] for r in good]) for which, name in zip("xy", names))
    script = f"""set terminal svg size 900,600 font 'sans,13' background '#ffffff'
set output '{out}/pareto.svg'
set title '{title}' noenhanced
{axes}
set grid lc rgb '#dddddd'
set key outside bottom center horizontal
set offsets graph 0.04, graph 0.16, graph 0.08, graph 0.04
plot '{out}/points.dat' with points pt 6 lc rgb '#888888' title 'points', \\
     '{out}/front.dat' with linespoints pt 7 lw 2 lc rgb '#0060ad' \\
     title 'Pareto front: none is better in both'{named}
"""
    with whole(f"{out}/pareto.gp") as f:
        f.write(script)
    draw(script, f"{out}/pareto.svg")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("space", help="JSON file of the space")
    parser.add_argument("--out", default="sim/out/explore")
    parser.add_argument("--runner", default="")
    parser.add_argument("--ohmic", default="sim/out/build/ohmic")
    parser.add_argument("--tlm-lib", default="sim/out/build/libohm_tlm.so")
    parser.add_argument("--energy", default="sim/configs/energy.txt")
    args = parser.parse_args()
    space = load(args.space)
    os.makedirs(args.out, exist_ok=True)
    names = list(space["space"])
    points = [dict(zip(names, values)) for values in itertools.product(*space["space"].values())]
    key = content_key(*(space[n] for n in ("net", "data", "labels")), args.ohmic, args.tlm_lib,
                      args.energy)
    plan, records = run_all(
        Plan(f"{args.out}/jobs", "explore",
             [job_of(space, point, args, i) for i, point in enumerate(points)], key),
        args.runner, "explore", "images")
    plan.finish()
    rows = [{**p, **{n: "" for n in RESULTS}, "pareto": 0, **row_of(records[f"point-{i}"])}
            for i, p in enumerate(points)]
    front(rows, space["pareto"])
    table = f"{args.out}/explore.csv"
    with whole(table) as f:
        writer = csv.DictWriter(f, names + list(RESULTS) + ["pareto", "error"])
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
    good = [r for r in rows if not r["error"]]
    if not good:
        bad(args.space, f"no point could be run; the first: {rows[0]['error']}")
    figure(space, rows, args.out)
    print(
        f"{len(good)} of {len(rows)} points; on the Pareto front of "
        f"{' and '.join(space['pareto'])}:"
    )
    for r in sorted((r for r in good if r["pareto"]), key=lambda r: r[space["pareto"][0]]):
        print(
            "  "
            + " ".join(f"{n}={r[n]}" for n in names)
            + "  "
            + " ".join(f"{n} {r[n]:.5g}" for n in space["pareto"])
        )
    for reason in sorted({r["error"] for r in rows if r["error"]}):
        print(f"  left out: {reason}")
    print(f"left       {table} {args.out}/pareto.svg")


if __name__ == "__main__":
    main()
