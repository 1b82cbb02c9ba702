# SPDX-License-Identifier: Apache-2.0
"""A network directory on the chip."""
from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from ._library import ErrorText, Owner, address, bytes_of, encoded, energy_file, library


class _Options(ctypes.Structure):
    """struct ohm_network_options"""
    _fields_ = [("config", ctypes.c_char_p), ("device", ctypes.c_char_p),
                ("mapping", ctypes.c_char_p), ("backend", ctypes.c_char_p),
                ("library", ctypes.c_char_p), ("energy", ctypes.c_char_p),
                ("seed", ctypes.c_uint64), ("threads", ctypes.c_int), ("mesh_w", ctypes.c_int),
                ("mesh_h", ctypes.c_int), ("seconds", ctypes.c_uint32),
                ("unmapped", ctypes.c_int)]


class _Shape(ctypes.Structure):
    """struct ohm_network_shape"""
    _fields_ = [(name, ctypes.c_int) for name in
                ("lines", "pixels", "channels", "input_signed", "scores", "tiles", "layers")]


class _Figures(ctypes.Structure):
    """struct ohm_network_figures"""
    _fields_ = [("latency", ctypes.c_uint64), ("cycles", ctypes.c_uint64),
                ("steady", ctypes.c_double), ("vmms", ctypes.c_uint64),
                ("clipped", ctypes.c_uint64), ("energy_nj", ctypes.c_double),
                ("images", ctypes.c_uint32)]


@dataclass(frozen=True)
class Result:
    """What a run leaves.

    classes: (n,) int32. scores: (n, classes) float64 in units of the network's own integers (what
    v = W.x + b of the last layer is in software); None where the chip says the class alone.
    latency: cycles of one image alone; cycles: of the run; cycles_per_image: in steady state; all 0
    on a back end that takes no time (golden, model, software). clipped: conversions. energy_nj: per
    image, without programming; 0 in software.
    """
    classes: npt.NDArray[np.int32]
    scores: Optional[npt.NDArray[np.float64]]
    latency: int = 0
    cycles: int = 0
    cycles_per_image: float = 0.0
    vmms: int = 0
    clipped: int = 0
    energy_nj: float = 0.0


class Network(Owner):
    """A network directory (network.json and its arrays), mapped onto a chip.

    directory: see docs/reference/network-format.md. config, device, seed, threads, backend,
    library_path, mesh: as Matrix has them, but mesh None is the configuration's own. mapping: pwm
    or exact. seconds: of the reads, after the device model's reference time (drift). mapped False:
    no chip, for `software` alone.

    Raises OhmicError with the C library's line: a file, field and value that is wrong, or what does
    not fit the chip. A context manager; `close` frees the mapping.
    """
    WHAT, FREE = "the network", "ohm_network_free"

    def __init__(self, directory: str, *, config: str = "base", device: str = "pcm-hermes",
                 mapping: str = "pwm", backend: str = "model", library_path: Optional[str] = None,
                 seed: int = 1, threads: int = 1, mesh: Optional[tuple[int, int]] = None,
                 seconds: int = 0, mapped: bool = True) -> None:
        options = _Options(encoded(config), encoded(device), encoded(mapping), encoded(backend),
                           encoded(library_path), encoded(energy_file()), seed, threads,
                           *(mesh or (0, 0)), seconds, not mapped)
        error = ErrorText()
        self._own(library().ohm_network_new(encoded(directory), ctypes.byref(options), error),
                  error)
        shape = _Shape()
        library().ohm_network_shape(self._open(), ctypes.byref(shape))
        self.shape: tuple[int, int, int] = (shape.lines, shape.pixels, shape.channels)
        self.signed = bool(shape.input_signed)
        self.classes: int = shape.scores
        self.tiles: int = shape.tiles
        self.layers: int = shape.layers

    def _images(self, images: npt.ArrayLike) -> npt.NDArray[Any]:
        a = bytes_of(images, self.signed, "images")
        lines, pixels, channels = self.shape
        values = lines * pixels * channels
        if a.ndim < 2 or not len(a) or a[0].size != values or (
                a.ndim == 4 and a.shape[1:] != self.shape):
            raise ValueError(f"images: shape {a.shape}, expected (n, {lines}, {pixels}, "
                             f"{channels}) or (n, {values})")
        return a

    def _answer(self, n: int) -> tuple[Optional[npt.NDArray[np.float64]], npt.NDArray[np.int32]]:
        return np.empty((n, self.classes)) if self.classes else None, np.empty(n, np.int32)

    def run(self, images: npt.ArrayLike) -> Result:
        """Programs a chip and runs images: (n, lines, pixels, channels) or (n, values), whole
        numbers of 0 to 255, or of -127 to 127 where `signed`. The same images give the same answer.
        """
        a = self._images(images)
        scores, classes = self._answer(len(a))
        figures, error = _Figures(), ErrorText()
        if library().ohm_network_run(self._open(), address(a), len(a), address(scores),
                                     address(classes), ctypes.byref(figures), error):
            raise error.raised()
        return Result(classes, scores, figures.latency, figures.cycles, figures.steady,
                      figures.vmms, figures.clipped, figures.energy_nj)

    def software(self, images: npt.ArrayLike) -> Result:
        """The same in plain integers, without a chip."""
        a = self._images(images)
        scores, classes = self._answer(len(a))
        error = ErrorText()
        if library().ohm_network_software(self._open(), address(a), len(a), address(scores),
                                          address(classes), error):
            raise error.raised()
        return Result(classes, scores)
