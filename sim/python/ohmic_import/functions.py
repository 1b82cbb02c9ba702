# SPDX-License-Identifier: Apache-2.0
"""Activations of foreign models as functions of one value; the chip has relu, the rest are
tables."""

import math

import numpy as np

from .graph import relu


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def erf(x):
    return np.vectorize(math.erf)(np.asarray(x, float))


def activation(name, **p):
    """(name, function) of an operator by its ONNX name; None where there is none of that name."""
    table = {
        "Relu": relu,
        "Sigmoid": sigmoid,
        "Tanh": np.tanh,
        "LeakyRelu": lambda x: np.where(x >= 0, x, p.get("alpha", 0.01) * x),
        "Elu": lambda x: np.where(x >= 0, x, p.get("alpha", 1.0) * np.expm1(np.minimum(x, 0))),
        "Selu": lambda x: p.get("gamma", 1.0507009873554805)
        * np.where(x >= 0, x, p.get("alpha", 1.6732632423543772) * np.expm1(np.minimum(x, 0))),
        "HardSigmoid": lambda x: np.clip(p.get("alpha", 0.2) * x + p.get("beta", 0.5), 0, 1),
        "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
        "Softplus": lambda x: np.logaddexp(0, x),
        "Softsign": lambda x: x / (1 + np.abs(x)),
        "Gelu": lambda x: (
            0.5 * x * (1 + erf(x / math.sqrt(2)))
            if p.get("approximate", "none") == "none"
            else 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        ),
        "Mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
        "Clip": lambda x: np.clip(x, p.get("min", -np.inf), p.get("max", np.inf)),
        "Abs": np.abs,
        "ThresholdedRelu": lambda x: np.where(x > p.get("alpha", 1.0), x, 0.0),
    }
    if name not in table:
        return None
    if name == "Clip" and p.get("min", -np.inf) == 0:
        top = p.get(
            "max", np.inf
        )  # relu whose output ends at `top`: the quantiser ends bytes there
        return ("relu", relu) if top == np.inf else (f"relu{top:g}", table["Clip"])
    return ("relu" if name == "Relu" else name.lower(), table[name])
