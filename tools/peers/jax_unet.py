#!/usr/bin/env python3
"""XLA baseline for the score U-Net: the layer graph of torch_unet.py in JAX (channels last), compiled by jit.

    taskset -c 0 jax_unet.py --mode fwd --threads 1 --runs 3        (pip install jax)

Modes as in torch_unet.py: fwd, vjp, div, divgrad, train. XLA's thread pool follows the processor mask: pin it.
Prints one JSON line: median and minimum milliseconds per image and peak RSS in MiB.
"""
import argparse, json, math, resource, time

p = argparse.ArgumentParser()
p.add_argument("--mode", choices=["fwd", "train", "vjp", "div", "divgrad"], default="fwd")
p.add_argument("--threads", type=int, default=1)
p.add_argument("--runs", type=int, default=3)
p.add_argument("--batch", type=int, default=8)
p.add_argument("--size", type=int, default=32)
p.add_argument("--channels", type=int, default=3)
p.add_argument("--width", type=int, default=64)
p.add_argument("--mult", default="1,2,2,2")
p.add_argument("--blocks", type=int, default=2)
p.add_argument("--attn", default="2")
p.add_argument("--heads", type=int, default=4)
a = p.parse_args()
import jax, jax.numpy as jnp, numpy as np

mult, attn = [int(v) for v in a.mult.split(",")], {int(v) for v in a.attn.split(",") if v}
rng, silu = np.random.RandomState(0), jax.nn.silu


def get(P, name, shape):
    if name not in P:
        P[name] = jnp.asarray(rng.randn(*shape).astype("f") * 0.05)
    return P[name]


def conv(P, n, x, out, k=3, stride=1):
    w, b = get(P, n + ".w", (k, k, x.shape[-1], out)), get(P, n + ".b", (out,))
    return jax.lax.conv_general_dilated(x, w, (stride, stride), [(k // 2, k // 2)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC")) + b


def linear(P, n, x, out):
    return x @ get(P, n + ".w", (x.shape[-1], out)) + get(P, n + ".b", (out,))


def norm(P, n, x):
    c, s = x.shape[-1], x.shape
    y = x.reshape(s[0], -1, 32, c // 32)
    m = y.mean((1, 3), keepdims=True)
    v = ((y - m) ** 2).mean((1, 3), keepdims=True)
    return ((y - m) * jax.lax.rsqrt(v + 1e-5)).reshape(s) * get(P, n + ".g", (c,)) + get(P, n + ".b", (c,))


def block(P, n, x, e, out):
    h = conv(P, n + ".c1", silu(norm(P, n + ".n1", x)), out)
    scale, shift = jnp.split(linear(P, n + ".e", silu(e), 2 * out)[:, None, None, :], 2, -1)
    h = conv(P, n + ".c2", silu(norm(P, n + ".n2", h) * (1 + scale) + shift), out)
    return (x if x.shape[-1] == out else conv(P, n + ".s", x, out, 1)) + h


def attention(P, n, x):
    b, h, w, c = x.shape
    f = x.reshape(b, h * w, c)
    q = linear(P, n + ".qkv", norm(P, n + ".n", f), 3 * c).reshape(b, h * w, a.heads, 3, c // a.heads)
    s = jnp.einsum("bthc,bshc->bhts", q[:, :, :, 0], q[:, :, :, 1]) / math.sqrt(c / a.heads)
    s = jnp.einsum("bhts,bshc->bthc", jax.nn.softmax(s), q[:, :, :, 2]).reshape(b, h * w, c)
    return (f + linear(P, n + ".o", s, c)).reshape(b, h, w, c)


def net(P, x, t):
    w = jnp.exp(-math.log(1e4) * jnp.arange(a.width // 2) / (a.width // 2))
    arg = t[:, None] * w
    e = linear(P, "t1", jnp.concatenate([jnp.cos(arg), jnp.sin(arg)], 1), 4 * a.width)
    e = linear(P, "t2", silu(e), 4 * a.width)
    h = conv(P, "in", x, a.width)
    hs, ds, k = [h], 1, 0
    for i, m in enumerate(mult):
        for _ in range(a.blocks):
            k += 1
            h = block(P, f"d{k}", h, e, m * a.width)
            if ds in attn:
                h = attention(P, f"da{k}", h)
            hs.append(h)
        if i + 1 < len(mult):
            h = conv(P, f"dn{i}", h, h.shape[-1], 3, 2)
            hs.append(h)
            ds *= 2
    h = block(P, "m1", h, e, h.shape[-1])
    h = attention(P, "ma", h)
    h = block(P, "m2", h, e, h.shape[-1])
    for i, m in reversed(list(enumerate(mult))):
        for j in range(a.blocks + 1):
            k += 1
            h = block(P, f"u{k}", jnp.concatenate([h, hs.pop()], -1), e, m * a.width)
            if ds in attn:
                h = attention(P, f"ua{k}", h)
            if i and j == a.blocks:
                h = conv(P, f"up{i}", jnp.repeat(jnp.repeat(h, 2, 1), 2, 2), h.shape[-1])
                ds //= 2
    return conv(P, "out", silu(norm(P, "no", h)), x.shape[-1])


P = {}
shape = (a.batch, a.size, a.size, a.channels)
x, t = jnp.asarray(rng.randn(*shape).astype("f")), jnp.asarray((rng.rand(a.batch) * 999).astype("f"))
eps = jnp.sign(jnp.asarray(rng.randn(*shape).astype("f")))
net(P, x, t)
vjp = lambda P, x: jax.grad(lambda z: (net(P, z, t) * eps).sum())(x)
div = lambda P, x: (vjp(P, x) * eps).sum()
fs = {"fwd": lambda P, x: net(P, x, t), "vjp": vjp, "div": div, "divgrad": lambda P, x: jax.grad(lambda z: div(P, z))(x)}
if a.mode == "train":
    state = [P, {k: jnp.zeros_like(v) for k, v in P.items()}, {k: jnp.zeros_like(v) for k, v in P.items()}]

    @jax.jit
    def step(P, m, v):
        g = jax.grad(lambda P: ((net(P, x, t) - x) ** 2).mean())(P)
        m = {k: .9 * m[k] + .1 * g[k] for k in P}
        v = {k: .999 * v[k] + .001 * g[k] ** 2 for k in P}
        return {k: P[k] - 1e-4 * m[k] / (jnp.sqrt(v[k]) + 1e-8) for k in P}, m, v

    def run():
        state[:] = step(*state)
        return state[0]["in.w"]
else:
    f = jax.jit(fs[a.mode])
    run = lambda: f(P, x)
for _ in range(2):
    jax.block_until_ready(run())
ts = []
for _ in range(a.runs):
    s = time.perf_counter()
    jax.block_until_ready(run())
    ts.append((time.perf_counter() - s) * 1e3 / a.batch)
ts.sort()
print(json.dumps({"engine": "jax " + jax.__version__, "mode": a.mode, "threads": a.threads, "params": sum(v.size for v in P.values()),
                  "ms_per_image": round(ts[len(ts) // 2], 3), "ms_per_image_min": round(ts[0], 3),
                  "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
