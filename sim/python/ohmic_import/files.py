# SPDX-License-Identifier: Apache-2.0
"""Reading a model's file, whatever it is."""
import os

from .errors import ImportFailed

MAX_BYTES = 1 << 30


def read(path):
    """All bytes of a model. Raises ImportFailed with one line."""
    try:
        size = os.path.getsize(path)
        if size > MAX_BYTES:
            raise ImportFailed(f"{path}: {size} bytes, expected a smaller model (at most "
                               f"{MAX_BYTES})")
        with open(path, "rb") as f:
            raw = f.read(MAX_BYTES)
    except OSError as e:
        raise ImportFailed(f"{path}: {e.strerror}") from None
    if raw[:4] == b"PK\x03\x04" or raw[:2] == b"\x1f\x8b":
        raise ImportFailed(f"{path}: packed (zip or gzip), expected the model itself")
    return raw
