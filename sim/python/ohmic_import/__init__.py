# SPDX-License-Identifier: Apache-2.0
"""Turns a trained model (ONNX, TFLite or float arrays) into an ohmic-network-1 directory."""
from .errors import ImportFailed
from .api import from_float, import_model

__all__ = ["ImportFailed", "from_float", "import_model"]
