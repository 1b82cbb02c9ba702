#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One network under the codings of published chips: inputs, weights and conversions of each, the
same tiles (docs/explain/sweep.md).

Converters are sizes of a chip, so their rows run on sister configurations (base_cco beside base),
where there is one. Prints a table and leaves sweep.csv and, where gnuplot is at hand, sweep.svg. A
setting that cannot run says why in its row; only when none can, the sweep fails.
"""

import argparse
import csv
import json
import os
import shutil
import sys

from plan import Plan, content_key, job
from runners import run_all
from whole import draw, whole

# Name, options of ohmic, what it is and the chip that does it so. Published precisions of weights
# differ; here all are 8 bits.
SETTINGS = [
    ("pulse width", "", "8-bit pulses, signs and weights in the cell: HERMES"),
    ("pulse count", "--pulse-count", "8-bit pulse trains, a charge for each: NeuRRAM"),
    ("4+4", "--slices 4+4", "two input slices"),
    ("2+3+3", "--slices 2+3+3", "three input slices: NTHU 22 nm"),
    ("bit-serial", "--slices 8x1", "one bit a read: HERMES' second mode"),
    ("two-phase", "--apart inputs", "x+ and x- apart"),
    (
        "columns apart",
        "--apart weights",
        "plus and minus devices converted apart, subtracted as numbers",
    ),
    ("four-phase", "--apart both", "{x+, x-} x {W+, W-}: IBM 64-core chip"),
    ("2-bit cells", "--cell-bits 2", "weights over four columns, 8-bit pulses"),
    ("bits and cells", "--slices 8x1 --cell-bits 2", "one bit a read, 2-bit cells: ISAAC"),
    (
        "prime",
        "--slices 4+4 --cell-bits 4 --adc-bits 6",
        "4-bit slices of inputs and weights, 6-bit converter: PRIME",
    ),
    ("row groups", "--row-groups 4", "a quarter of the rows at once"),
    ("ADC 4 bits", "--adc-bits 4", "pulse width"),
    ("ADC 5 bits", "--adc-bits 5", "pulse width"),
    ("ADC 6 bits", "--adc-bits 6", "pulse width"),
    ("ADC 7 bits", "--adc-bits 7", "pulse width"),
    ("ADC 9 bits", "--adc-bits 9", "pulse width"),
]
# Name, sister configuration, what it is
CONVERTERS = [
    ("oscillators", "cco", "a column's oscillator counts while it integrates: HERMES"),
    ("shared SAR", "sar", "an 8-bit SAR for 8 columns: ISAAC, PUMA, MNEMOSENE"),
    ("flash", "flash", "3 bits a column, one cycle"),
]
COLUMNS = [
    "setting",
    "config",
    "options",
    "tiles",
    "accuracy",
    "accuracy_ideal_device",
    "cycles_per_vmm",
    "cycles_per_image",
    "conversions_per_image",
    "energy_nj_per_image",
    "clipped_percent",
    "error_percent",
    "vmms_checked",
]


COST = {"model": 1e-3, "rtl": 1e-2}  # seconds an image, about
BAD_INPUT = 2   # exit status of ohmic when the network and the setting do not go together


def fail(text):
    print(f"sweep: {text}", file=sys.stderr)
    sys.exit(2)


def library(args, config):
    return args.rtl_lib.replace(f"/{args.config}-", f"/{config}-")


def rows_of(args):
    """Name, configuration, options, what it is."""
    for name, options, what in SETTINGS:
        yield name, args.config, options, what
    with open("sim/configs/ohmic.json", encoding="utf-8") as f:
        known = json.load(f)["configs"]
    for name, sister, what in CONVERTERS:
        config = f"{args.config}_{sister}"
        if config not in known:
            continue
        if args.backend == "rtl" and not os.path.exists(library(args, config)):
            print(
                f"{name:15} left out: no {library(args, config)}, make rtl CONFIG={config} "
                f"MESH={args.mesh}"
            )
            continue
        yield name, config, "", what


def job_of(args, name, config, options):
    """A setting's line of the plan."""
    out = os.path.join(args.out, name.replace(" ", "-"))
    command = [
        args.ohmic,
        "--backend",
        args.backend,
        "--net",
        args.net,
        "--data",
        args.data,
        "--config",
        config,
        "--mesh",
        args.mesh,
        "--device",
        args.device,
        "--count",
        str(args.count),
        "--seed",
        str(args.seed),
        "--energy",
        args.energy,
        "--out",
        out,
    ]
    command += (["--labels", args.labels] if args.labels else []) + (
        ["--rtl-lib", library(args, config)]
        if args.backend == "rtl"
        else ["--tlm-lib", args.tlm_lib]
        if args.tlm_lib
        else []
    )
    return job(name.replace(" ", "-"), command + options.split(), seed=args.seed,
               range=[0, args.count], cost=args.count * COST[args.backend],
               result=f"{out}/layers.json", answers=[BAD_INPUT])


