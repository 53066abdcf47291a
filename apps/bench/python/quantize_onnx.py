"""Quantizes an ONNX network to 8 bits, as QDQ: quantize_onnx.py FILE OUT SIZE. Weights signed by channel, activations unsigned, random images."""

import os
import sys

import numpy
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

path, out, size = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Images(CalibrationDataReader):
    def __init__(self):
        random = numpy.random.default_rng(1)
        self.left = [random.standard_normal((1, 3, size, size)).astype("float32") for _ in range(2)]

    def get_next(self):
        return {"x": self.left.pop()} if self.left else None


prepared = out + ".prepared"
quant_pre_process(path, prepared)
quantize_static(
    prepared,
    out,
    Images(),
    quant_format=QuantFormat.QDQ,
    per_channel=True,
    activation_type=QuantType.QUInt8,
    weight_type=QuantType.QInt8,
)
os.remove(prepared)
