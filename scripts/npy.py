# SPDX-License-Identifier: Apache-2.0
"""Writes .npy files (format version 1.0) without NumPy, for tests that make their own networks."""

import pathlib
import struct


def write(path, kind, shape, data):
    """kind: as "|i1", "<i4"; shape: a tuple; data: the array's bytes in C order."""
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (63 - (10 + len(head)) % 64) + "\n"
    pathlib.Path(path).write_bytes(
        b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data
    )
