# SPDX-License-Identifier: Apache-2.0
"""A crossbar with wires, solved exactly (docs/explain/crossbar.md)."""
from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from ._library import ErrorText, address, encoded, library

Floats = npt.NDArray[np.float64]


class _Wires(ctypes.Structure):
    """struct ohm_wires"""
    _fields_ = [("r_wl", ctypes.c_double), ("r_bl", ctypes.c_double), ("wl_left", ctypes.c_void_p),
                ("wl_right", ctypes.c_void_p), ("bl_top", ctypes.c_void_p),
                ("bl_bottom", ctypes.c_void_p), ("part_rows", ctypes.c_int),
                ("part_cols", ctypes.c_int)]


class _Io(ctypes.Structure):
    """struct ohm_solve_io"""
    _fields_ = [(name, ctypes.c_void_p) for name in
                ("v_wl", "v_bl", "inject_w", "inject_b", "i_wl", "i_bl", "node_w", "node_b")]


class _Iv(ctypes.Structure):
    """struct ohm_iv"""
    _fields_ = [("kind", ctypes.c_int), ("v0", ctypes.c_double)]


class _Newton(ctypes.Structure):
    """struct ohm_newton"""
    _fields_ = [("tolerance", ctypes.c_double), ("max_steps", ctypes.c_int),
                ("steps", ctypes.c_int), ("mismatch", ctypes.c_double)]


@dataclass(frozen=True)
class Solution:
    """i_wl (rows,) and i_bl (columns,): currents out of the lines into their terminals, amperes.
    node_wl, node_bl (rows, columns): voltages of the cells' two nodes. steps: of Newton's method, 0
    for linear cells."""
    i_wl: Floats
    i_bl: Floats
    node_wl: Floats
    node_bl: Floats
    steps: int = 0


class Crossbar:
    """Conductances between word and bit lines.

    g: (rows, columns) siemens, each 0 to 1000. r_wl, r_bl: ohms of a wire segment from cell to
    cell. wl_left, wl_right, bl_top, bl_bottom: ohms of the lines' ends, a number for all or one
    each; math.inf is an open end. By default word lines are driven at the left, bit lines sensed at
    the bottom. part: (rows, columns) of parts with wires of their own; None: one. Raises OhmicError
    at the first call that finds a value wrong or a line that hangs on nothing.
    """

    def __init__(self, g: npt.ArrayLike, *, r_wl: float = 0.0, r_bl: float = 0.0,
                 wl_left: npt.ArrayLike = 0.0, wl_right: npt.ArrayLike = math.inf,
                 bl_top: npt.ArrayLike = math.inf, bl_bottom: npt.ArrayLike = 0.0,
                 part: Optional[tuple[int, int]] = None) -> None:
        self.g: Floats = np.ascontiguousarray(g, np.float64)
        if self.g.ndim != 2 or not self.g.size:
            raise ValueError(f"g: shape {self.g.shape}, expected (rows, columns)")
        self.rows, self.columns = self.g.shape
        self._ends = [self._line(wl_left, self.rows, "wl_left"),
                      self._line(wl_right, self.rows, "wl_right"),
                      self._line(bl_top, self.columns, "bl_top"),
                      self._line(bl_bottom, self.columns, "bl_bottom")]
        self._wires = _Wires(r_wl, r_bl, *(address(e) for e in self._ends), *(part or (0, 0)))

    @staticmethod
    def _line(values: npt.ArrayLike, n: int, what: str) -> Floats:
        a = np.asarray(values, np.float64)
        if a.shape not in ((), (n,)):
            raise ValueError(f"{what}: shape {a.shape}, expected one number or ({n},)")
        return np.ascontiguousarray(np.broadcast_to(a, (n,)))

    def transfer(self) -> Floats:
        """(rows, columns) siemens: I_bl = V_wl @ transfer() with the bit lines at 0 V; what an
        ideal array would have to hold to give the same currents."""
        geff = np.empty_like(self.g)
        error = ErrorText()
        if library().ohm_wires_transfer(ctypes.byref(self._wires), self.rows, self.columns,
                                        address(self.g), address(geff), error):
            raise error.raised()
        return geff

    def solve(self, v_wl: npt.ArrayLike, v_bl: npt.ArrayLike = 0.0,
              iv: str = "linear") -> Solution:
        """All currents and node voltages for terminal voltages v_wl (rows,) and v_bl (columns,),
        volts; one number stands for all lines. iv: linear, sinh, sinh:V0, data or milo; others than
        linear take Newton's method."""
        io, kept = _Io(), []
        for name, values, n in (("v_wl", v_wl, self.rows), ("v_bl", v_bl, self.columns)):
            kept.append(self._line(values, n, name))
            setattr(io, name, address(kept[-1]))
        out = {"i_wl": np.empty(self.rows), "i_bl": np.empty(self.columns),
               "node_w": np.empty_like(self.g), "node_b": np.empty_like(self.g)}
        for name, a in out.items():
            setattr(io, name, address(a))
        steps = self._solve(io, iv)
        return Solution(out["i_wl"], out["i_bl"], out["node_w"], out["node_b"], steps)

    def _solve(self, io: _Io, iv: str) -> int:
        lib, error, curve = library(), ErrorText(), _Iv()
        size: tuple[Any, ...] = (ctypes.byref(self._wires), self.rows, self.columns,
                                 address(self.g))
        if lib.ohm_iv_parse(encoded(iv), ctypes.byref(curve), error):
            raise error.raised()
        if curve.kind != 0:
            newton = _Newton()
            if lib.ohm_newton_run(*size, ctypes.byref(curve), ctypes.byref(io),
                                  ctypes.byref(newton), error):
                raise error.raised()
            return int(newton.steps)
        solver = lib.ohm_solver_new(*size, error)
        if not solver:
            raise error.raised()
        failed = lib.ohm_solver_run(solver, ctypes.byref(io), error)
        lib.ohm_solver_free(solver)
        if failed:
            raise error.raised()
        return 0
