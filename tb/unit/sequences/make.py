# SPDX-License-Identifier: Apache-2.0
"""Networks of sequences with random weights, among them every kernel that a layer may name, and
what NumPy makes of random images.

make.py DIRECTORY SEED: a folder for each network, with x.npy and want.npy (images, scores), and
nets.txt: name, configuration, mesh, images, options.
"""
import os
import sys

import numpy as np

sys.path.insert(0, "sim/networks/common")

import ohmic_net        # noqa: E402
import ohmic_vector     # noqa: E402


class Maker:
    def __init__(self, directory, seed):
        self.directory, self.rng, self.lines = directory, np.random.default_rng(seed), []

    def dense(self, name, sources, inputs, outputs, **fields):
        """Sums of about +-100 where all inputs are about that."""
        rng = self.rng
        scale = rng.integers(200, 2000, outputs) * rng.choice([-1, 1], outputs)
        return {"name": name, "type": "dense", "from": sources,
                "w": rng.integers(-127, 128, (inputs, outputs)).astype(np.int8),
                "bias": rng.integers(-9999, 10000, outputs), "scale": scale.astype(np.int16),
                "shift": 20, "activation": "none", "output": "s8", **fields}

    def last(self, sources, inputs, outputs=3, output="s32"):
        q = self.dense("out", sources, inputs, outputs, output=output)
        del q["scale"], q["shift"]
        return q

    def kernel(self, name, kind, sources, outputs, **fields):
        sizes = ohmic_vector.INPUTS.get(kind, (1,))
        return {"name": name, "type": "vector", "from": sources, "inputs": sum(sizes) * outputs,
                "outputs": outputs, "kernel": kind, "output": "s8", **fields}

    def put(self, name, layers, steps, width, chip, images=5, output="each", halve=False):
        to = os.path.join(self.directory, name)
        low, high, kind = (0, 256, np.uint8) if halve else (-127, 128, np.int8)
        x = self.rng.integers(low, high, (images, steps * width)).astype(kind)
        ohmic_net.save(to, name, layers, x[:2], shape=(steps, width), sequence=output,
                       input_type={"type": "s8", **({"halve": True} if halve else {})})
        ohmic_net.save_array(os.path.join(to, "x.npy"), x)
        net, layers, _ = ohmic_net.load(to, strict=True)
        want = ohmic_vector.run(net, layers, x)
        if layers[-1]["output"] == "class":
            best = want.argmax(axis=1)
            want = np.stack([best, want[np.arange(len(x)), best]], axis=1)
        np.save(os.path.join(to, "want.npy"), want.reshape(images, -1))
        self.lines.append(f"{name} {images} {chip}\n")


def recurrent(m, kind, n, times, steps, width, chip, **how):
    values = {"in_scale": int(m.rng.integers(100, 600))}
    m.put(f"{kind}_{n}", [m.dense("gates", ["input", "h"], width + n, times * n),
                          m.kernel("h", kind, ["gates"], n, values=values),
                          m.last(["h"], n, output=how.pop("last", "s32"))],
          steps, width, chip, **how)


def elements(m):
    n, unary = 20, {"in_scale": 700, "out_scale": 1 << 13, "out_shift": 20}
    m.put("elements", [
        m.dense("a", ["input"], 7, n), m.dense("b", ["input"], 7, n),
        m.kernel("sum", "add", ["a", "b"], n, values={"scale0": 9000, "scale1": -12000}),
        m.kernel("product", "mul", ["a", "b"], n, values={"scale": 200}),
        m.kernel("larger", "max", ["sum", "product"], n),
        m.kernel("soft", "softmax", ["larger"], n, values={**unary, "out_scale": 1 << 14}),
        m.kernel("s", "sigmoid", ["sum"], n, values=unary),
        m.kernel("t", "tanh", ["product"], n, output="u8", values={"out_shift": 12}),
        m.dense("c", ["t"], n, n),
        m.last(["soft", "s", "c"], 3 * n)], 4, 7, "base_vec 16x4 --lanes 2")


def attention(m):
    n, rng = 32, m.rng
    inverse = {"inv_one": 1 << 19, "inv_shift": 19}
    gamma = rng.integers(2000, 8000, n)
    m.put("attention", [
        m.dense("embed", ["input"], 9, n),
        m.kernel("norm", "layernorm", ["embed"], n, values=inverse,
                 arrays={"gamma": gamma, "beta": rng.integers(-2000, 2000, n)}),
        m.dense("qkv", ["norm"], n, 3 * n),
        m.kernel("att", "attention", ["qkv"], n, values={"H": 2, "d": 16}),
        m.dense("o", ["att"], n, n),
        m.kernel("skip", "add", ["embed", "o"], n),
        m.kernel("rms", "rmsnorm", ["skip"], n, values=inverse,
                 arrays={"gamma": gamma}),
        m.last(["rms"], n)], 6, 9, "base_vec 16x4 --lanes 2")


def main(directory, seed):
    m = Maker(directory, seed)
    recurrent(m, "rnn", 16, 1, 6, 4, "base_vec 2x2 --lanes 1", output="last")
    recurrent(m, "rnn", 80, 1, 4, 60, "base_vec 4x4", images=3)     # its state is cut in two
    recurrent(m, "lstm", 32, 4, 5, 12, "base_vec 4x4", output="last", halve=True, last="class",
              images=6)
    recurrent(m, "gru", 48, 4, 7, 90, "base_vec 8x4 --lanes 3")
    elements(m)
    attention(m)
    n = m.lines
    m.lines = []        # too wide for the lanes that the test asks for
    recurrent(m, "rnn", 528, 1, 2, 4, "", images=1)
    m.lines = n
    with open(os.path.join(directory, "nets.txt"), "w", encoding="utf-8") as f:
        f.writelines(m.lines)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
