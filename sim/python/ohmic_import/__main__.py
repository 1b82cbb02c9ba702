# SPDX-License-Identifier: Apache-2.0
"""Command line: see --help. Exit code 0: done; 2: one clear line says what is wrong."""
import argparse
import json
import os
import sys

import numpy as np

from . import api, compare
from .errors import ImportFailed


def do_model(o):
    shape = [int(n) for n in o.input_shape.split(",")] if o.input_shape else None
    record = api.import_model(o.model, api.array(o.calib), o.out, name=o.name, input_shape=shape,
                              scale=o.scale, offset=o.offset, output=o.output)
    for note in record["notes"]:
        print(f"note       {note}")
    for layer in record["layers"]:
        print(f"layer      {layer['name']:<24} from {', '.join(layer['nodes'])}")
    print(f"left       {o.out}/network.json, its arrays, import.json")


def do_images(o):
    with open(os.path.join(o.net, "import.json"), encoding="utf-8") as f:
        record = json.load(f)
    with open(os.path.join(o.net, "network.json"), encoding="utf-8") as f:
        shape = json.load(f)["input"]["shape"]
    shape = tuple(shape) if len(shape) == 3 else (1, 1, int(np.prod(shape)))
    y = api.images_for(record, shape, api.array(o.images))
    np.save(o.out, y)
    print(f"left       {o.out}: {y.dtype} {list(y.shape)}")


def main(argv=None):
    p = argparse.ArgumentParser(prog="ohmic_import", description="trained models onto the chip")
    verbs = p.add_subparsers(dest="verb", required=True)
    m = verbs.add_parser("model", help="an ONNX or TFLite model to a network directory")
    m.add_argument("model")
    m.add_argument(
        "--calib", required=True, help=".npy of images as the model takes them, u8 or float"
    )
    m.add_argument("--out", required=True, help="directory to write")
    m.add_argument("--name", help="of the network (the file's)")
    m.add_argument("--input-shape", help="without the batch, for example 3,32,32")
    m.add_argument("--scale", type=float, default=1 / 255, help="real value of a byte of 1 (1/255)")
    m.add_argument("--offset", type=float, default=0.0, help="real value of a byte of 0 (0)")
    m.add_argument(
        "--output", choices=("s32", "class"), default="s32", help="what the last layer sends"
    )
    m.set_defaults(do=do_model)
    i = verbs.add_parser("images", help="images as the model takes them to those the network takes")
    i.add_argument("net")
    i.add_argument("images")
    i.add_argument("out")
    i.set_defaults(do=do_images)
    compare.arguments(verbs)
    o = p.parse_args(argv)
    try:
        return o.do(o) or 0
    except ImportFailed as e:
        print(f"ohmic_import: {e}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
