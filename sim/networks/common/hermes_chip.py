# SPDX-License-Identifier: Apache-2.0
"""A NumPy model of the chip with HERMES phase-change devices.

It is a quick check of a network's tolerance to noise, not the golden model:
wires, comparator offset and the rounding of the charge are left out.

Device: the fits of AIHWKit's HermesNoiseModel (the HERMES chip is Le Gallo et
al., Nature Electronics 6, 680, 2023), two devices per polarity, g_max 20.7 uS,
read t0 = 300 s after programming, before any drift. Charge unit: one tick
times g_max / 2^14.
"""
import numpy as np

import ohmic_net

G_MAX = 20.7        # uS, two devices of one polarity in parallel
T0 = 300.0          # s after programming
T_READ = 512e-9     # s
UNIT = 129          # conductance code per weight step: 127 * 129 = 16383 = 2^14 - 1
READ_FACTOR = np.sqrt(np.log((T0 + T_READ) / (2 * T_READ)))


def sigma_prog(r):
    """Programming error, standard deviation in uS, for r = g_target / g_max."""
    return 0.16603 + r * (4.71806 + r * (-8.48101 + r * 4.68961))


def sigma_read(g):
    """Read noise of one VMM, standard deviation in uS, at conductance g (uS).

    1/f noise integrated from T_READ to T0: g Q(r) sqrt(ln((t0+tr)/(2 tr))).
    """
    r = g / G_MAX
    low = np.clip(-0.0117 * np.log(np.maximum(r, 1e-6)) - 0.0069, 0.015, 0.04)
    high = 0.0123 + r * (0.0211 + r * (-0.0280 + r * 0.0069))
    return g * np.where(r < 0.16, low, high) * READ_FACTOR


def deviation(q):
    """Standard deviation of what the devices add to weights of q steps of 127, in steps."""
    r = np.abs(q) / 127
    # The idle device's error is half clipped at 0.
    var = sigma_prog(r) ** 2 + 0.5 * sigma_prog(0) ** 2
    var += sigma_read(r * G_MAX) ** 2
    return np.sqrt(var) * (127 / G_MAX)


def program(w, rng):
    """Program int8 weights (rows, cols) into differential pairs.

    Returns (net conductance, read-noise variance), in charge units per tick
    and its square: 1 unit = g_max / 2^14.
    """
    to_unit = 16384 / G_MAX
    net, var = np.zeros(w.shape), np.zeros(w.shape)
    for sign in (1, -1):
        target = np.maximum(sign * w.astype(np.float64), 0) * UNIT / to_unit
        g = target + sigma_prog(target / G_MAX) * rng.standard_normal(w.shape)
        g = np.maximum(g, 0)
        net += sign * g
        var += sigma_read(g) ** 2
    return net * to_unit, var * to_unit ** 2


def split(n, limit):
    """Equal parts of at most `limit`: list of slices (784 by 128: 7 of 112)."""
    edges = np.linspace(0, n, -(-n // limit) + 1).round().astype(int)
    return [slice(a, b) for a, b in zip(edges[:-1], edges[1:])]


def row_parts(q, limit):
    """Rows of a layer for each tile of a chain: list of index arrays.

    Dense: equal stretches. Conv: by input channels first, by kernel rows where
    one channel's window is too large for a tile.
    """
    n = q["w"].shape[0]
    if q.get("type", "dense") == "dense":
        return [np.arange(r.start, r.stop) for r in split(n, limit)]
    (kh, kw), c = q["kernel"], q["inputs"][2]
    at = np.arange(n).reshape(kh, kw, c)
    lines = split(kh, max(1, min(kh, limit // kw)))
    deepest = max(r.stop - r.start for r in lines)
    return [at[y][:, :, r].ravel() for y in lines for r in split(c, limit // (kw * deepest))]


def best_lsb(q):
    """Integer ADC step with the least squared error over calibration charges q."""
    a, best = np.abs(q), None
    for p in (98, 99, 99.5, 99.8, 99.9, 99.95, 99.99, 100):
        lsb = max(1, int(np.ceil(np.percentile(a, p) / 127)))
        err = np.mean((np.clip(np.floor(q / lsb + 0.5), -128, 127) * lsb - q) ** 2)
        if best is None or err < best[0]:
            best = err, lsb
    return best[1]


class Chip:
    """A network programmed once (one device seed) into noisy tiles.

    rows, cols: the largest layer part on a tile. noise=False gives ideal
    devices, so that only the ADC differs from the integer network. LSBs come
    from ideal-weight charges of the calibration images: one per tile, or one
    per layer (shared_lsb), with which partial sums add without a gain. shape:
    (h, w, c) of the input.
    """

    def __init__(self, layers, calib, seed, rows=128, cols=128, noise=True, shared_lsb=False,
                 shape=None):
        self.rng = np.random.default_rng(seed)
        self.layers, self.tiles, self.noise = layers, [], noise
        self.shape = shape or (1, 1, calib.shape[1])
        seen = [[] for _ in layers]
        ohmic_net.run(layers, calib, self.shape, lambda i, rows: seen[i].append(rows))
        for q, x in zip(layers, map(np.concatenate, seen)):
            x = x[::-(-len(x) // 20000)]        # a bounded number of windows
            tiles, places = [], [(r, c) for r in row_parts(q, rows)
                                 for c in split(q["w"].shape[1], cols)]
            charges = [x[:, r].astype(np.float64) @ (q["w"][r, c].astype(np.float64) * UNIT)
                       for r, c in places]
            if shared_lsb:
                lsbs = [best_lsb(np.concatenate([t.ravel() for t in charges]))] * len(places)
            else:
                lsbs = [best_lsb(charge) for charge in charges]
            for (r, c), lsb in zip(places, lsbs):
                w = q["w"][r, c]
                if noise:
                    g, var = program(w, self.rng)
                else:
                    g, var = w.astype(np.float64) * UNIT, np.zeros(w.shape)
                tiles.append((r, c, g.astype(np.float32), var.astype(np.float32), lsb))
            self.tiles.append(tiles)

    def product(self, i, x):
        """W.x of layer i by its tiles. x: (n, inputs)."""
        xf = x.astype(np.float32)
        acc = np.zeros((len(x), self.layers[i]["w"].shape[1]))
        for r, c, g, var, lsb in self.tiles[i]:
            t = xf[:, r]
            charge = t @ g
            if self.noise:
                # independent per device and VMM, so one Gaussian per column
                sd = np.sqrt((t * t) @ var)
                charge += sd * self.rng.standard_normal(charge.shape, dtype=np.float32)
            acc[:, c] += np.clip(np.floor(charge / lsb + 0.5), -128, 127) * lsb
        return np.floor(acc / UNIT + 0.5)

    def run(self, x):
        """Images u8 (n, inputs) to logits int64 (n, classes), in units of W.x."""
        return np.concatenate([ohmic_net.forward(self.layers, part, self.shape, self.product)
                               for part in ohmic_net.batches(self.layers, x)])


def evaluate(layers, calib, x, y, seeds, **chip):
    """Accuracy for each device seed (list of floats); chip: arguments of Chip."""
    return [ohmic_net.accuracy(Chip(layers, calib, s, **chip).run(x), y) for s in seeds]
