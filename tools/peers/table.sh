#!/usr/bin/env bash
# Times the U-Net of "tweedie bench unet" here and in PyTorch, ONNX Runtime, OpenVINO and XLA, in turn, each in a fresh
# process, and prints a line of JSON for each engine, mode and number of threads. The machine must do nothing else.
#
#     tools/peers/table.sh TWEEDIE PYTHON > table.jsonl
#
# PYTHON is that of an environment with torch 2.15.0, onnx, onnxscript, onnxruntime, openvino and jax, about 7 GB.
set -euo pipefail
tweedie=$1 python=$2 here=$(dirname "$0")
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

# against SCRIPT MODES THREADS VARIANT... runs one engine; XLA's threads follow the processor mask.
against() {
  local script=$1 modes=$2 threads=$3 pin=()
  shift 3
  [ "$threads" = 1 ] && pin=(taskset -c 0)
  "${pin[@]}" "$tweedie" bench compare --python "$python" --script "$here/$script" --mode "$modes" --threads "$threads" \
    --rounds "${ROUNDS:-3}" --runs "${RUNS:-3}" "$@"
}

for threads in 1 2; do
  against torch_unet.py fwd,vjp,train,divgrad "$threads" --variant '' --variant --channels-last
  against onnx_unet.py fwd "$threads" --variant '--engine ort'
  against onnx_unet.py fwd "$threads" --variant '--engine openvino'
  against jax_unet.py fwd,vjp,train,divgrad "$threads"
done
