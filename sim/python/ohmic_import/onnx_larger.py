# SPDX-License-Identifier: Apache-2.0
"""ONNX operators that make maps larger: repetition, transposed convolution, channels into space."""
import numpy as np

from . import phases
from .graph import Value


def nearest(n, out, scale, a):
    """Which of n values each of `out` ones is a copy of, as Resize has it."""
    at = np.arange(out)
    where = a.get("coordinate_transformation_mode", "half_pixel")
    x = {"asymmetric": lambda: at / scale, "half_pixel": lambda: (at + 0.5) / scale - 0.5,
         "pytorch_half_pixel": lambda: (at + 0.5) / scale - 0.5 if out > 1 else 0.0 * at,
         "align_corners": lambda: at * (n - 1) / max(out - 1, 1)}[where]()
    rounds = {"floor": np.floor, "ceil": np.ceil,
              "round_prefer_floor": lambda v: np.ceil(v - 0.5),
              "round_prefer_ceil": lambda v: np.floor(v + 0.5)}
    how = rounds[a.get("nearest_mode", "round_prefer_floor")]
    return np.clip(how(np.round(x, 9)), 0, n - 1).astype(int)


class Larger:
    """Part of read_onnx.Reader, whose fields and other operators it uses."""

    def op_resize(self, v, _only, a):
        if a.get("mode", "nearest") not in ("nearest", b"nearest"):
            self.builder.refuse(f"mode {a['mode']}, expected nearest: repetition")
        dims = v[0].shape
        given = [np.ravel(k) if k is not None else np.zeros(0) for k in [*v[1:], None, None, None]]
        axes = [int(k) % (len(dims) + 1) for k in a.get("axes", range(len(dims) + 1))]
        scale, size = np.ones(len(dims) + 1), np.array([1, *dims])
        if len(given[2]):
            size[axes] = given[2].astype(int)
            scale = size / np.array([1, *dims])
        else:
            scale[axes] = given[1] if len(given[1]) else a["scales"]
            size = np.floor(size * scale).astype(int)
        if size[0] != 1 or len(dims) not in (2, 3) or size[1] != dims[0] or size.min() < 1:
            self.builder.refuse(f"a tensor of {size.tolist()}, expected lines and pixels alone to "
                                "grow")
        lines = self.as_lines(v[0])
        sources = [nearest(n, int(out), float(s), a) for n, out, s in
                   zip(lines.shape[:2], [1, *size[2:]][-2:], [1.0, *scale[2:]][-2:])]
        y = phases.sampled(lines, (*sources, np.arange(lines.shape[2])))
        return self.as_channels(y, len(dims))

    def op_upsample(self, v, only, a):
        return self.op_resize([v[0], None, *v[1:]], only, {
            **a, "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"})

    def op_convtranspose(self, v, _only, a):
        x, count = v[0], len(v[0].shape) - 1
        if isinstance(v[1], Value):
            self.builder.refuse("weights that are computed, expected constants")
        w = np.asarray(v[1], float)
        strides = a.get("strides", [1] * count)
        if a.get("group", 1) != 1 or any(d != 1 for d in a.get("dilations", [1])) \
                or a.get("auto_pad", "NOTSET") != "NOTSET" or "output_shape" in a:
            self.builder.refuse("groups, dilations, auto_pad or output_shape, expected none")
        pads, more = a.get("pads", [0] * 2 * count), a.get("output_padding", [0] * count)
        size = [(n - 1) * s + k + o - pads[i] - pads[i + count] for i, (n, s, k, o) in enumerate(
            zip(x.shape[1:], strides, w.shape[2:], more))]
        if count == 1:
            w, pads = w[:, :, None], [0, pads[0]]
        bias = np.zeros(w.shape[1]) if len(v) < 3 or v[2] is None else np.asarray(v[2], float)
        y = phases.transposed(self.builder, self.as_lines(x), w.transpose(2, 3, 0, 1), bias,
                              self.two(strides, 1), pads[:2], self.two(size, 1))
        return self.as_channels(y, len(x.shape))

    def op_depthtospace(self, v, _only, a):
        b = a["blocksize"]

        def move(x):
            c, h, w = x.shape
            if a.get("mode", "DCR") == "DCR":
                x = x.reshape(b, b, c // b // b, h, w).transpose(2, 3, 0, 4, 1)
            else:
                x = x.reshape(c // b // b, b, b, h, w).transpose(0, 3, 1, 4, 2)
            return x.reshape(c // b // b, h * b, w * b)

        return v[0].rearranged(move)
