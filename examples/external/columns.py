"""A linear function of somebody else's without a transpose, here the Radon transform of scikit-image: the matrix is written
out once, one image of a single bright pixel after the other, and A^T is its transpose.
"""

import json
import sys

import numpy as np
from skimage.transform import radon

read, write = sys.stdin.buffer, sys.stdout.buffer
sys.stdout = sys.stderr  # so that print() does not write between answers

THETA = np.linspace(0, 180, 20, endpoint=False)


def forward(image):
    return radon(image, THETA, circle=False)


def say(numbers=None, **line):
    if numbers is not None:
        line["numbers"] = numbers.size
    write.write(json.dumps(line).encode() + b"\n")
    if numbers is not None:
        write.write(np.asarray(numbers, "<f8").tobytes())
    write.flush()


c, h, w = json.loads(read.readline())["in"]
if c != 1:
    say(error=f"one channel is needed, not {c}")
    sys.exit(1)
out = forward(np.zeros((h, w))).shape
A = np.stack([forward(e.reshape(h, w)).ravel() for e in np.eye(h * w)], axis=1)
say(protocol=1, out=list(out), linear=True)
for line in iter(read.readline, b""):
    ask = json.loads(line)
    v = np.frombuffer(read.read(8 * ask["numbers"]), "<f8")
    say(A @ v if ask["request"] == "apply" else A.T @ v)
