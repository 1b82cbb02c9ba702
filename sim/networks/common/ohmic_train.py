# SPDX-License-Identifier: Apache-2.0
"""Noise-aware training of small networks, in NumPy, for ohmic-network-1.

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

    def describe(self):
        """Fields of the layer in the format, less arrays."""
        return {"type": "dense"}

    def rows_of(self, x):
        """Inputs of the products, (n, inputs)."""
        return x.reshape(len(x), -1)

    def noise_model(self, x, limit):
        """Update the ADC noise from sample inputs x in real units, for tiles of `limit` rows.

        An ADC step of LSB gives LSB^2/12 per part; parts add up.
        """
        w, xb = np.rint(self.w / self.step()), self.rows_of(x) * np.float32(255 / self.x_max)
        var = 0
        for r in hermes_chip.row_parts(dict(self.describe(), w=w), limit):
            lsb = np.percentile(np.abs(xb[:, r] @ w[r]), 99.9) / 127
            var = var + lsb ** 2 / 12
        self.adc = np.float32(np.sqrt(var))

    def forward(self, x, noise, rng):
        """x: inputs in real units; noise: factor on the chip's noise."""
        a = self.step().astype(np.float32)
        wq = np.rint(self.w / a)
        self.x_shape, x = x.shape, self.rows_of(x)
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
        return (dz @ self.wn.T).reshape(self.x_shape) if need_dx else None


