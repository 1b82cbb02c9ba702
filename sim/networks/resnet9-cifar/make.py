# SPDX-License-Identifier: Apache-2.0
"""Write a residual network for 32x32x3 images in the format ohmic-network-1.

Float weights, random by default or given, become int8; scales and shifts come
from what calibration images make of the float network. Needs NumPy.

--weights FILE.npz: arrays <layer>_w, (outputs, inputs, height, width) or for
fc (classes, inputs), and <layer>_b, batch normalisation folded in, of a network
trained on bytes / 255 without further normalisation (zero padding is black).
"""
import argparse
import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"        # sums in one order: the same files again
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "common"))

import numpy as np          # noqa: E402
import ohmic_net            # noqa: E402

SHAPE, CLASSES, CHANNELS = (32, 32, 3), 10, (16, 32, 64)
HALVE, WHOLE = {"type": "max", "size": 2}, {"type": "global-max"}


def architecture(c):
    """Layers in order: name, outputs, pool, layer added before the activation."""
    return [("prep", c[0], None, None), ("down1", c[1], HALVE, None),
            ("res1a", c[1], None, None), ("res1b", c[1], None, "down1"),
            ("down2", c[2], HALVE, None), ("down3", c[2], HALVE, None),
            ("res3a", c[2], None, None), ("res3b", c[2], WHOLE, "down3"),
            ("fc", CLASSES, None, None)]


def patterns(n, rng):
    """n synthetic images u8 (n, 32, 32, 3), and which of ten kinds each is.

    Gratings of five directions, plain or under a bright disc; random colours,
    phases, places and noise. They stand in for photographs, no more.
    """
    kind = rng.integers(0, CLASSES, n)
    yy, xx = np.mgrid[0:32, 0:32] / 32
    images = np.empty((n, 32, 32, 3))
    for image, k in zip(images, kind):
        angle = (k % 5) * np.pi / 5
        wave = np.sin(
            2
            * np.pi
            * (rng.uniform(2, 4) * (np.cos(angle) * xx + np.sin(angle) * yy) + rng.uniform())
        )
        low, high = rng.uniform(0, 0.5, 3), rng.uniform(0.4, 1, 3)
        image[:] = low + (high - low) * (wave[..., None] + 1) / 2
        if k >= 5:
            y, x, r = rng.uniform(0.3, 0.7, 2).tolist() + [rng.uniform(0.15, 0.3)]
            image[(yy - y) ** 2 + (xx - x) ** 2 < r * r] = rng.uniform(0.5, 1, 3)
        image += 0.05 * rng.standard_normal(image.shape)
    return np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8), kind.astype(np.uint8)


def write_cifar(path, images, labels):
    """CIFAR-10's binary format: a label byte, then 32x32 red, green and blue bytes."""
    rows = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    np.concatenate([labels[:, None], rows], axis=1).tofile(path)


