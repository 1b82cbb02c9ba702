# SPDX-License-Identifier: Apache-2.0
"""Layers of a model that is quantised already, with its own steps and zero points.

int8 of the model plus 128 are the chip's u8, with zero points 128 higher. A zero point has no field
in the format: padding holds it, and biases take it up, W·(x − z) + b = W·x + (b − z·Σ W).
"""
import numpy as np

from .quantize import Grid, check_bias, scale_and_shift, weights

ADD_MOST = 127      # the weight of an add's first operand at most


def missing(layers, builder):
    """What of the steps the model does not state, as text; None: it states all."""
    if builder.input_grid is None:
        return "the input's steps are not stated"
    for layer in layers:
        stated = layer.w_steps is not None or layer.identity or layer.residual is not None
        if layer.w_steps is not None and np.abs(layer.w / layer.w_steps).max() > 128.5:
            return f"weights of layer {layer.name} have zero points"
        if not stated or (layer is not layers[-1] and layer.grid is None):
            return f"steps of layer {layer.name} are not stated"
        if len({m.layer.grid if m.layer else builder.input_grid for m in layer.sources}) > 1:
            return f"layer {layer.name} reads maps of different steps"
        if table_needed(layer) and not layer.activation[0].startswith("relu") \
                and layer.sum_grid is None:
            return f"steps of the sums of layer {layer.name} are not stated"
    return None


def costly(layers, builder):
    """What costs accuracy on noisy devices, as text: a zero point is charge that carries noise and
    nothing else, an add of its own reads each value from one cell. None: nothing, for the input may
    have another grid."""
    for layer in layers:
        if layer.grid and layer.grid[1] and layer is not layers[-1]:
            return f"layer {layer.name} has zero point {layer.grid[1]}"
        if layer.residual is not None:
            return f"layer {layer.name} is a sum of its own"
    return None


def table_needed(layer):
    """Whether clipping to bytes is not all that the activation does."""
    if layer.activation is None:
        return False
    name = layer.activation[0]
    if not name.startswith("relu"):
        return True
    step, zero = layer.grid or (1.0, 0)
    top = float(name[4:] or np.inf)
    return zero > 0 or np.floor(top / step + 0.5) + zero < 255


def steps_of(layer, x_step, last):
    """Steps of the weights and int8 weights (rows, outputs)."""
    outputs = layer.w.shape[3]
    if layer.w_steps is None:
        many = ADD_MOST
        if layer.residual is not None:
            r_step = layer.residual_mul * residual_step(layer)
            k = np.arange(1, ADD_MOST + 1)
            r = np.rint(k * r_step / x_step)
            off = np.abs(r / k * x_step / r_step - 1)
            many = int(k[np.flatnonzero(off <= off.min() + 1e-6)[-1]])
        step = np.full(outputs, 1.0 / many)
    elif last and len(np.unique(layer.w_steps)) > 1:
        q, step, _ = weights(layer, x_step, True)
        return step, q
    else:
        step = layer.w_steps
    q = np.clip(np.rint(layer.w.reshape(-1, outputs) / step), -127, 127)
    return step, q.astype(np.int8)


def residual_step(layer):
    """Step of the map that a layer adds."""
    return layer.residual.layer.grid[0] if layer.residual.layer else layer.residual_grid[0]


def table(layer):
    """256 bytes: the activation of each int8 value of the sums' grid, in the map's grid."""
    (s, z), (step, zero) = layer.sum_grid or layer.grid, layer.grid
    x = (np.arange(256) - z) * s
    y = np.floor(layer.activation[1](x) / step + 0.5) + zero
    return np.clip(y, 0, 255).astype(np.uint8)


def entry_of(layer, grid, last, classes):
    """One layer as a dictionary for writing."""
    x = grid[id(layer.sources[0])]
    step, q = steps_of(layer, x.step, last)
    unit = x.step * step                                    # of the sums, real
    bias = np.rint(layer.bias / unit) - x.zero * q.astype(np.int64).sum(axis=0)
    e = {"layer": layer, "w": q, "steps": unit, "fill": 0 if layer.low else x.zero}
    if layer.residual is not None:
        r = grid[id(layer.residual)]
        e["rscale"] = int(np.rint(layer.residual_mul * r.step / unit[0]))
        bias = bias - e["rscale"] * r.zero
    if last:
        e.update(output=classes, activation="none")
    else:
        out = layer.grid
        e.update(output="u8", activation="none")
        if table_needed(layer):                             # its index is −128 … 127
            out = layer.sum_grid or layer.grid
            out = (out[0], out[1] - 128)
            e.update(activation="table", table=table(layer))
        e["scale"], e["shift"] = scale_and_shift(unit / out[0])
        scale = np.maximum(np.abs(e["scale"].astype(float)), 1) * np.where(e["scale"] < 0, -1, 1)
        bias = bias + np.rint(out[1] * 2.0 ** e["shift"] / scale)
    e["bias"] = check_bias(layer, bias)
    return e


def kept(layers, builder, classes="s32", entry=None):
    """Layers as dictionaries for writing, and the grid of each map by id, as quantize.quantised
    returns them. entry: grid of the input, None: the model's."""
    grid = {id(builder.input): entry or Grid(builder.input_grid[0], False, builder.input_grid[1])}
    for layer in layers[:-1]:
        grid[id(layer.out)] = Grid(layer.grid[0], False, layer.grid[1])
    for layer in layers:
        if layer.residual is not None and layer.residual.layer is None:
            layer.residual_grid = (grid[id(builder.input)].step, grid[id(builder.input)].zero)
    return [entry_of(layer, grid, layer is layers[-1], classes) for layer in layers], grid
