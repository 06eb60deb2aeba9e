#!/usr/bin/env python3
"""Inference baselines: the U-Net of torch_unet.py exported to ONNX, run by ONNX Runtime or OpenVINO (forward only).

    onnx_unet.py --engine ort --threads 1 --runs 5        (pip install torch onnx onnxscript onnxruntime openvino)

The export is kept beside the temporary files and made anew when the shape changes. Prints one JSON line.
"""
import argparse, json, os, resource, subprocess, sys, tempfile, time

p = argparse.ArgumentParser()
p.add_argument("--engine", choices=["ort", "openvino"], default="ort")
p.add_argument("--mode", default="fwd")
p.add_argument("--threads", type=int, default=1)
p.add_argument("--runs", type=int, default=5)
p.add_argument("--batch", type=int, default=8)
p.add_argument("--size", type=int, default=32)
p.add_argument("--channels", type=int, default=3)
p.add_argument("--width", type=int, default=64)
p.add_argument("--mult", default="1,2,2,2")
p.add_argument("--blocks", type=int, default=2)
p.add_argument("--attn", default="2")
p.add_argument("--heads", type=int, default=4)
p.add_argument("--export", help=argparse.SUPPRESS)
a = p.parse_args()
if a.mode != "fwd":
    sys.exit("inference engines: only --mode fwd")
name = os.path.join(tempfile.gettempdir(), f"unet-{a.channels}-{a.size}-{a.width}-{a.mult}-{a.blocks}-{a.attn}-{a.heads}-{a.batch}.onnx".replace(",", "_"))
if a.export:
    import torch
    from torch_unet import UNet
    ints = lambda s: [int(v) for v in s.split(",") if v]
    net = UNet(a.channels, a.width, ints(a.mult), a.blocks, set(ints(a.attn)), a.heads).eval()
    x, t = torch.randn(a.batch, a.channels, a.size, a.size), torch.rand(a.batch) * 999
    torch.onnx.export(net, (x, t), a.export, dynamo=True, external_data=False)
    sys.exit()
if not os.path.exists(name):  # in a process of its own, so that peak memory is the engine's
    subprocess.run([sys.executable, os.path.abspath(__file__), *sys.argv[1:], "--export", name], check=True, stdout=subprocess.DEVNULL)
import numpy as np
x = np.random.randn(a.batch, a.channels, a.size, a.size).astype("f")
t = (np.random.rand(a.batch) * 999).astype("f")
if a.engine == "ort":
    import onnxruntime as ort
    o = ort.SessionOptions()
    o.intra_op_num_threads = a.threads
    s = ort.InferenceSession(name, o, providers=["CPUExecutionProvider"])
    n = [i.name for i in s.get_inputs()]
    engine, run = "onnxruntime " + ort.__version__, lambda: s.run(None, {n[0]: x, n[1]: t})
else:
    import openvino as ov
    m = ov.Core().compile_model(name, "CPU", {"INFERENCE_NUM_THREADS": a.threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"})
    r = m.create_infer_request()
    engine, run = "openvino " + ov.__version__, lambda: r.infer([x, t])
run()
run()
ts = []
for _ in range(a.runs):
    s0 = time.perf_counter()
    run()
    ts.append((time.perf_counter() - s0) * 1e3 / a.batch)
ts.sort()
print(json.dumps({"engine": engine, "mode": "fwd", "threads": a.threads, "ms_per_image": round(ts[len(ts) // 2], 3),
                  "ms_per_image_min": round(ts[0], 3), "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