def row_of(r, name, config, options):
    first = r["layers"][0]
    row = {
        "setting": name,
        "config": config,
        "options": options,
        "accuracy": r["accuracy_chip"],
        "accuracy_ideal_device": r["accuracy_ideal_chip"],
        "clipped_percent": 100 * r["clipped"] / (r["conversions_per_image"] * r["images"]),
        "error_percent": 100 * first["error_rms"] / first["output_range"],
    }
    return dict(row, **{k: r[k] for k in COLUMNS if k not in row})


def plot(args, rows):
    if not shutil.which("gnuplot"):
        return ""
    data = "\n".join(
        f'"{r["setting"]}" {100 - r["accuracy"]:g} {r["cycles_per_vmm"]:g} '
        f'{r["energy_nj_per_image"]:g}'
        for r in rows
    )
    panels = [(2, "wrong images, %"), (3, "cycles a multiply"), (4, "energy, nJ an image")]
    script = (
        f'set terminal svg size 900,720 font "sans,11"\nset output \'{args.out}/sweep.svg\'\n$data '
        f'<< EOD\n{data}\nEOD\n'
        "set multiplot layout 3,1\nset style fill solid 0.6\nset boxwidth 0.7\nset xtics rotate by "
        "30 right\nunset key\nset grid y\nset yrange [0:*]\n"
        + "".join(
            f'set ylabel "{label}"\nplot $data using 0:{column}:xtic(1) with boxes\n'
            for column, label in panels
        )
    )
    draw(script, f"{args.out}/sweep.svg")
    return f" {args.out}/sweep.svg"


def head_of(args, r):
    """What was run, and the head of the table."""
    return (
        f"{args.net}, {args.count} images, {args.device}, {args.config} {args.mesh}, "
        f"backend {args.backend}; software {r['accuracy_software']:.2f} %\n\n"
        f"{'setting':15} {'chip':>8} {'ideal':>8} {'tiles':>5} {'cycles/VMM':>10} {'an image':>9} "
        f"{'conversions':>11} {'nJ':>9} {'clipped':>8} {'error':>7}"
    )


def line_of(name, row, what):
    """A setting's line of the table."""
    cycles = row["cycles_per_image"]  # of the fast model only where it finds the SystemC model
    return (f"{name:15} {row['accuracy']:6.2f} % {row['accuracy_ideal_device']:6.2f} % "
            f"{row['tiles']:5} "
            f"{row['cycles_per_vmm']:10} {'-' if cycles is None else format(cycles, '.1f'):>9} "
            f"{row['conversions_per_image']:11.0f} {row['energy_nj_per_image']:9.2f} "
            f"{row['clipped_percent']:6.3f} % {row['error_percent']:5.2f} %  {what}")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    for name, default in (
        ("net", None),
        ("data", None),
        ("labels", ""),
        ("config", "base"),
        ("mesh", None),
        ("device", "pcm-hermes"),
        ("backend", "model"),
        ("rtl-lib", ""),
        ("tlm-lib", ""),
        ("energy", "sim/configs/energy.txt"),
        ("out", "sim/out/sweep"),
        ("ohmic", "sim/out/build/ohmic"),
        ("runner", ""),
    ):
        p.add_argument("--" + name, default=default, required=default is None)
    for name, default in (("count", 1000), ("seed", 1)):
        p.add_argument("--" + name, type=int, default=default)
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    chosen = list(rows_of(args))
    key = content_key(args.net, args.data, args.labels, args.energy, args.ohmic, args.tlm_lib,
                      *(library(args, config) for _, config, _, _ in chosen))
    plan, records = run_all(
        Plan(f"{args.out}/jobs", "sweep",
             [job_of(args, name, config, options) for name, config, options, _ in chosen], key),
        args.runner, "sweep", "images")
    rows, refused = [], []
    for name, config, options, what in chosen:
        record = records[name.replace(" ", "-")]
        if record["exit"] == BAD_INPUT:
            refused.append((name, record["said"].removeprefix("ohmic: ")))
            if rows:
                print(f"{name:15} left out: {refused[-1][1]}")
            continue
        if not rows:
            print(head_of(args, record["result"]))
            for before, why in refused:
                print(f"{before:15} left out: {why}")
        rows.append(row_of(record["result"], name, config, options))
        print(line_of(name, rows[-1], what))
    if not rows:
        fail(": ".join(refused[0]))
    plan.finish()
    with whole(f"{args.out}/sweep.csv") as f:
        table = csv.DictWriter(f, COLUMNS)
        table.writeheader()
        table.writerows(
            {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows
        )
    print(
        "\nconversions, nJ: of an image; clipped: of the conversions; error: RMS of the first "
        "layer, % of the range of its exact products\n"
        f"left       {args.out}/sweep.csv{plot(args, rows)}"
    )


if __name__ == "__main__":
    main()
