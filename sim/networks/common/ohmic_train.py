# SPDX-License-Identifier: Apache-2.0
"""Noise-aware training of small dense networks, in NumPy, for ohmic-network-1.

The forward pass sees what the chip will do: int8 weights (straight-through
gradient), HERMES programming and read noise on them, ADC noise on each layer's
sums, u8 hidden values. Gradients flow to the full-precision weights (Joshi et
al., Nature Communications 11, 2473, 2020).
"""
import time

import numpy as np

import hermes_chip
import ohmic_net


class Dense:
    """One layer. w: float32 (inputs, outputs), b: float32 (outputs).

    x_max is the real value of input byte 255. Hidden layers have one weight
    scale per column, the last layer one for all, because its logits are
    compared with no further scaling.
    """

    def __init__(self, inputs, outputs, x_max, last, clip, rng):
        self.w = (rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)).astype(np.float32)
        self.b = np.zeros(outputs, np.float32)
        self.x_max, self.last, self.clip = x_max, last, clip
        self.adc = np.zeros(outputs, np.float32)     # ADC noise, in weight steps x bytes

    def step(self):
        """Real value of one weight step: (1, outputs), or (1, 1) in the last layer."""
        axis = None if self.last else 0
        return np.maximum(np.abs(self.w).max(axis=axis, keepdims=True), 1e-6) / 127

    def limit_weights(self):
        """Clip weights to `clip` standard deviations.

        Programming noise hardly depends on conductance, so a narrow
        distribution, which fills the range, has the best signal to noise.
        """
        rms = np.sqrt(np.mean(self.w ** 2, axis=None if self.last else 0, keepdims=True))
        np.clip(self.w, -self.clip * rms, self.clip * rms, out=self.w)

    def noise_model(self, x):
        """Update the ADC noise from sample inputs x (n, inputs) in real units.

        An ADC step of LSB gives LSB^2/12 per part; parts add up.
        """
        w, xb = np.rint(self.w / self.step()), x * np.float32(255 / self.x_max)
        var = 0
        for r in hermes_chip.split(len(w), 128):
            lsb = np.percentile(np.abs(xb[:, r] @ w[r]), 99.9) / 127
            var = var + lsb ** 2 / 12
        self.adc = np.float32(np.sqrt(var))

    def forward(self, x, noise, rng):
        """x: (n, inputs) in real units; noise: factor on the chip's noise."""
        a = self.step().astype(np.float32)
        wq = np.rint(self.w / a)
        self.x, self.wn = x, wq * a
        if not noise:
            return x @ self.wn + self.b
        r = np.abs(wq) * np.float32(1 / 127)
        # both devices' programming error (the idle one's is half clipped at 0), and
        # read noise, in weight steps
        var = hermes_chip.sigma_prog(r) ** 2 + 0.5 * hermes_chip.sigma_prog(0) ** 2
        var += hermes_chip.sigma_read(r * np.float32(hermes_chip.G_MAX)) ** 2
        sd = np.sqrt(var).astype(np.float32) * np.float32(noise * 127 / hermes_chip.G_MAX)
        self.wn += rng.standard_normal(wq.shape, dtype=np.float32) * sd * a
        z = x @ self.wn + self.b
        e = rng.standard_normal(z.shape, dtype=np.float32)
        return z + e * (a * np.float32(noise * self.adc * self.x_max / 255))

    def backward(self, dz, need_dx):
        """Store gradients; return that of the input."""
        self.dw, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.wn.T if need_dx else None


class Adam:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    def __init__(self, params):
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]
        self.t = 0

    def update(self, params, grads, lr, decay):
        self.t += 1
        c1, c2 = 1 - 0.9 ** self.t, 1 - 0.999 ** self.t
        for p, g, m, v in zip(params, grads, self.m, self.v):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            if p.ndim == 2:
                p *= np.float32(1 - lr * decay)
            p -= np.float32(lr / c1) * m / (np.sqrt(v * np.float32(1 / c2)) + np.float32(1e-8))