class Conv(Dense):
    """A convolution without padding, stride 1, and max pooling over `pool` x `pool`.

    shape: (h, w, c) of the map it reads.
    """

    def __init__(self, shape, kernel, outputs, pool, x_max, clip, rng):
        super().__init__(kernel * kernel * shape[2], outputs, x_max, False, clip, rng)
        self.shape, self.kernel, self.pool = shape, kernel, pool
        self.h, self.w_out = shape[0] - kernel + 1, shape[1] - kernel + 1
        self.out_shape = (self.h // pool, self.w_out // pool, outputs)

    def describe(self):
        return {"type": "conv", "inputs": list(self.shape), "kernel": [self.kernel] * 2,
                "pool": {"type": "max", "size": self.pool}}

    def rows_of(self, x):
        v = ohmic_net.windows(self.describe(), x.reshape((-1,) + self.shape))
        return v.reshape(-1, v.shape[3])

    def blocks(self, z):
        """View of (n, h, w, c) as (n, pooled h, pool, pooled w, pool, c)."""
        ph, pw, c = self.out_shape
        p = self.pool
        return z[:, :ph * p, :pw * p].reshape(-1, ph, p, pw, p, c)

    def forward(self, x, noise, rng):
        z = super().forward(x, noise, rng).reshape(len(x), self.h, self.w_out, -1)
        blocks = self.blocks(z)
        top = blocks.max(axis=(2, 4), keepdims=True)
        self.largest = blocks == top        # of equal ones each gets the gradient: they are rare
        return top.reshape((len(x),) + self.out_shape)

    def backward(self, dz, need_dx):
        n, c, k = len(dz), self.out_shape[2], self.kernel
        dy = np.zeros((n, self.h, self.w_out, c), np.float32)
        self.blocks(dy)[:] = self.largest * dz[:, :, None, :, None, :]
        dy = dy.reshape(-1, c)
        self.dw, self.db = self.x.T @ dy, dy.sum(axis=0)
        if not need_dx:
            return None
        d = (dy @ self.wn.T).reshape(n, self.h, self.w_out, k, k, -1)
        dx = np.zeros((n,) + self.shape, np.float32)
        for y in range(k):
            for x in range(k):
                dx[:, y:y + self.h, x:x + self.w_out] += d[:, :, :, y, x]
        return dx.reshape(self.x_shape)


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


def build(inputs, shape, convs, hidden, classes, h_max, clip, rng):
    """Layers: convs, a list of (kernel, channels, pool), then hidden and last dense layer."""
    layers, x_max = [], 1.0
    for kernel, channels, pool in convs:
        layers.append(Conv(shape, kernel, channels, pool, x_max, clip, rng))
        shape, x_max = layers[-1].out_shape, h_max
        inputs = int(np.prod(shape))
    layers.append(Dense(inputs, hidden, x_max, False, clip, rng))
    layers.append(Dense(hidden, classes, h_max, True, clip, rng))
    return layers


def train(x, y, hidden, classes, *, epochs, lr, shape=None, convs=(), rows=128, batch=250,
          decay=0.02, clip=2.5, noise=1.0, h_max=4.0, augment=None, settle=0.1, seed=1, log=print,
          test=None):
    """Train inputs-convs-hidden-classes; return integer layers for ohmic_net.save.

    x: u8 (n, inputs); y: labels (n). shape: (h, w, c) of x, for convs (see
    build). rows: of a tile. h_max: real value of hidden byte 255.
    settle: last share of the epochs, with the distortions fading to a third.
    test: (x, y), only for the log; nothing is chosen by it.
    """
    rng = np.random.default_rng(seed)
    xf = x.astype(np.float32) / np.float32(255)
    layers = build(x.shape[1], shape, convs, hidden, classes, h_max, clip, rng)
    params = [p for q in layers for p in (q.w, q.b)]
    adam, start = Adam(params), time.time()
    onehot = np.eye(classes, dtype=np.float32)
    steps = epochs * (len(x) // batch)
    for epoch in range(epochs):
        order, loss = rng.permutation(len(x)), 0.0
        strength = 1.0 if epoch < (1 - settle) * epochs else 0.33
        sample = xf[order[:500]]
        for q in layers:
            q.noise_model(sample, rows)
            sample = np.clip(q.forward(sample, 0, rng), 0, h_max)
        for i in range(len(x) // batch):
            pick = order[i * batch:(i + 1) * batch]
            h = augment(xf[pick], strength) if augment else xf[pick]
            live = []
            for q in layers[:-1]:
                z = q.forward(h, noise, rng)
                live.append((z > 0) & (z < h_max))
                h = np.rint(np.clip(z, 0, h_max) * np.float32(255 / h_max)) * np.float32(
                    h_max / 255
                )
            z = layers[-1].forward(h, noise, rng)
            z -= z.max(axis=1, keepdims=True)
            p = np.exp(z)
            p /= p.sum(axis=1, keepdims=True)
            loss -= np.log(p[np.arange(len(pick)), y[pick]] + 1e-12).mean()
            d = (p - onehot[y[pick]]) / np.float32(len(pick))
            for k in range(len(layers) - 1, -1, -1):
                d = layers[k].backward(d, k > 0)
                if k:
                    d = d.reshape(live[k - 1].shape) * live[k - 1]
            now = (epoch * (len(x) // batch) + i) / steps
            rate = lr * min(1, now * 20 + 0.02) * 0.5 * (1 + np.cos(np.pi * now))
            adam.update(params, [g for q in layers for g in (q.dw, q.db)], rate, decay)
            for q in layers:
                q.limit_weights()
        if epoch % max(1, epochs // 20) == 0 or epoch == epochs - 1:
            line = f"epoch {epoch + 1}/{epochs} loss {loss / (len(x) // batch):.4f}"
            if test is not None:
                a = ohmic_net.accuracy(ohmic_net.run(to_integer(layers), test[0], shape), test[1])
                line += f" test, int8 {100 * a:.2f} %"
            log(line + f" ({time.time() - start:.0f} s)")
    return to_integer(layers)


def to_integer(layers):
    """Round trained layers to the integers of the format.

    With a = real value of a weight step and X = x_max / 255 that of an input
    step, z = a X (W.x + b / (a X)); the hidden byte is z 255 / h_max.
    """
    out, convs = [], sum(isinstance(q, Conv) for q in layers)
    for i, q in enumerate(layers):
        a = q.step().astype(np.float64)
        unit = a.ravel() * q.x_max / 255
        name = f"conv{i + 1}" if i < convs else f"fc{i + 1 - convs}"
        d = {"name": name, **q.describe(), "w": np.rint(q.w / a).astype(np.int8),
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
