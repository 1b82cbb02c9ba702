# SPDX-License-Identifier: Apache-2.0
"""int8 TFLite models against ai-edge-litert's reference kernels, tensor by tensor.

  test_kernels.py OUT MODEL.tflite [IMAGES.npy [LABELS.npy]]     prints `CHECKS <n>` last
Each layer alone, on the reference's own inputs: within 1 everywhere and equal in 99.5 % and more.
Chained: the arg-max, and the accuracy with labels. Without images random ones are made.
"""
import os
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from ohmic_import import api, integers, keep

EQUAL, AGREE = 99.5, 99.0
checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAIL import: {what}")
        sys.exit(1)


def reference(path, images, wanted):
    """Tensors of the reference kernels by index, (n, …) each."""
    run = Interpreter(path, experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
                      experimental_preserve_all_tensors=True)
    run.allocate_tensors()
    entry = run.get_input_details()[0]
    kept = {t: [] for t in wanted}
    for image in images:
        run.set_tensor(entry["index"], image.reshape(entry["shape"]))
        run.invoke()
        for t in wanted:
            kept[t].append(run.get_tensor(t)[0])
    return {t: np.stack(a) for t, a in kept.items()}


def last_int8(e, grid_of_last, v):
    """The last layer's sums in the steps of the model's own output."""
    step, zero = grid_of_last
    return np.clip(np.floor(v * e["steps"][0] / step + 0.5) + zero, 0, 255)


def single(entries, builder, tensors):
    """Each layer on the reference's inputs; returns what each differs by."""
    ours = lambda t, shape: tensors[t].astype(np.int64).reshape(-1, *shape) + 128
    tensor_of = lambda m: m.layer.tensor if m.layer else builder.input_tensor
    print(f"{'layer':<24} {'values':>9} {'equal %':>9} {'off by 1':>9} {'more':>5}")
    for e in entries:
        layer = e["layer"]
        x = np.concatenate([ours(tensor_of(m), m.shape) for m in layer.sources], axis=3)
        r = None if layer.residual is None else ours(tensor_of(layer.residual),
                                                     layer.residual.shape)
        have = integers.layer_map(e, x, r)
        if e is entries[-1]:
            have = last_int8(e, layer.grid, have)
        off = np.abs(have - ours(layer.tensor, layer.out.shape))
        equal = 100 * float((off == 0).mean())
        print(f"{layer.name:<24} {off.size:9d} {equal:9.3f} {int((off == 1).sum()):9d} "
              f"{int((off > 1).sum()):5d}")
        check(off.max() <= 1, f"layer {layer.name}: off by {off.max()}")
        check(equal >= EQUAL, f"layer {layer.name}: {equal:.2f} % equal, expected {EQUAL} %")


def main():
    out, path = sys.argv[1:3]
    builder, value, notes = api.read_model(path)
    layers, source = api.finished(builder, value)
    lacks = keep.missing(layers, builder)
    check(lacks is None, f"{path}: {lacks}: no steps")
    entries, _ = keep.kept(layers, builder)
    rng = np.random.default_rng(1)
    images = (np.load(sys.argv[3]) if len(sys.argv) > 3 else
              rng.integers(-128, 128, (20, *source.shape)).astype(np.int8))
    labels = np.load(sys.argv[4]) if len(sys.argv) > 4 else None
    tensors = reference(path, images, {layer.tensor for layer in layers} | {builder.input_tensor})
    print(f"{os.path.basename(path)}: {len(images)} images; {'; '.join(notes)}")
    single(entries, builder, tensors)
    x = images.astype(np.int64).reshape(-1, *source.shape) + 128
    chained = integers.maps_of(entries, source, x)[id(layers[-1].out)].reshape(len(x), -1)
    want = tensors[layers[-1].tensor].astype(int).reshape(len(x), -1)
    best = want.max(1)              # of a tie, any
    agree = 100 * float((want[np.arange(len(x)), chained.argmax(1)] == best).mean())
    print(f"chained: arg-max as the reference's in {agree:.2f} %")
    if len(sys.argv) > 3:           # noise has no class: a step decides
        check(agree >= AGREE, f"chained: {agree:.2f} % agree, expected {AGREE} %")
    if labels is not None:
        have, ref = (100 * float((a.argmax(1) == labels).mean()) for a in (chained, want))
        print(f"accuracy {have:.2f} %, reference {ref:.2f} %")
        check(abs(have - ref) <= 0.5, f"accuracy {have:.2f} %, reference {ref:.2f} %")
    print(f"CHECKS {checks}")


main()
