#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each non-ideality costs: a network on the fast model with all of them, without each one, and
with each one alone.

Costs are told in points of accuracy and, layer by layer, in error RMS (percent of the exact
products' range). Written too: diagnose.csv. An error that a setting does not have is left out of
the table.
"""

import argparse
import csv
import os
import sys

from plan import Plan, content_key, job
from runners import run_all
from whole import whole

# Device parameters of one origin, with the value that switches it off (behav/device); a device has
# some of them.
DEVICE = {
    "programming": {"program_scale": 0, "sigma0": 0, "sigma1": 0},
    "device spread": {"d2d": 0, "c2c": 0, "stuck_high": 0, "stuck_low": 0},
    "read noise": {
        "read_scale": 0,
        "read_sigma": 0,
        "read_noise": 0,
        "rtn_rate": 0,
        "thermal_time": 0,
    },
}
ALWAYS = (
    "d2d",
    "c2c",
    "stuck_high",
    "stuck_low",
    "read_noise",
    "rtn_rate",
    "thermal_time",
)  # parameters of every device
OWN = {
    "pcm-hermes": ("program_scale", "read_scale"),
    "pcm-hermes-one": ("program_scale", "read_scale"),
    "pcm": ("program_scale", "read_scale"),
    "rram-neurram": ("program_scale", "read_sigma"),
    "rram-cmo": ("program_scale", "read_scale"),
    "rram-ihp": ("sigma0", "sigma1"),
    "ideal": (),
}
# Parameters of wires and readout (behav/crossbar/ohm_physics.h), with the value that switches them
# off.
PHYSICS = {
    "wires": {"r_wl": 0, "r_bl": 0, "r_drive": 0, "r_sense": 0},
    "integrators": {"gain": 1, "gain_spread": 0, "leak": 0, "saturation": 0, "droop": 0},
    "converters": {
        "offset": 0,
        "comparator_noise": 0,
        "ramp_bow": 0,
        "ramp_step": 0,
        "reference_spread": 0,
    },
}
GROUPS = list(DEVICE) + ["drift"] + list(PHYSICS)
COST = 1e-3  # seconds an image, about
COMMENT = (
    "the ADC's 8 bits are always there; clipping: its range is widened to the largest calibration "
    "charge"
)


def fail(text):
    print(f"diagnose: {text}", file=sys.stderr)
    sys.exit(2)


def parameters(path):
    """Lines name = value of a device or physics file; the program checks them."""
    out = {}
    try:
        with open(path, encoding="utf-8") as f:
            for line in f:
                name, equals, value = line.split("#")[0].partition("=")
                if equals:
                    out[name.strip()] = value.strip()
    except OSError as e:
        fail(f"{path}: {e.strerror}")
    return out


class Diagnosis:
    def __init__(self, args):
        self.args = args
        self.device = {"device": args.device}
        if args.device_file:
            self.device.update(parameters(args.device_file))
        if self.device["device"] not in OWN:
            fail(f"device: {self.device['device']}, expected one of {', '.join(OWN)}")
        self.physics = parameters(args.physics) if args.physics else {}
        self.key = content_key(args.net, args.data, args.labels, args.ohmic)

    def setting(self, off):
        """Device file, physics and time with the groups `off` switched off."""
        device, physics = dict(self.device), dict(self.physics)
        known = ALWAYS + OWN[self.device["device"]]
        for group in off:
            device.update({k: v for k, v in DEVICE.get(group, {}).items() if k in known})
            physics.update(PHYSICS.get(group, {}))
        return device, physics, 0 if "drift" in off else self.args.time

    def run(self, part, runs):
        """Accuracy in percent and error RMS of each layer, percent of the range of its products, of
        runs that are given as name, groups that are off, options."""
        plan, records = run_all(
            Plan(f"{self.args.out}/jobs-{part}", "diagnose", [self.job_of(*r) for r in runs],
                 self.key),
            self.args.runner, "diagnose", "images")
        plan.finish()
        return {name: self.row_of(name, records[name.replace(" ", "-")]["result"])
                for name, _, _ in runs}

    def job_of(self, name, off, extra):
        """A run's line of the plan; writes its device and its physics."""
        out = os.path.join(self.args.out, name.replace(" ", "-"))
        os.makedirs(out, exist_ok=True)
        device, physics, time = self.setting(off)
        for path, values in (("device.txt", device), ("physics.txt", physics)):
            with whole(f"{out}/{path}") as f:
                f.writelines(f"{k} = {v}\n" for k, v in values.items())
        a = self.args
        command = [
            a.ohmic,
            "--backend",
            "model",
            "--net",
            a.net,
            "--data",
            a.data,
            "--config",
            a.config,
            "--mesh",
            a.mesh,
            "--count",
            str(a.count),
            "--seed",
            str(a.seed),
            "--time",
            str(time),
            "--out",
            out,
            "--device-file",
            f"{out}/device.txt",
            "--physics",
            f"{out}/physics.txt",
            *extra,
        ]
        command += ["--compensate"] if a.compensate and time else []
        command += ["--labels", a.labels] if a.labels else []
        return job(name.replace(" ", "-"), command, seed=a.seed, range=[0, a.count],
                   cost=a.count * COST, result=f"{out}/layers.json", setting=[device, physics])

    def row_of(self, name, figures):
        self.software = figures["accuracy_software"]
        self.layers = [layer["name"] for layer in figures["layers"]]
        return {
            "run": name,
            "accuracy": figures["accuracy_chip"],
            **{
                layer["name"]: 100 * layer["error_rms"] / layer["output_range"]
                for layer in figures["layers"]
            },
        }

    def rows(self):
        largest = ("--range", "largest")
        plain = [("everything", [], ())]
        plain += [("without " + g, [g], ()) for g in GROUPS
                  if self.setting([g]) != self.setting([])]
        ends = [("only the ADC", GROUPS, ()), ("ADC, no clipping", GROUPS, largest)]
        row = self.run("all", plain + [("without clipping", [], largest)] + ends)
        everything = row["everything"]
        present = [name.removeprefix("without ") for name, _, _ in plain[1:]
                   if row[name] != dict(everything, run=name)]
        only = [("only " + g, [o for o in GROUPS if o != g], ()) for g in present]
        row.update(self.run("each", only) if only else {})
        return [row[name] for name in
                ["everything", *("without " + g for g in present), "without clipping",
                 *(name for name, _, _ in only), *(name for name, _, _ in ends)]]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    for name, default in (
        ("net", None),
        ("data", None),
        ("labels", ""),
        ("config", "base"),
        ("mesh", None),
        ("device", "pcm-hermes"),
        ("device-file", ""),
        ("physics", ""),
        ("out", "sim/out/diagnose"),
        ("ohmic", "sim/out/build/ohmic"),
        ("runner", ""),
    ):
        p.add_argument("--" + name, default=default, required=default is None)
    for name, default in (("time", 0), ("count", 1000), ("seed", 1)):
        p.add_argument("--" + name, type=int, default=default)
    p.add_argument("--compensate", action="store_true")
    d = Diagnosis(p.parse_args())
    rows = d.rows()
    with whole(f"{d.args.out}/diagnose.csv") as f:
        table = csv.DictWriter(f, ["run", "accuracy"] + d.layers)
        table.writeheader()
        table.writerows(
            {k: v if k == "run" else f"{v:.6g}" for k, v in row.items()} for row in rows
        )

    print(
        f"{d.args.count} images; integer software {d.software:.2f} %; error RMS in % of the range "
        "of a layer's exact products\n"
    )
    print(f"{'':22} accuracy  change  " + " ".join(f"{name:>8.8}" for name in d.layers))
    for row in rows:
        change = row["accuracy"] - (
            rows[0]["accuracy"] if row["run"].startswith("without") else d.software
        )
        print(
            f"{row['run']:22} {row['accuracy']:7.2f} % {change:+7.2f}  "
            + " ".join(f"{row[name]:8.3f}" for name in d.layers)
        )
    print(f"\nchange: of a line 'without …' against everything, else against software; {COMMENT}")
    print(f"left       {d.args.out}/diagnose.csv")


if __name__ == "__main__":
    main()
