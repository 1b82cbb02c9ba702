#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Networks and data that are unusual but right, through the RTL, every VMM checked: a chip that is
# silent for longer than a fixed limit would allow; fewer images than anybody asks for, without
# labels; one output, with labels as NumPy writes them; a tile without weights, compensated. Last
# line: PASS odd_nets <n> checks.
# Usage: run.sh [build directory]; MESH and CONFIG: the chip, built before
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${OUT:-sim/out/chip/odd_nets}
config=${CONFIG:-tiny} mesh=${MESH:-2x2}
rm -rf "$out" && mkdir -p "$out"

python3 - "$out" <<'PYTHON'
import json
import os
import struct
import sys


def put(path, code, shape, values):
    """A .npy file; code: of struct, whose size and sign give NumPy's type."""
    kind = {"b": "|i1", "B": "|u1", "h": "<i2", "i": "<i4", "q": "<i8"}[code]
    sizes = "".join(f"{n}, " for n in shape)
    head = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (kind, sizes)
    head += " " * (-(10 + len(head) + 1) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode())
        f.write(struct.pack(f"<{len(values)}{code}", *values))


def net(name, shape, images, layers):
    """Weights w[input][output] and biases of each layer into files beside network.json, and
    images."""
    to = f"{sys.argv[1]}/{name}"
    os.makedirs(to)
    for i, layer in enumerate(layers):
        w, b = layer.pop("w"), layer.pop("b")
        put(f"{to}/w{i}.npy", "b", (len(w), len(w[0])), [v for row in w for v in row])
        put(f"{to}/b{i}.npy", "q", (len(b),), b)
        layer.update(name=f"l{i}", weights=f"w{i}.npy", bias=f"b{i}.npy", outputs=len(b))
        if layer["output"] == "u8":
            put(f"{to}/s{i}.npy", "h", (len(b),), [100] * len(b))
            layer.update(scale=f"s{i}.npy", shift=14)
    with open(f"{to}/network.json", "w", encoding="utf-8") as f:
        json.dump({"format": "ohmic-network-1", "name": name,
                   "input": {"shape": shape, "type": "u8"},
                   "classes": layers[-1]["outputs"], "layers": layers}, f)
    put(f"{to}/x.npy", "B", (len(images), len(images[0])), [v for image in images for v in image])


def numbers(n, most, step=37):
    return [(i * step + 11) % (2 * most + 1) - most for i in range(n)]


def dense(inputs, outputs, w=None):
    w = w or [numbers(outputs, 127, 37 + i) for i in range(inputs)]
    return {"type": "dense", "inputs": inputs, "w": w, "b": numbers(outputs, 99),
            "activation": "none", "output": "s32"}


pixels = [[(k * 29 + i * 53) % 256 for i in range(72)] for k in range(3)]
conv = {"type": "conv", "inputs": [8, 9, 1], "kernel": [3, 2],
        "w": [numbers(4, 127, 31 + i) for i in range(6)], "b": numbers(4, 99),
        "activation": "relu", "output": "u8", "pool": {"type": "global-average"}}
net("silent", [8, 9, 1], pixels[:2], [conv, dense(4, 3)])
net("few", [12], [image[:12] for image in pixels], [dense(12, 3)])
net("binary", [12], [image[:12] for image in pixels], [dense(12, 1)])
put(f"{sys.argv[1]}/binary/y.npy", "q", (3,), [1, 0, 1])
net("empty", [12], [image[:12] for image in pixels], [dense(12, 3, [[0] * 3] * 12)])
PYTHON

total=0
run() { # name, options
    sim/out/build/ohmic --backend rtl --rtl-lib "sim/out/build/$config-$mesh/libohm_rtl.so" \
        --config "$config" --mesh "$mesh" \
        --net "$out/$1" --data "$out/$1/x.npy" --out "$out/$1/out" "${@:2}" >"$out/$1.log" 2>&1 ||
            failed "$1"
    total=$((total + $(sed -n 's/^VMMs checked: \([0-9]*\), mismatches: 0/\1/p' "$out/$1.log")))
}
failed() {
    tail -5 "$out/$1.log"
    echo "FAIL odd_nets: $1"
    exit 1
}
has() { # name, pattern
    total=$((total + 1))
    grep -qE "$2" "$out/$1.log" || failed "$1"
}

run silent --device ideal --mapping exact
has silent '^exactness  390 accumulators equal W.x'
latency=$(sed -n 's/^cycles     latency \([0-9]*\).*/\1/p' "$out/silent.log")
[ "$latency" -gt 200000 ] || failed silent # else it proves nothing
run few --device ideal
has few '^images     3 from 0 on'
has few 'no labels; the chip.s class is the software.s in 100.00 %'
grep -qE '^0,,[0-2],[0-2],[0-2],,-?[0-9]' "$out/few/out/predictions.csv" || failed few
run binary --device ideal --labels "$out/binary/y.npy"
awk -F, 'NR > 1 && ($3 != ($7 > 0) || $6 != ($2 == $3)) { exit 1 }' \
    "$out/binary/out/predictions.csv" || failed binary
run empty --device pcm-hermes --time 86400 --compensate
has empty 'no labels; the chip.s class is the software.s in 100.00 %'
echo "PASS odd_nets $total checks"
