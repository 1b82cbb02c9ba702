# SPDX-License-Identifier: Apache-2.0
"""What a network will need, before anything is built."""
from __future__ import annotations

import ctypes
import json
from typing import Any, Optional

from ._library import ErrorText, encoded, energy_file, library


class _Options(ctypes.Structure):
    """struct ohm_estimate_options"""
    _fields_ = [("net", ctypes.c_char_p), ("config", ctypes.c_char_p), ("device", ctypes.c_char_p),
                ("mapping", ctypes.c_char_p), ("energy", ctypes.c_char_p), ("mesh_w", ctypes.c_int),
                ("mesh_h", ctypes.c_int), ("clock_mhz", ctypes.c_int)]


def estimate(directory: str, *, config: Optional[str] = None,
             mesh: Optional[tuple[int, int]] = None, device: str = "pcm-hermes",
             mapping: str = "pwm", clock_mhz: int = 1000) -> list[dict[str, Any]]:
    """Tiles, cycles, energy and bottleneck of a network directory, a dictionary a configuration.

    config: one, "all", or None: tiny, small, base and large. mesh: (width, height) of one; None:
    its own, or the smallest that does. Keys: config, fits; reason where it does not fit; else
    mesh_w, mesh_h, tiles, places, cells, cells_there (of the tiles in use), cycles (per image),
    tile_cycles, link_cycles, limit (tile, link or host), layer (the busiest), windows, vmm_cycles,
    area_mm2, lift_mesh_w, lift_mesh_h, lift_cycles (the next mesh that lifts it; 0: none),
    energy_nj, tops_w, energy_nj_of (components). Raises OhmicError.
    """
    options = _Options(encoded(directory), encoded(config), encoded(device), encoded(mapping),
                       encoded(energy_file()), *(mesh or (0, 0)), clock_mhz)
    error = ErrorText()
    text = library().ohm_estimate_json(ctypes.byref(options), error)
    if not text:
        raise error.raised()
    try:
        found: list[dict[str, Any]] = json.loads(ctypes.string_at(text))["configurations"]
        return found
    finally:
        library().ohm_estimate_json_free(text)