def read_cifar(path):
    raw = np.fromfile(path, np.uint8)
    if not len(raw) or len(raw) % 3073:
        raise SystemExit(
            f"{path}: {len(raw)} bytes, expected a multiple of 3073 (CIFAR-10, binary version)"
        )
    raw = raw.reshape(-1, 3073)
    return raw[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


def shapes(c):
    """Name and shape of every float array."""
    inputs = SHAPE[2]
    for name, outputs, _, _ in architecture(c):
        yield name + "_w", (outputs, inputs) if name == "fc" else (outputs, inputs, 3, 3)
        yield name + "_b", (outputs,)
        inputs = outputs


def random_weights(c, rng):
    """He-normal weights, as before any training."""
    return {
        name: rng.standard_normal(shape)
        * (np.sqrt(2 / np.prod(shape[1:])) if name.endswith("_w") else 0.1)
        for name, shape in shapes(c)
    }


def load_weights(path, c):
    arrays = dict(np.load(path))
    for name, shape in shapes(c):
        if name not in arrays or arrays[name].shape != shape:
            raise SystemExit(
                f"{path}: {name}: {arrays[name].shape if name in arrays else 'missing'}, expected "
                f"{shape}"
            )
    return arrays


def quantise(c, arrays, images, centre):
    """Integer layers for ohmic_net.save. centre: shift the classes' results to mean 0 over the
    images.

    A byte of a map stands for step[layer]: 255 is the 99.9th percentile of what
    the calibration images reach. A weight step is an output's own, but one for
    all where a residual is added (it has one scale) and in the last layer (its
    results are compared).
    """
    maps, step, layers, before = {"input": images / 255.0}, {"input": 1 / 255}, [], "input"
    for name, outputs, pool, add in architecture(c):
        m, w, b = maps[before], arrays[name + "_w"], arrays[name + "_b"].astype(np.float64)
        q = {"name": name, "activation": "relu", "output": "u8"}
        if name == "fc":
            q.update(activation="none", output="class")
            w = w.T
        else:
            q.update(type="conv", inputs=list(m.shape[1:]), kernel=[3, 3], padding=1)
            w = w.transpose(2, 3, 1, 0)
        w = w.reshape(-1, outputs)
        z = ohmic_net.windows(q, m) @ w
        if name == "fc" and centre:
            b = -z.mean(axis=(0, 1, 2))
        z += b
        a = np.abs(w).max(axis=None if add or name == "fc" else 0, keepdims=True) / 127
        unit = (a * step[before]).ravel()
        q["w"] = np.rint(w / a).astype(np.int8)
        q["bias"] = np.rint(b / unit).astype(np.int32)
        if add:
            z += maps[add]
            q["add"] = {"layer": add, "scale": int(np.rint(step[add] / unit[0]))}
        if pool:
            q["pool"] = pool
        if name != "fc":
            maps[name] = ohmic_net.pooled(dict(pool=pool), np.maximum(z, 0))
            step[name] = np.percentile(maps[name], 99.9) / 255
            ratio = np.broadcast_to(unit / step[name], outputs)
            q["shift"] = int(np.clip(np.floor(np.log2(32767 / ratio.max())), 0, 40))
            q["scale"] = np.rint(ratio * 2.0 ** q["shift"]).astype(np.int16)
        layers.append(q)
        before = name
    return layers


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--out", default=HERE, help="network directory to write (default: this one)")
    p.add_argument("--weights", help="float weights, .npz (default: random ones)")
    p.add_argument(
        "--calib", help="calibration images in CIFAR-10's binary format (default: synthetic)"
    )
    p.add_argument("--calib-count", type=int, default=16, help="images used of them (default 16)")
    p.add_argument("--channels", type=int, nargs=3, default=CHANNELS, metavar="N",
                   help="channels after prep, down1 and down2 (default 16 32 64)")
    p.add_argument("--seed", type=int, default=1, help="of random weights and images (default 1)")
    a = p.parse_args()

    rng = np.random.default_rng(a.seed)
    arrays = load_weights(a.weights, a.channels) if a.weights else random_weights(a.channels, rng)
    images, kinds = patterns(a.calib_count + 32, rng)
    calib = read_cifar(a.calib)[:a.calib_count] if a.calib else images[:a.calib_count]
    layers = quantise(a.channels, arrays, calib, centre=not a.weights)
    flat = calib.reshape(len(calib), -1)
    ohmic_net.save(a.out, "resnet9-cifar", layers, flat, SHAPE)
    if not a.calib:
        write_cifar(
            os.path.join(a.out, "images.bin"), images[a.calib_count :], kinds[a.calib_count :]
        )

    _, layers, flat = ohmic_net.load(a.out)
    live = []
    ohmic_net.run(layers, flat, SHAPE, lambda i, rows: live.append((rows > 0).mean()))
    for q, share in zip(layers, live):
        print(
            f"{q['name']:6} {q['w'].shape[0]:4} x {q['w'].shape[1]:3}  {100 * share:.0f} % of its "
            "inputs are not 0"
        )


if __name__ == "__main__":
    main()
