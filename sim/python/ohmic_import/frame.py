# SPDX-License-Identifier: Apache-2.0
"""Tensors that are padded apart from the convolution or pool that reads them."""
import numpy as np


def padded(value, pads, fill):
    """`value` with `pads` ((before, after) of each axis) elements of the value `fill` around it;
    their index is -1."""
    around = lambda a, v: np.pad(a, pads, constant_values=v)
    return type(value)(value.maps, around(value.index, -1), around(value.mul, 0.0),
                       around(value.add, fill))


def stripped(builder, value):
    """(lines, pixels, channels) without the frame that `padded` has put around it, and the frame's
    top, left, bottom, right."""
    outside = value.index < 0
    if not outside.any():
        return value, (0, 0, 0, 0)
    if (value.add[outside] != 0).any():
        builder.refuse("padding with other values than 0")
    frame, inner = [], [slice(None)] * 3
    for axis in (0, 1):
        kept = np.flatnonzero(~outside.all(axis=tuple(k for k in range(3) if k != axis)))
        if not len(kept):
            builder.refuse("a tensor that is padding alone")
        inner[axis] = slice(int(kept[0]), int(kept[-1]) + 1)
        frame.append((int(kept[0]), value.shape[axis] - 1 - int(kept[-1])))
    left = value.rearranged(lambda a: a[tuple(inner)])
    if (left.index < 0).any():
        builder.refuse("padding along other axes than lines and pixels")
    return left, (frame[0][0], frame[1][0], frame[0][1], frame[1][1])
