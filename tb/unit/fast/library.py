# SPDX-License-Identifier: Apache-2.0
"""The installed library from Python: products, noise, determinism, errors; library.py LIBRARY."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "sim/examples"))
sys.dont_write_bytecode = True
import numpy as np  # noqa: E402
from vmm import Matrix  # noqa: E402

library = sys.argv[1]
random = np.random.default_rng(3)
w = random.integers(-127, 128, (200, 30)).astype(np.int8)
x = random.integers(0, 256, (150, 200)).astype(np.uint8)
exact = x.astype(float) @ w


def error(y):
    return np.std(y - exact) / np.ptp(exact)


ideal = Matrix(library, w, "ideal", config="small", calib=x)(x)
assert error(ideal) < 0.01, error(ideal)
noisy = Matrix(library, w, "pcm-hermes", seed=4, config="small", calib=x)
first, second = noisy(x), noisy(x)
assert 0.002 < error(first) < 0.05, error(first)
assert (first != second).mean() > 0.3, "a vector read again meets other noise"
for threads in (1, 2, 3):
    again = Matrix(library, w, "pcm-hermes", seed=4, config="small", calib=x, threads=threads)
    assert (again(x[:70]) == first[:70]).all() and (
        again(x[70:]) == first[70:]
    ).all(), "same bits on any number of threads"
assert (
    Matrix(library, w, "pcm-hermes", seed=5, config="small", calib=x)(x) != first
).any(), "another seed, other devices"
assert error(Matrix(library, w, "ideal")(x)) < 0.05, "without calibration"

golden = Matrix(library, w, "pcm-hermes", seed=4, config="small", calib=x, backend="golden")
assert (golden(x[:40]) == first[:40]).all() and (
    golden(x[40:60]) == first[40:60]
).all(), "same bits on the golden model"

for wrong, said in (
    ({"backend": "abacus"}, "back end: abacus, expected rtl, golden"),
    ({"backend": "rtl"}, "no Verilated chip"),
    ({"device": "tin"}, "tin"),
    ({"config": "huge"}, "huge"),
    ({"threads": 1000}, "1000 threads"),
):
    try:
        Matrix(library, w, **wrong)
    except ValueError as e:
        assert said in str(e) and "\n" not in str(e), e
    else:
        raise AssertionError(f"{wrong} was accepted")
w[5, 7] = -128
try:
    Matrix(library, w)
except ValueError as e:
    assert "input 5, output 7: -128" in str(e), e
else:
    raise AssertionError("weight -128 was accepted")