def augmenter(size, rng, angle=12, scale=0.12, shear=0.15, shift=1.5, elastic=1.0,
              smooth=4.0, group=25):
    """Return f(images float32 (n, size*size), strength) giving distorted copies.

    A random affine map (degrees, share, share, pixels) plus a smooth random
    field (Simard, Steinkraus, Platt, ICDAR 2003): normal numbers smoothed by a
    Gaussian of `smooth` pixels, scaled to a standard deviation of `elastic` pixels.
    `group` images share one map, for speed.
    """
    u = np.arange(size) - (size - 1) / 2
    yy, xx = [t.ravel() for t in np.meshgrid(u, u, indexing="ij")]
    kernel = np.exp(-0.5 * ((u[:, None] - u[None]) / smooth) ** 2)
    kernel /= np.sqrt((kernel ** 2).sum(axis=1, keepdims=True))      # unit variance out

    def maps(k, s):
        """k maps: sources (k, 4, pixels) and bilinear weights (k, 4, pixels)."""
        th = np.deg2rad(angle * s) * rng.uniform(-1, 1, (k, 1))
        zx, zy = 1 + scale * s * rng.uniform(-1, 1, (2, k, 1))
        sh = shear * s * rng.uniform(-1, 1, (k, 1))
        field = kernel @ rng.standard_normal((2, k, size, size)) @ kernel.T
        dx, dy = field.reshape(2, k, -1) * (elastic * s)
        tx, ty = shift * s * rng.uniform(-1, 1, (2, k, 1))
        c, n = np.cos(th), np.sin(th)
        sx = zx * (c * xx - n * yy) + sh * yy + dx + tx + (size - 1) / 2
        sy = zy * (n * xx + c * yy) + dy + ty + (size - 1) / 2
        sx, sy = np.clip(sx, 0, size - 1.001), np.clip(sy, 0, size - 1.001)
        ix, iy = sx.astype(np.int64), sy.astype(np.int64)
        fx, fy = sx - ix, sy - iy
        at = iy * size + ix
        idx = np.stack([at, at + 1, at + size, at + size + 1], axis=1)
        w = np.stack([(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy], axis=1)
        return idx, w.astype(np.float32)

    def apply(x, s=1.0):
        if not s:
            return x
        idx, w = maps(-(-len(x) // group), s)
        out = np.empty_like(x)
        for g in range(len(idx)):
            rows = slice(g * group, (g + 1) * group)
            out[rows] = sum(x[rows].take(idx[g, j], axis=1) * w[g, j] for j in range(4))
        return out

    return apply


def train(x, y, hidden, classes, *, epochs, lr, batch=250, decay=0.02, clip=2.5, noise=1.0,
          h_max=4.0, augment=None, settle=0.1, seed=1, log=print, test=None):
    """Train inputs-hidden-classes; return integer layers for ohmic_net.save.

    x: u8 (n, inputs); y: labels (n). h_max: real value of hidden byte 255.
    settle: last share of the epochs, with the distortions fading to a third.
    test: (x, y), only for the log; nothing is chosen by it.
    """
    rng = np.random.default_rng(seed)
    xf = x.astype(np.float32) / np.float32(255)
    layers = [Dense(x.shape[1], hidden, 1.0, False, clip, rng),
              Dense(hidden, classes, h_max, True, clip, rng)]
    params = [p for q in layers for p in (q.w, q.b)]
    adam, start = Adam(params), time.time()
    onehot = np.eye(classes, dtype=np.float32)
    steps = epochs * (len(x) // batch)
    for epoch in range(epochs):
        order, loss = rng.permutation(len(x)), 0.0
        strength = 1.0 if epoch < (1 - settle) * epochs else 0.33
        sample = xf[order[:500]]
        for q in layers:
            q.noise_model(sample)
            sample = np.clip(q.forward(sample, 0, rng), 0, h_max)
        for i in range(len(x) // batch):
            pick = order[i * batch:(i + 1) * batch]
            xb = augment(xf[pick], strength) if augment else xf[pick]
            z1 = layers[0].forward(xb, noise, rng)
            h = np.rint(np.clip(z1, 0, h_max) * np.float32(255 / h_max)) * np.float32(h_max / 255)
            z2 = layers[1].forward(h, noise, rng)
            z2 -= z2.max(axis=1, keepdims=True)
            p = np.exp(z2)
            p /= p.sum(axis=1, keepdims=True)
            loss -= np.log(p[np.arange(len(pick)), y[pick]] + 1e-12).mean()
            dh = layers[1].backward((p - onehot[y[pick]]) / np.float32(len(pick)), True)
            dh *= (z1 > 0) & (z1 < h_max)
            layers[0].backward(dh, False)
            now = (epoch * (len(x) // batch) + i) / steps
            rate = lr * min(1, now * 20 + 0.02) * 0.5 * (1 + np.cos(np.pi * now))
            adam.update(params, [g for q in layers for g in (q.dw, q.db)], rate, decay)
            for q in layers:
                q.limit_weights()
        if epoch % max(1, epochs // 20) == 0 or epoch == epochs - 1:
            line = f"epoch {epoch + 1}/{epochs} loss {loss / (len(x) // batch):.4f}"
            if test is not None:
                a = ohmic_net.accuracy(ohmic_net.run(to_integer(layers), test[0]), test[1])
                line += f" test, int8 {100 * a:.2f} %"
            log(line + f" ({time.time() - start:.0f} s)")
    return to_integer(layers)


def to_integer(layers):
    """Round trained layers to the integers of the format.

    With a = real value of a weight step and X = x_max / 255 that of an input
    step, z = a X (W.x + b / (a X)); the hidden byte is z 255 / h_max.
    """
    out = []
    for i, q in enumerate(layers):
        a = q.step().astype(np.float64)
        unit = a.ravel() * q.x_max / 255
        d = {"name": f"fc{i + 1}", "w": np.rint(q.w / a).astype(np.int8),
             "bias": np.rint(q.b / unit).astype(np.int32),
             "activation": "none" if q.last else "relu", "output": "s32" if q.last else "u8"}
        if not q.last:
            ratio = unit * 255 / layers[i + 1].x_max
            d["shift"] = int(np.clip(np.floor(np.log2(32767 / ratio.max())), 0, 40))
            d["scale"] = np.rint(ratio * 2.0 ** d["shift"]).astype(np.int16)
        out.append(d)
    return out


def calibration(x, n, seed=1):
    """n training images drawn at random, for the mapper's choice of ADC ranges."""
    return x[np.random.default_rng(seed).permutation(len(x))[:n]]


class Log:
    """Print lines and keep them in a file."""

    def __init__(self, path):
        self.f = open(path, "w")

    def __call__(self, line):
        print(line, flush=True)
        self.f.write(line + "\n")
        self.f.flush()
