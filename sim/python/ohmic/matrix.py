# SPDX-License-Identifier: Apache-2.0
"""A matrix on the chip."""
from __future__ import annotations

import ctypes
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from ._library import ErrorText, Owner, address, bytes_of, encoded, library


class _Options(ctypes.Structure):
    """struct ohm_matrix_options"""
    _fields_ = [("config", ctypes.c_char_p), ("device", ctypes.c_char_p), ("seed", ctypes.c_uint64),
                ("threads", ctypes.c_int), ("input_signed", ctypes.c_int),
                ("calib", ctypes.c_void_p), ("calib_count", ctypes.c_int),
                ("backend", ctypes.c_char_p), ("library", ctypes.c_char_p),
                ("mesh_w", ctypes.c_int), ("mesh_h", ctypes.c_int),
                ("input_low", ctypes.c_int), ("input_high", ctypes.c_int)]


class Matrix(Owner):
    """Weights on as many tiles as they need; call it with vectors.

    weights: (inputs, outputs), whole numbers from -127 to 127.
    config: size of the tiles (tiny, small, base, large …). device: device model (`ohmic --help`
    lists them). seed: of all device noise. threads: of the fast model. signed: inputs are -127 to
    127 instead of 0 to 255. calib: (n, inputs) typical inputs, for which the converters' ranges are
    chosen and each output's gain and offset measured; None: drawn evenly from input_range, or from
    all that an input can be. backend: model, golden, tlm, rtl or uart; library: the shared object
    of rtl and tlm, or the serial line of uart. mesh: (width, height) in tiles, None: as many as it
    takes.

    Raises OhmicError with the C library's line when something does not fit, ValueError for arrays
    of another shape or kind. One thread at a time. A context manager; `close` frees the chip.
    """
    WHAT, FREE = "the matrix", "ohm_matrix_free"

    def __init__(self, weights: npt.ArrayLike, *, device: str = "pcm-hermes", config: str = "base",
                 seed: int = 0, threads: int = 1, signed: bool = False,
                 calib: Optional[npt.ArrayLike] = None,
                 input_range: Optional[tuple[int, int]] = None, backend: str = "model",
                 library_path: Optional[str] = None,
                 mesh: Optional[tuple[int, int]] = None) -> None:
        w = bytes_of(weights, True, "weights")
        if w.ndim != 2:
            raise ValueError(f"weights: shape {w.shape}, expected (inputs, outputs)")
        self.inputs, self.outputs = w.shape
        self.signed = signed
        low, high = input_range or (0, 0)
        options = _Options(encoded(config), encoded(device), seed, threads, signed, None, 0,
                           encoded(backend), encoded(library_path), *(mesh or (0, 0)), low, high)
        if calib is not None:
            typical = self._vectors(calib, "calib")
            options.calib, options.calib_count = address(typical), len(typical)
        error = ErrorText()
        self._own(library().ohm_matrix_new(ctypes.byref(options), self.inputs, self.outputs,
                                           address(w), error), error)

    def _vectors(self, x: npt.ArrayLike, what: str) -> npt.NDArray[Any]:
        a = bytes_of(x, self.signed, what)
        if a.shape[-1:] != (self.inputs,) or a.ndim not in (1, 2):
            raise ValueError(f"{what}: shape {a.shape}, expected (n, {self.inputs})")
        return a.reshape(-1, self.inputs)

    def __call__(self, x: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """x @ weights as the chip computes it, in units of the exact product.

        x: (n, inputs) or (inputs,), whole numbers; returns (n, outputs) or (outputs,). Each vector
        is a read of its own: the same x again meets other noise.
        """
        a = self._vectors(x, "x")
        y = np.empty((len(a), self.outputs))
        error = ErrorText()
        if len(a) and library().ohm_matrix_run(self._open(), address(a), len(a), address(y), error):
            raise error.raised()
        return y[0] if np.ndim(x) == 1 else y

    def back(self, x: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """x @ weights.T from the same cells, read from their columns, as a backward pass wants it.

        x: (n, outputs) or (outputs,), whole numbers from -127 to 127; returns (n, inputs) or
        (inputs,). Needs a configuration with transposed reads (tiny_learn).
        """
        a = bytes_of(x, True, "x")
        if a.shape[-1:] != (self.outputs,) or a.ndim not in (1, 2):
            raise ValueError(f"x: shape {a.shape}, expected (n, {self.outputs})")
        a = a.reshape(-1, self.outputs)
        y = np.empty((len(a), self.inputs))
        error = ErrorText()
        if len(a) and library().ohm_matrix_back(self._open(), address(a), len(a), address(y),
                                                error):
            raise error.raised()
        return y[0] if np.ndim(x) == 1 else y

    @property
    def expected_error(self) -> float:
        """RMS error to expect of one output, in units of the exact product; measured with calib."""
        return float(library().ohm_matrix_error(self._open()))

    @property
    def tiles(self) -> int:
        """Tiles in use."""
        return int(library().ohm_matrix_tiles(self._open()))

    def finish(self) -> None:
        """Raises OhmicError when the back end's checks missed something that was expected."""
        error = ErrorText()
        if library().ohm_matrix_finish(self._open(), error):
            raise error.raised()
