# SPDX-License-Identifier: Apache-2.0
"""Ohmic, a memristor compute-in-memory chip, from Python.

Matrix: a matrix on the chip, on any back end. Network: a network directory on the chip. estimate:
what a network needs before anything is built. Crossbar: an exact solver of a crossbar with wires.
import_model, from_float: a trained model to a network directory (the package ohmic_import; ONNX and
TFLite need `pip install ohmic[import]`). What the C library refuses is raised as OhmicError with
its line.
"""
from ohmic_import import ImportFailed, from_float, import_model

from ._library import OhmicError
from .crossbar import Crossbar, Solution
from .estimate import estimate
from .matrix import Matrix
from .network import Network, Result

__all__ = ["Crossbar", "ImportFailed", "Matrix", "Network", "OhmicError", "Result", "Solution",
           "estimate", "from_float", "import_model"]
