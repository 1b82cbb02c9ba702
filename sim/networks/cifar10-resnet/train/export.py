# SPDX-License-Identifier: Apache-2.0
"""Trained weights of the residual network to the integers of ohmic-network-1. Needs NumPy."""
import numpy as np

SHAPE = (32, 32, 3)
TOP = 6.0               # real value of the largest byte of a hidden map
LAYERS = ("prep", "down1", "res1", "down2", "res2", "down3", "res3", "fc")


def folded(state, name):
    """Float weights (rows, outputs) and biases of a layer, its batch normalisation folded in.

    state: arrays by PyTorch's names; its convolutions are (outputs, inputs, lines, pixels).
    """
    if name == "fc":
        return state["fc.weight"].T, state["fc.bias"]
    w = state[name + ".conv.weight"]
    w = w.transpose(2, 3, 1, 0).reshape(-1, len(w))
    if name + ".norm.weight" not in state:
        return w, state[name + ".conv.bias"]
    n = {k: state[f"{name}.norm.{k}"] for k in ("weight", "bias", "running_mean", "running_var")}
    gain = n["weight"] / np.sqrt(n["running_var"] + 1e-5)
    return w * gain, n["bias"] - n["running_mean"] * gain


def to_integer(state):
    """Integer layers for ohmic_net.save.

    With a the real value of a weight step and X that of an input step, the sum's
    step is a X. An output's largest weight is 127, but the layer's where a
    residual is added, which has one scale, and in the last layer, whose results
    are compared.
    """
    layers, side, channels = [], 32, 3
    x = 1 / 255
    for name in LAYERS:
        w, b = (v.astype(np.float64) for v in folded(state, name))
        last, add = name == "fc", name.startswith("res")
        a = np.abs(w).max(axis=None if add or last else 0, keepdims=True) / 127
        unit = (a * x).ravel()
        q = {"name": name, "w": np.rint(w / a).astype(np.int8),
             "bias": np.rint(b / unit).astype(np.int32), "activation": "none", "output": "class"}
        if not last:
            x = TOP / 255
            q.update(type="conv", inputs=[side, side, channels], kernel=[3, 3], padding=1,
                     activation="relu", output="u8")
            ratio = np.broadcast_to(unit / x, w.shape[1])
            q["shift"] = int(np.clip(np.floor(np.log2(32767 / ratio.max())), 0, 40))
            q["scale"] = np.rint(ratio * 2.0 ** q["shift"]).astype(np.int16)
        if add:
            q["add"] = {"layer": layers[-1]["name"], "scale": int(np.rint(x / unit[0]))}
        if name.startswith("down"):
            q["pool"], side = {"type": "max", "size": 2}, side // 2
        if name == LAYERS[-2]:
            q["pool"] = {"type": "global-max"}
        layers.append(q)
        channels = w.shape[1]
    return layers
