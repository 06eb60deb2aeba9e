#!/usr/bin/env python3
"""PyTorch baseline for the score U-Net: the same layer graph as the ADM U-Net, timed on the CPU.

    torch_unet.py --size 32 --width 64 --mult 1,2,2,2 --blocks 2 --attn 2 --batch 8 --threads 2 --mode fwd

Modes: fwd (no grad), train (forward, backward, Adam), vjp (gradient w.r.t. the input),
div (Hutchinson divergence, one probe), divgrad (gradient of that divergence w.r.t. the input).
Prints one JSON line: median and minimum milliseconds per image over the counted runs, and peak RSS in MiB.
"""
import argparse, json, math, resource, time
import torch
from torch import nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, cin, cout, emb):
        super().__init__()
        self.n1, self.c1 = nn.GroupNorm(32, cin), nn.Conv2d(cin, cout, 3, padding=1)
        self.emb = nn.Linear(emb, 2 * cout)
        self.n2, self.c2 = nn.GroupNorm(32, cout), nn.Conv2d(cout, cout, 3, padding=1)
        self.skip = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x, e):
        h = self.c1(F.silu(self.n1(x)))
        scale, shift = self.emb(F.silu(e))[:, :, None, None].chunk(2, 1)
        return self.skip(x) + self.c2(F.silu(self.n2(h) * (1 + scale) + shift))


class Attention(nn.Module):
    def __init__(self, c, heads):
        super().__init__()
        self.heads, self.norm = heads, nn.GroupNorm(32, c)
        self.qkv, self.out = nn.Conv1d(c, 3 * c, 1), nn.Conv1d(c, c, 1)

    def forward(self, x, _):
        b, c, *hw = x.shape
        f = x.reshape(b, c, -1)
        q, k, v = self.qkv(self.norm(f)).reshape(b * self.heads, 3 * c // self.heads, -1).chunk(3, 1)
        a = torch.einsum("bct,bcs->bts", q, k) / math.sqrt(c / self.heads)
        a = torch.einsum("bts,bcs->bct", a.softmax(-1), v).reshape(b, c, -1)
        return (f + self.out(a)).reshape(b, c, *hw)


class Down(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = nn.Conv2d(c, c, 3, stride=2, padding=1)

    def forward(self, x, _):
        return self.c(x)


class Up(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x, _):
        return self.c(F.interpolate(x, scale_factor=2, mode="nearest"))


class UNet(nn.Module):
    def __init__(self, cin, width, mult, blocks, attn, heads):
        super().__init__()
        self.width, emb = width, 4 * width
        self.time = nn.Sequential(nn.Linear(width, emb), nn.SiLU(), nn.Linear(emb, emb))
        self.inp = nn.Conv2d(cin, width, 3, padding=1)
        c, ds, skips = width, 1, [width]
        self.down = nn.ModuleList()
        for i, m in enumerate(mult):
            for _ in range(blocks):
                stage = [ResBlock(c, m * width, emb)]
                c = m * width
                if ds in attn:
                    stage.append(Attention(c, heads))
                self.down.append(nn.ModuleList(stage))
                skips.append(c)
            if i + 1 < len(mult):
                self.down.append(nn.ModuleList([Down(c)]))
                skips.append(c)
                ds *= 2
        self.mid = nn.ModuleList([ResBlock(c, c, emb), Attention(c, heads), ResBlock(c, c, emb)])
        self.up = nn.ModuleList()
        for i, m in reversed(list(enumerate(mult))):
            for j in range(blocks + 1):
                stage = [ResBlock(c + skips.pop(), m * width, emb)]
                c = m * width
                if ds in attn:
                    stage.append(Attention(c, heads))
                if i and j == blocks:
                    stage.append(Up(c))
                    ds //= 2
                self.up.append(nn.ModuleList(stage))
        self.norm, self.out = nn.GroupNorm(32, c), nn.Conv2d(c, cin, 3, padding=1)

    def forward(self, x, t):
        half = self.width // 2
        w = torch.exp(-math.log(1e4) * torch.arange(half) / half)
        a = t[:, None] * w
        e = self.time(torch.cat([a.cos(), a.sin()], 1))
        h = self.inp(x)
        hs = [h]
        for stage in self.down:
            for m in stage:
                h = m(h, e)
            hs.append(h)
        for m in self.mid:
            h = m(h, e)
        for stage in self.up:
            h = torch.cat([h, hs.pop()], 1)
            for m in stage:
                h = m(h, e)
        return self.out(F.silu(self.norm(h)))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--size", type=int, default=32)
    p.add_argument("--channels", type=int, default=3)
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--mult", default="1,2,2,2")
    p.add_argument("--blocks", type=int, default=2)
    p.add_argument("--attn", default="2")
    p.add_argument("--heads", type=int, default=4)
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--runs", type=int, default=7)
    p.add_argument("--mode", choices=["fwd", "train", "vjp", "div", "divgrad"], default="fwd")
    p.add_argument("--channels-last", action="store_true")
    a = p.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(a.threads)
    ints = lambda s: [int(v) for v in s.split(",") if v]
    net = UNet(a.channels, a.width, ints(a.mult), a.blocks, set(ints(a.attn)), a.heads)
    x = torch.randn(a.batch, a.channels, a.size, a.size)
    t = torch.rand(a.batch) * 999
    if a.channels_last:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    opt = torch.optim.Adam(net.parameters(), 1e-4)
    probe = torch.sign(torch.randn_like(x))

    def divergence(xi):
        y = net(xi, t)
        g, = torch.autograd.grad(y, xi, probe, create_graph=a.mode == "divgrad")
        return (g * probe).sum()

    def run():
        if a.mode == "fwd":
            with torch.no_grad():
                net(x, t)
        elif a.mode == "train":
            opt.zero_grad(set_to_none=True)
            ((net(x, t) - x) ** 2).mean().backward()
            opt.step()
        else:
            for q in net.parameters():
                q.requires_grad_(False)
            xi = x.detach().requires_grad_()
            if a.mode == "vjp":
                torch.autograd.grad((net(xi, t) * probe).sum(), xi)
            elif a.mode == "div":
                divergence(xi)
            else:
                torch.autograd.grad(divergence(xi), xi)

    run()
    run()
    ts = []
    for _ in range(a.runs):
        s = time.perf_counter()
        run()
        ts.append((time.perf_counter() - s) * 1e3 / a.batch)
    ts.sort()
    print(json.dumps({"engine": "torch " + torch.__version__, "mode": a.mode, "threads": a.threads,
                      "params": sum(q.numel() for q in net.parameters()), "ms_per_image": round(ts[len(ts) // 2], 3),
                      "ms_per_image_min": round(ts[0], 3), "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
