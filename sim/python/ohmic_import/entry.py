# SPDX-License-Identifier: Apache-2.0
"""A threshold on the input, which the host takes over: one bit for each value is what the chip then
gets, instead of a cell that reads each value alone."""
import numpy as np

from .graph import Map


def taken(layers, source):
    """(the other layers, the map that they read, how the host makes it), where the first layer is
    nothing but a threshold of the input; None where it is not."""
    first = layers[0]
    alone = first.sources == (source,) and not any(
        source in m.sources or m.residual is source for m in layers[1:])
    channels = source.shape[2]
    plain = first.w.shape == (1, 1, channels, channels) and first.groups == channels
    decides = first.activation is not None and first.activation[0] == "threshold"
    if len(layers) < 2 or not (alone and plain and decides) or any(first.pad) or first.pool or \
            first.residual is not None:
        return None
    low, high = (float(first.activation[1](np.array(v))) for v in (-1.0, 1.0))
    how = {"mul": np.diagonal(first.w[0, 0]).tolist(), "add": first.bias.tolist(), "low": low,
           "high": high}
    first.out.layer = None
    return layers[1:], first.out, how


def applied(how, real):
    """Real values of the input (…, channels) after the threshold."""
    v = real * np.array(how["mul"]) + np.array(how["add"])
    return np.where(v >= 0, how["high"], how["low"])
