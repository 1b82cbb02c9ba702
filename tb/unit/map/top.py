#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Register checks side by side: one ohm_reg_check for each configuration, and for drawn ones, of
crossbar and vector tiles in turn.

  top.py OUTDIR SEED     writes OUTDIR/top.v, and the same configurations as OUTDIR/configs.h
"""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
import gen  # noqa: E402
import gen_rtl  # noqa: E402

DRAWN = 40


def drawn(c, rng):
    """A configuration of sizes from anywhere in their ranges."""
    while True:
        cfg = {}
        for key, p in c["parameters"].items():
            values = [v for v in range(0, p["max"] + 1) if gen.legal(p, v)]
            cfg[key] = rng.choice([values[0], values[-1], rng.choice(values)])
        if all(gen.holds(rule["expect"], cfg) for rule in c["rules"]):
            return cfg


def main(out, seed):
    _, c = gen.load()
    rng = random.Random(seed)
    configs = list(c["configs"].items()) + [(f"drawn {i}", drawn(c, rng)) for i in range(DRAWN)]
    check = gen_rtl.modules(gen.ROOT, "rtl", ".v")["ohm_reg_check"][0]
    kinds = [i for i, name in enumerate(c["kinds"]) if name != "none"]
    verilog = [f"module top (input wire [15:0] addr, output wire [{len(configs) - 1}:0] ok);"]
    header = ["static const struct ohm_config configs[] = {"]
    kind_of = []
    for i, (name, cfg) in enumerate(configs):
        passed = []
        kind_of.append(kinds[i % len(kinds)])
        for parameter in check.parameters:
            value = cfg.get(parameter, kind_of[-1] if parameter == "KIND" else None)
            if value is None:
                value = int(gen.holds(c["derived"][parameter], cfg))
            passed.append(f".{parameter}({value})")
        verilog.append(f"    ohm_reg_check #({', '.join(passed)}) u_{i} ("
                       f".addr(addr), .ok(ok[{i}]));")
        sizes = ", ".join(f".{k.lower()} = {cfg[k]}" for k in c["parameters"])
        header.append(f'    {{.name = "{name}", {sizes}}},')
    shown = ", ".join(str(kind) for kind in kind_of)
    header += ["};", f"static const int kind_of[] = {{{shown}}}; // enum ohm_kind", ""]
    (out / "top.v").write_text("\n".join(verilog + ["endmodule", ""]), encoding="utf-8")
    (out / "configs.h").write_text("\n".join(header), encoding="utf-8")


main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
