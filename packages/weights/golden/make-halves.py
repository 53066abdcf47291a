"""What PyTorch's .half() and .bfloat16() make of float32 numbers, as bits. Usage: python3 make-halves.py > halves.json

Exponents around those of both types with fractions that are exact, halfway and beside that; and the ends of both types. NaN is left out: its bits differ by version.
"""
import json, struct, torch
bits = [sign << 31 | exponent << 23 | fraction for sign in (0, 1) for exponent in [0, 1, 2, *range(100, 145), 253, 254]
        for fraction in (0, 1, 0x1000, 0x1001, 0x0fff, 0x2000, 0x3000, 0x7fff, 0x8000, 0x8001, 0x18000, 0x7fe000, 0x7fefff, 0x7ff000, 0x7fffff)]
bits += [0x7f800000, 0xff800000]
x = torch.tensor([struct.unpack('<f', struct.pack('<I', b))[0] for b in bits])
half, bfloat = ([v & 0xffff for v in x.to(t).view(torch.int16).tolist()] for t in (torch.float16, torch.bfloat16))
print(json.dumps({'float32': bits, 'float16': half, 'bfloat16': bfloat}, separators=(',', ':')))
