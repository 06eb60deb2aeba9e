"""Parallel-beam tomography, and its exact transpose, in numpy.

With 'counts' behind its name the program is not linear: it gives the fraction of the beam that comes through, exp(-mu A x),
and the derivative of that.
"""

import json
import sys

import numpy as np

read, write = sys.stdin.buffer, sys.stdout.buffer
sys.stdout = sys.stderr  # so that print() does not write between answers

ANGLES, MU = 30, 0.05


class Radon:
    """Sums along lines. A pixel counts for the two bins nearest to its centre."""

    def __init__(self, side):
        self.bins = side + 8
        at = np.arange(side) - (side - 1) / 2
        t = np.pi * np.arange(ANGLES)[:, None, None] / ANGLES
        place = at[None, None, :] * np.cos(t) + at[None, :, None] * np.sin(t) + (self.bins - 1) / 2
        low = np.floor(place).astype(int)
        self.weight = np.stack([low + 1 - place, place - low]).reshape(2, ANGLES, -1)
        bin_ = np.stack([low, low + 1]).reshape(2, ANGLES, -1)
        self.weight[(bin_ < 0) | (bin_ >= self.bins)] = 0
        self.index = np.arange(ANGLES)[:, None] * self.bins + np.clip(bin_, 0, self.bins - 1)

    def apply(self, x):
        return np.bincount(self.index.ravel(), (self.weight * x).ravel(), ANGLES * self.bins)

    def adjoint(self, y):
        return (self.weight * y[self.index]).sum(axis=(0, 1))


def say(numbers=None, **line):
    if numbers is not None:
        line["numbers"] = numbers.size
    write.write(json.dumps(line).encode() + b"\n")
    if numbers is not None:
        write.write(np.asarray(numbers, "<f8").tobytes())
    write.flush()


counts = sys.argv[1:] == ["counts"]
shape = json.loads(read.readline())["in"]
if len(shape) != 3 or shape[0] != 1 or shape[1] != shape[2]:
    say(error=f"images [1,N,N] are needed, not {shape}")
    sys.exit(1)
A = Radon(shape[1])
n = shape[1] ** 2
say(protocol=1, out=[ANGLES, A.bins], linear=not counts)
for line in iter(read.readline, b""):
    ask = json.loads(line)
    v = np.frombuffer(read.read(8 * ask["numbers"]), "<f8")
    if ask["request"] == "adjoint":
        say(A.adjoint(v))
    elif not counts:
        say(A.apply(v))
    elif ask["request"] == "apply":
        say(np.exp(-MU * A.apply(v)))
    else:  # vjp: x and the vector, in a row
        x, ct = v[:n], v[n:]
        say(A.adjoint(-MU * np.exp(-MU * A.apply(x)) * ct))
