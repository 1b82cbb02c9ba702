# SPDX-License-Identifier: Apache-2.0
"""Makes the shipped networks that come from models of others, each from the model in its directory.

  PYTHONPATH=sim/python sim/out/venv/bin/python sim/networks/common/import_models.py [NAME …]
(scripts/venv.sh import makes the environment.) import.log in each directory is what the importer
said. Calibration: images that the project has; where data may not be shipped, inputs made here,
whose spread is that of the data, and which are in inputs.npy for runs.
"""
import contextlib
import gzip
import io
import json
import os
import shutil
import sys

import numpy as np

from ohmic_import import api
from ohmic_import.__main__ import main as command

NETWORKS = "sim/networks"
CIFAR = "sim/data/cifar10-jpeg/test-images-idx4-ubyte.gz"

# Mean, spread and correlation from frame to frame of the ten MFCCs of keyword samples, in steps of
# the model's input.
MFCC_MEAN = np.array([58.1, 85.1, 82.7, 82.0, 82.0, 82.2, 82.2, 82.2, 82.0, 82.0])
MFCC_SPREAD = np.array([41.1, 6.6, 4.4, 3.4, 2.9, 2.2, 2.0, 1.8, 1.7, 1.6])
MFCC_KEPT = np.array([.95, .92, .90, .88, .85, .79, .76, .72, .72, .68])


def mnist():
    """Training images that mnist-cnn is calibrated with."""
    return np.load(f"{NETWORKS}/mnist-cnn/calib.npy").reshape(-1, 1, 28, 28)


def mnist_test(n=100):
    """The first test images; their labels go to labels.npy."""
    with gzip.open("sim/data/mnist/t10k-labels-idx1-ubyte.gz") as f:
        np.save(f"{NETWORKS}/finn-tfc/labels.npy", np.frombuffer(f.read(8 + n)[8:], np.uint8))
    with gzip.open("sim/data/mnist/t10k-images-idx3-ubyte.gz") as f:
        return np.frombuffer(f.read(16 + n * 784)[16:], np.uint8).reshape(n, 1, 28, 28)


def cifar():
    """The last 64 of the shipped images (JPEG copies)."""
    with gzip.open(CIFAR) as f:
        return np.frombuffer(f.read()[20:], np.uint8).reshape(-1, 32, 32, 3)[-64:]


def keywords(n=64):
    """Sequences of 49 frames that wander as MFCCs do."""
    rng = np.random.default_rng(1)
    x = np.empty((n, 49, 10))
    x[:, 0] = rng.normal(0, 1, (n, 10))
    for k in range(1, 49):
        x[:, k] = MFCC_KEPT * x[:, k - 1] + np.sqrt(1 - MFCC_KEPT ** 2) * rng.normal(0, 1, (n, 10))
    return np.clip(np.rint(x * MFCC_SPREAD + MFCC_MEAN), -128, 127).astype(np.int8)


def sounds(n=64):
    """Five frames of 128 bands with smooth spectra, over the middle of the model's input range."""
    rng = np.random.default_rng(2)
    bands = rng.normal(0, 1, (n, 1, 128 + 24))
    smooth = np.apply_along_axis(np.convolve, 2, bands, np.hanning(25) / 3, "valid")
    x = 40 * smooth + 6 * rng.normal(0, 1, (n, 5, 128))
    return np.clip(np.rint(x), -128, 127).astype(np.int8).reshape(n, 640)


# name: (model, calibration images, options of the importer, images for inputs.npy or None)
MODELS = {
    "autoencoder": ("ad01_int8.tflite", sounds, [], sounds),
    "ds-cnn": ("kws_ref_model.tflite", keywords, [], keywords),
    "finn-tfc": ("tfc_w1a1_build_dataflow.onnx", mnist, ["--scale", "1"], mnist_test),
    "mnist-conv": ("model.onnx", mnist, ["--scale", "1"], None),
    "resnet8-cifar": ("pretrainedResnet_quant.tflite", cifar, ["--scale", "1"], None),
}


def make(name):
    model, images, options, ships = MODELS[name]
    directory, work = os.path.join(NETWORKS, name), f"sim/out/import-{name}"
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    calib, made = os.path.join(work, "calib.npy"), os.path.join(work, "net")
    np.save(calib, images())
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        code = command(["model", os.path.join(directory, model), "--calib", calib, "--out", made,
                        "--name", name, *options])
    if code:
        sys.exit(code)
    for old in os.listdir(directory):
        if old.endswith(".npy"):
            os.remove(os.path.join(directory, old))
    for file in os.listdir(made):
        shutil.copy(os.path.join(made, file), directory)
    with open(os.path.join(directory, "import.log"), "w", encoding="utf-8") as f:
        f.writelines(line + "\n" for line in text.getvalue().splitlines()
                     if not line.startswith("left"))
    if ships:
        with open(os.path.join(directory, "import.json"), encoding="utf-8") as f:
            record = json.load(f)
        with open(os.path.join(directory, "network.json"), encoding="utf-8") as f:
            shape = json.load(f)["input"]["shape"]
        np.save(os.path.join(directory, "inputs.npy"), api.images_for(record, shape, ships()))
    print(f"{name}: {record_size(directory)} bytes")


def record_size(directory):
    return sum(os.path.getsize(os.path.join(directory, f)) for f in os.listdir(directory))


def main():
    for name in sys.argv[1:] or MODELS:
        if name not in MODELS:
            sys.exit(f"import_models.py: {name}, expected {', '.join(MODELS)}")
        make(name)


main()
