# SPDX-License-Identifier: Apache-2.0
"""The C library behind the package: where it lies, its functions, its errors."""
from __future__ import annotations

import ctypes
import ctypes.util
import os
from typing import Any, Optional, TypeVar

import numpy as np
import numpy.typing as npt


class OhmicError(Exception):
    """What the C library refuses; the text is its line: file, field, value, what was expected."""


class ErrorText(ctypes.Structure):
    """struct ohm_error"""
    _fields_ = [("text", ctypes.c_char * 512)]

    def raised(self) -> OhmicError:
        """The exception for this line."""
        return OhmicError(self.text.decode("utf-8", "replace"))


HERE = os.path.dirname(os.path.abspath(__file__))
POINTER, INT = ctypes.c_void_p, ctypes.c_int
ERROR = ctypes.POINTER(ErrorText)

# name: (result, arguments)
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "ohm_matrix_new": (POINTER, [POINTER, INT, INT, POINTER, ERROR]),
    "ohm_matrix_free": (None, [POINTER]),
    "ohm_matrix_run": (INT, [POINTER, POINTER, INT, POINTER, ERROR]),
    "ohm_matrix_back": (INT, [POINTER, POINTER, INT, POINTER, ERROR]),
    "ohm_matrix_error": (ctypes.c_double, [POINTER]),
    "ohm_matrix_tiles": (INT, [POINTER]),
    "ohm_matrix_finish": (INT, [POINTER, ERROR]),
    "ohm_network_new": (POINTER, [ctypes.c_char_p, POINTER, ERROR]),
    "ohm_network_free": (None, [POINTER]),
    "ohm_network_shape": (None, [POINTER, POINTER]),
    "ohm_network_run": (INT, [POINTER, POINTER, ctypes.c_uint32, POINTER, POINTER, POINTER, ERROR]),
    "ohm_network_software": (INT, [POINTER, POINTER, ctypes.c_uint32, POINTER, POINTER, ERROR]),
    "ohm_estimate_json": (POINTER, [POINTER, ERROR]),
    "ohm_estimate_json_free": (None, [POINTER]),
    "ohm_wires_transfer": (INT, [POINTER, INT, INT, POINTER, POINTER, ERROR]),
    "ohm_solver_new": (POINTER, [POINTER, INT, INT, POINTER, ERROR]),
    "ohm_solver_free": (None, [POINTER]),
    "ohm_solver_run": (INT, [POINTER, POINTER, ERROR]),
    "ohm_newton_run": (INT, [POINTER, INT, INT, POINTER, POINTER, POINTER, POINTER, ERROR]),
    "ohm_iv_parse": (INT, [ctypes.c_char_p, POINTER, ERROR]),
}

_loaded: Optional[ctypes.CDLL] = None


def candidates() -> list[str]:
    """Where the library is looked for, in this order."""
    places = [os.environ.get("OHMIC_LIBRARY"), os.path.join(HERE, "libohmic.so"),
              os.path.join(HERE, "..", "..", "out", "build", "libohmic.so"),
              ctypes.util.find_library("ohmic")]
    return [p for p in places if p]


def library() -> ctypes.CDLL:
    """The C library, loaded once.

    Looked for in OHMIC_LIBRARY, in the installed package, in the source tree (`make lib`) and where
    `make install` puts it. Raises OhmicError when it is nowhere or of another version.
    """
    global _loaded
    if _loaded is not None:
        return _loaded
    for path in candidates():
        if os.sep in path and not os.path.exists(path):
            if path == os.environ.get("OHMIC_LIBRARY"):
                raise OhmicError(f"OHMIC_LIBRARY: {path}: no such file")
            continue
        try:
            lib = ctypes.CDLL(path)
            for name, (result, arguments) in FUNCTIONS.items():
                function = getattr(lib, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError) as e:
            raise OhmicError(f"{path}: {e}, expected libohmic.so of this version") from None
        _loaded = lib
        return lib
    raise OhmicError("libohmic.so: not found, expected in the package, in sim/out/build (make lib) "
                     "or named by OHMIC_LIBRARY")


_Owner = TypeVar("_Owner", bound="Owner")


class Owner:
    """What holds an object of the C library: a context manager, freed by `close` or as it goes.

    A class says WHAT it is in a sentence, and FREE, the function that frees it. Its `__init__`
    calls `_own` with what the library made; until then, and after `close`, there is nothing to
    free, and `_open` refuses.
    """
    WHAT = "the object"
    FREE = ""
    _handle: Optional[int] = None

    def _own(self, handle: Optional[int], error: ErrorText) -> None:
        if not handle:
            raise error.raised()
        self._handle = handle

    def _open(self) -> int:
        if not self._handle:
            raise ValueError(f"{self.WHAT} is closed")
        return self._handle

    def close(self) -> None:
        """Frees it; a second time nothing happens."""
        if self._handle:
            getattr(library(), self.FREE)(self._handle)
        self._handle = None

    def __enter__(self: _Owner) -> _Owner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def energy_file() -> str:
    """Parameters of energy and area: the package's copy, or the source tree's."""
    own = os.path.join(HERE, "energy.txt")
    return own if os.path.exists(own) else os.path.join(HERE, "..", "..", "configs", "energy.txt")


def encoded(text: Optional[str]) -> Optional[bytes]:
    """A C string; None: NULL."""
    return None if text is None else os.fsencode(text)


def address(a: Optional[npt.NDArray[Any]]) -> Optional[int]:
    """Where the values of an array begin; None: NULL."""
    return None if a is None else a.ctypes.data


def bytes_of(x: npt.ArrayLike, signed: bool, what: str) -> npt.NDArray[Any]:
    """Integers as the C library takes them: uint8, or int8 when signed. Raises ValueError where one
    is not a whole number within the range."""
    kind = np.int8 if signed else np.uint8
    a = np.asarray(x)
    if a.dtype == kind:
        return np.ascontiguousarray(a)
    limits = (-127, 127) if signed else (0, 255)
    if a.dtype.kind not in "iufb" or (a.size and not (np.all(a >= limits[0])
                                                      and np.all(a <= limits[1])
                                                      and np.all(a == np.floor(a)))):
        raise ValueError(f"{what}: {a.dtype}, expected whole numbers from {limits[0]} to "
                         f"{limits[1]}")
    return np.ascontiguousarray(a, kind)
