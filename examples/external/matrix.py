"""The least that a program needs: a matrix in a file, as the operator of tweedie. It runs as

    tweedie solve --op '{"kind": "external", "command": ["python3", "matrix.py", "A.npy"]}' --allow-programs ...
"""

import json
import sys

import numpy as np

read, write = sys.stdin.buffer, sys.stdout.buffer
sys.stdout = sys.stderr  # so that print() does not write between answers


def say(numbers=None, **line):
    if numbers is not None:
        line["numbers"] = numbers.size
    write.write(json.dumps(line).encode() + b"\n")
    if numbers is not None:
        write.write(numbers.astype("<f8").tobytes())
    write.flush()


A = np.load(sys.argv[1])  # [m, n]
json.loads(read.readline())
say(protocol=1, out=[A.shape[0]], linear=True)
for line in iter(read.readline, b""):
    ask = json.loads(line)
    v = np.frombuffer(read.read(8 * ask["numbers"]), "<f8")
    say(A @ v if ask["request"] == "apply" else A.T @ v)
