"""Writes a torchvision network as ONNX: export_onnx.py NETWORK FILE"""

import sys

import torch
import torchvision

network, path = sys.argv[1:]
model = getattr(torchvision.models, network)().eval()
torch.onnx.export(
    model,
    torch.randn(1, 3, 224, 224),
    path,
    opset_version=13,
    input_names=["x"],
    output_names=["y"],
    dynamic_axes={"x": {0: "n"}, "y": {0: "n"}},
)
