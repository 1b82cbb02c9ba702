# SPDX-License-Identifier: Apache-2.0
"""Float layers to the integers of ohmic-network-1: steps of maps, weights, scales, tables.

A map is u8 where it is never negative and s8 elsewhere. Its step is chosen from calibration images,
where the squared error of rounding and clipping is least among a few ends of the range (or at a
percentile). Weights have a step for each output (one for all in the last layer and where a residual
is added); what their rounding shifts sums by on average is taken from the biases.
"""

from dataclasses import dataclass

import numpy as np

from . import reference
from .errors import ImportFailed

ENDS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
BATCH = 64


@dataclass
class Grid:
    """Integers of a map: real value = (integer − zero)·step; signed: s8 (−127…127), else u8
    (0…255)."""
    step: float
    signed: bool
    zero: int = 0

    def limits(self):
        return (-127, 127) if self.signed else (0, 255)

    def rounded(self, x):
        return np.clip(np.floor(x / self.step + 0.5) + self.zero, *self.limits())

    def real(self, integers):
        return (integers - self.zero) * self.step


def best_grid(samples, signed, top=None, ranges="error"):
    """The grid for these values by the rule `ranges`; top: end of the range if it is known."""
    levels = 127 if signed else 255
    largest = np.abs(samples).max(initial=0.0)
    if largest == 0:
        return Grid(1.0, signed)
    if ranges != "error" and not top:
        top = np.percentile(np.abs(samples), float(ranges)) or largest
    if top:
        return Grid(top / levels, signed)
    grids = [Grid(largest * end / levels, signed) for end in ENDS]
    errors = [float(((g.real(g.rounded(samples)) - samples) ** 2).sum()) for g in grids]
    return grids[int(np.argmin(errors))]


class Ranges:
    """What calibration images make of each layer: samples of its sums and of its map."""

    def __init__(self, layers, source, x, per_image=2000):
        self.sums, self.maps, self.rows = {}, {}, {}
        rng = np.random.default_rng(1)

        def seen(layer, rows, v, y):
            mean = rows.mean(axis=(0, 1, 2)) * len(rows) / len(x)
            self.rows[id(layer)] = self.rows.get(id(layer), 0) + mean
            for store, a in ((self.sums, v), (self.maps, y)):
                flat = a.reshape(-1)
                take = min(flat.size, per_image * len(a))
                store.setdefault(id(layer), []).append(rng.choice(flat, take, replace=False))
                store[id(layer)].append(np.array([flat.min(), flat.max()]))

        for k in range(0, len(x), BATCH):
            reference.run(layers, source, x[k:k + BATCH], seen)
        self.sums = {k: np.concatenate(v) for k, v in self.sums.items()}
        self.maps = {k: np.concatenate(v) for k, v in self.maps.items()}


def grids_of_maps(layers, source, input_grid, ranges, rule):
    """Grid of each map, by id. Maps that are read side by side share one."""
    grid = {id(source): input_grid}
    for layer in layers[:-1]:
        name = layer.activation[0] if layer.activation else "none"
        samples = ranges.maps[id(layer)]
        if layer.identity and not layer.activation and layer.residual is None:
            grid[id(layer.out)] = grid[id(layer.sources[0])]
        elif name == "threshold":
            grid[id(layer.out)] = threshold_grid(layer)
        elif name.startswith("relu"):
            top = float(name[4:]) if name[4:] else None
            grid[id(layer.out)] = best_grid(samples, False, top, rule)
        else:
            grid[id(layer.out)] = best_grid(samples, bool(samples.min() < 0), None, rule)
    silent = {id(layer.out) for layer in layers if not ranges.maps[id(layer)].any()}
    for together in side_by_side(layers):
        signed = any(grid[k].signed for k in together)
        tops = [grid[k].step * grid[k].limits()[1] for k in together - silent]
        shared = Grid(max(tops, default=1.0) / (127 if signed else 255), signed)
        if id(source) in together:
            shared = input_grid
        for k in together:
            grid[k] = shared
    return grid


def side_by_side(layers):
    """Sets of maps (by id) that need one step, since some layer reads one beside another."""
    sets = []
    for layer in layers:
        together = {id(m) for m in layer.sources}
        if len(together) > 1:
            for other in [s for s in sets if s & together]:
                sets.remove(other)
                together |= other
            sets.append(together)
    return sets


def threshold_grid(layer):
    """The chip's threshold gives 0 and 1, or -1 and 1."""
    low, high = (float(layer.activation[1](np.array(v))) for v in (-1.0, 1.0))
    if low == 0 and high > 0:
        return Grid(high, False)
    if low == -high and high > 0:
        return Grid(high, True)
    raise ImportFailed(
        f"layer {layer.name}: thresholds give {low:g} and {high:g}, expected 0 or the "
        "negative of the upper one below"
    )


