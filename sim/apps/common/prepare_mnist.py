#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the 8 x 8 images that the learning demonstrations train with, as Li et al. (Nature
Communications 9, 2385, 2018) did: the middle 20 x 20 pixels, their means over 2.5 x 2.5, here in
16 levels (bytes 0, 17, ... 255). Plain Python, a minute.

  prepare_mnist.py MNIST-DIRECTORY      the four published files; writes into sim/data/mnist/
"""
import gzip
import os
import struct
import sys

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "mnist")


def shares(i):
    """Pixels of the 20 that output i covers, in fifths of an output's 12.5 (times two)."""
    low, high = 5 * i, 5 * i + 5  # in half pixels
    return [(p, max(0, min(2 * p + 2, high) - max(2 * p, low))) for p in range(20)
            if min(2 * p + 2, high) > max(2 * p, low)]


COVER = [shares(i) for i in range(8)]


def small(image):
    rows = []
    for r in range(20):
        line = image[28 * (r + 4) + 4:28 * (r + 4) + 24]
        rows.append([sum(line[p] * s for p, s in cover) for cover in COVER])
    # 25 quarter pixels an output; a level is 17
    return bytes(17 * min(15, (2 * sum(rows[r][c] * s for r, s in cover) // 25 + 17) // 34)
                 for cover in COVER for c in range(8))


def main():
    for part in "train", "t10k":
        with gzip.open(os.path.join(sys.argv[1], f"{part}-images-idx3-ubyte.gz")) as f:
            n = struct.unpack(">4I", f.read(16))[1]
            data = b"".join(small(f.read(784)) for _ in range(n))
        with open(os.path.join(OUT, f"{part}-images-8x8-idx3-ubyte.gz"), "wb") as raw:
            with gzip.GzipFile("", "wb", 9, raw, 0) as f:
                f.write(struct.pack(">4I", 0x803, n, 8, 8) + data)
        print(part, n)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
