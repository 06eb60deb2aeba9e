import json, sys
import numpy as np
A, read, write = np.load("A.npy"), sys.stdin.buffer, sys.stdout.buffer
read.readline()
write.write(json.dumps({"protocol": 1, "out": [A.shape[0]], "linear": True}).encode() + b"\n"); write.flush()
for line in iter(read.readline, b""):
    ask = json.loads(line)
    v = np.frombuffer(read.read(8 * ask["numbers"]), "<f8")
    v = A @ v if ask["request"] == "apply" else A.T @ v
    write.write(b'{"numbers":%d}\n' % v.size + v.astype("<f8").tobytes()); write.flush()