def weights(layer, x_step, shared):
    """(int8 weights (rows, outputs), step of each output, int32 bias)."""
    w = layer.w.reshape(-1, layer.w.shape[3])
    largest = np.abs(w).max(axis=0)
    all_of_them = largest.max()
    if all_of_them == 0:
        step = np.full(w.shape[1], max(np.abs(layer.bias).max(initial=0.0) / x_step / 2**20, 1e-12))
    elif shared or layer.step:
        step = np.full(w.shape[1], layer.step or all_of_them / 127)
    else:       # a scale keeps 8 bits and more: no step below 1/128 of the largest
        step = np.maximum(largest, all_of_them / 128) / 127
    room = 2 ** 30 / (np.abs(layer.bias) / (x_step * step) + 1)     # the sum stays within 32 bits
    step = np.where(room < 1, step / room, step)
    if shared:
        step[:] = step.max()
    q = np.clip(np.rint(w / step), -127, 127)
    return q.astype(np.int8), step, np.rint(layer.bias / (x_step * step)).astype(np.int64)


def scale_and_shift(factor):
    """int16 scales and one shift: factor = scale / 2^shift."""
    largest = float(np.abs(factor).max())
    shift = int(np.clip(np.floor(np.log2(32767 / largest)), 0, 40)) if largest > 0 else 0
    scale = np.rint(factor * 2.0 ** shift)
    if np.abs(scale).max() > 32767:
        raise ImportFailed(f"a scale of {largest:g} from sums to bytes, expected below 32767")
    return scale.astype(np.int16), shift


def table_of(layer, sums, grid):
    """(step of the index, 256 entries): the activation from −128 to 127 steps."""
    function = layer.activation[1]
    best = None
    for end in ENDS:
        step = np.abs(sums).max() * end / 127 or 1.0
        index = np.clip(np.floor(sums / step + 0.5), -128, 127)
        error = float(((function(index * step) - function(sums)) ** 2).sum())
        if best is None or error < best[0]:
            best = (error, step)
    entries = grid.rounded(function(np.arange(-128, 128) * best[1]))
    return best[1], entries.astype(np.int8 if grid.signed else np.uint8)


def mask(q, bias):
    """Scale of a residual whose full byte outweighs any sum."""
    largest = 255 * np.abs(q.astype(np.int64)).sum(axis=0) + np.abs(bias.astype(np.int64))
    return -int(largest.max() // 255 + 1)


def shift_of(layer, q, step, rows):
    """What rounded weights add to each sum on average; rows: mean of the windows."""
    error = q.reshape(layer.w.shape) * step - layer.w
    return reference.products(rows[None, None, None], layer, error)[0, 0, 0]


def quantised(layers, source, input_grid, calib, classes="s32", rule="error", correct=True):
    """Layers as dictionaries for writing, and the grid of each map. calib: float (n, …). rule: of
    the maps' ranges, `error` or a percentile; correct: biases by the mean of the weights'
    rounding."""
    ranges = Ranges(layers, source, calib)
    grid = grids_of_maps(layers, source, input_grid, ranges, rule)
    made = []
    for layer in layers:
        last = layer is layers[-1]
        x_step = grid[id(layer.sources[0])].step
        q, step, bias = weights(layer, x_step, last or layer.residual is not None)
        if correct:
            bias = bias - np.rint(shift_of(layer, q, step, ranges.rows[id(layer)])
                                  / (x_step * step)).astype(np.int64)
        entry = {"layer": layer, "w": q, "bias": check_bias(layer, bias), "steps": x_step * step}
        if layer.residual is not None:
            r = grid[id(layer.residual)].step * layer.residual_mul
            entry["rscale"] = (mask(q, entry["bias"]) if layer.masked else
                               int(np.rint(r / (x_step * step[0]))))
        if last:
            entry.update(output=classes, activation="none")
        else:
            out = grid[id(layer.out)]
            entry.update(hidden(layer, out, x_step * step, ranges.sums[id(layer)]))
        if layer.low:
            entry["fill"] = grid[id(layer.sources[0])].limits()[0]
        made.append(entry)
    return made, grid


def hidden(layer, out, v_step, sums):
    """Activation, scale and shift of a layer before the last."""
    name = layer.activation[0] if layer.activation else "none"
    entry = {"output": "s8" if out.signed else "u8"}
    if name == "threshold":
        entry.update(activation="threshold", factor=np.ones_like(v_step))
    elif name.startswith("relu") or name == "none":
        entry.update(activation="relu" if name != "none" else "none", factor=v_step / out.step)
    else:
        t_step, entry["table"] = table_of(layer, sums, out)
        entry.update(activation="table", factor=v_step / t_step)
    entry["scale"], entry["shift"] = scale_and_shift(entry.pop("factor"))
    return entry


def check_bias(layer, bias):
    if np.abs(bias).max(initial=0) > 2 ** 31 - 1:
        raise ImportFailed(
            f"layer {layer.name}: bias {int(np.abs(bias).max())}, expected within 32 bits"
        )
    return bias.astype(np.int32)
