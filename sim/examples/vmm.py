# SPDX-License-Identifier: Apache-2.0
"""A matrix on the chip from Python, NumPy arrays in and out, through the C library.

  python3 vmm.py [libohmic.so]      the library that is installed, or this file
"""
import ctypes
import ctypes.util
import sys

import numpy as np


class Options(ctypes.Structure):
    """struct ohm_matrix_options"""
    _fields_ = [("config", ctypes.c_char_p), ("device", ctypes.c_char_p), ("seed", ctypes.c_uint64),
                ("threads", ctypes.c_int), ("input_signed", ctypes.c_int),
                ("calib", ctypes.c_void_p), ("calib_count", ctypes.c_int),
                ("backend", ctypes.c_char_p), ("library", ctypes.c_char_p),
                ("mesh_w", ctypes.c_int), ("mesh_h", ctypes.c_int),
                ("input_low", ctypes.c_int), ("input_high", ctypes.c_int)]


class Matrix:
    """weights: int8 [inputs, outputs]. Call it with uint8 [n, inputs]; it returns float64
    [n, outputs]. backend: who computes; rtl and tlm need chip, their shared object, and the mesh
    that it is made for."""

    def __init__(self, library, weights, device="pcm-hermes", seed=0, threads=1, config="base",
                 calib=None, backend="model", chip=None, mesh=(0, 0)):
        self.lib = ctypes.CDLL(library)
        self.lib.ohm_matrix_new.restype = ctypes.c_void_p
        self.error = ctypes.create_string_buffer(512)  # struct ohm_error
        weights = np.ascontiguousarray(weights, np.int8)
        self.inputs, self.outputs = weights.shape
        options = Options(config.encode(), device.encode(), seed, threads, 0, None, 0,
                          backend.encode(), chip and chip.encode(), *mesh, 0, 0)
        if calib is not None:
            calib = np.ascontiguousarray(calib, np.uint8)
            options.calib, options.calib_count = calib.ctypes.data, len(calib)
        self.handle = self.lib.ohm_matrix_new(ctypes.byref(options), self.inputs, self.outputs,
                                           ctypes.c_void_p(weights.ctypes.data), self.error)
        if not self.handle:
            raise ValueError(self.error.value.decode())

    def __call__(self, x):
        x = np.ascontiguousarray(x, np.uint8).reshape(-1, self.inputs)
        y = np.empty((len(x), self.outputs))
        if self.lib.ohm_matrix_run(ctypes.c_void_p(self.handle), ctypes.c_void_p(x.ctypes.data),
                                   len(x), ctypes.c_void_p(y.ctypes.data), self.error):
            raise RuntimeError(self.error.value.decode())
        return y

    def __del__(self):
        if getattr(self, "handle", None):
            self.lib.ohm_matrix_free(ctypes.c_void_p(self.handle))


if __name__ == "__main__":
    where = sys.argv[1] if len(sys.argv) > 1 else ctypes.util.find_library("ohmic")
    random = np.random.default_rng(1)
    w = random.integers(-127, 128, (300, 50)).astype(np.int8)
    x = random.integers(0, 256, (1000, 300)).astype(np.uint8)
    exact = x.astype(float) @ w
    for device in ("ideal", "pcm-hermes"):
        y = Matrix(where, w, device, seed=1, threads=2, calib=x[:100])(x)
        print(f"{device}: RMS error {np.std(y - exact) / np.ptp(exact):.2%} of the range of "
              f"{len(x)} products of 300 x 50")
