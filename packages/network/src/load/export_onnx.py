"""Exports torchvision's networks with uneven batch norms, and writes an input and the logits beside each: python3 export_onnx.py FOLDER NAME..."""

import sys
import warnings

import torch
import torchvision

warnings.filterwarnings("ignore")
folder, *names = sys.argv[1:]
modern = int(torch.__version__.split(".")[0]) >= 2
torch.manual_seed(0)
for name in names:
    model = getattr(torchvision.models, name)(num_classes=10).eval()
    for part in model.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.uniform_(-0.1, 0.1)
            part.running_var.uniform_(0.9, 1.1)
            part.weight.data.uniform_(0.5, 1)
            part.bias.data.uniform_(-0.1, 0.1)
    x = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        logits = model(x)
    x.permute(0, 2, 3, 1).contiguous().numpy().tofile(f"{folder}/{name}.input")
    logits.numpy().tofile(f"{folder}/{name}.logits")
    old = {"dynamo": False} if modern else {}
    keep = {"do_constant_folding": False, "training": torch.onnx.TrainingMode.PRESERVE}
    torch.onnx.export(model, x, f"{folder}/{name}.folded.onnx", **old)
    torch.onnx.export(model, x, f"{folder}/{name}.kept.onnx", **old, **keep)
    if modern:
        torch.onnx.export(model, (x,), f"{folder}/{name}.dynamo.onnx", dynamo=True, verbose=False)
