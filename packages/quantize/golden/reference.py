"""What the files beside this compute, by numpy alone, from what README.md says of them. Usage: python3 reference.py > results.json

Of each file: the output for three images of a formula, as the bits of float32, and the first digits of the SHA-256 of what every step
on integers makes. Float steps are computed in float64 and rounded once.
"""
import glob, hashlib, json, os, struct
import numpy as np

f32 = np.float32
RANGE = {'u8': (0, 255), 'i8': (-128, 127)}


def read(path):
    """Tensors and plan of a quantized network."""
    data = open(path, 'rb').read()
    (length,) = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + length])
    plan = json.loads(header.pop('__metadata__')['resnetjs.manifest'])['quantization']
    types = {'I8': np.int8, 'I32': np.int32, 'F32': f32}
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry['data_offsets'])
        tensors[name] = np.frombuffer(data[begin:end], types[entry['dtype']]).reshape(entry['shape'])
    return tensors, plan


def rounded(x, kind):
    """To the nearest whole number, half to even, and into the range of the type."""
    assert x.dtype == f32
    return x if kind == 'f32' else np.clip(np.rint(x), *RANGE[kind]).astype(np.int64)


def windows(x, size, strides, pad, dilations=(1, 1), fill=0):
    """Under each place of a window `[kh,kw]`: `[N,H',W',kh,kw,C]`."""
    t, b, l, r = pad
    x = np.pad(x, ((0, 0), (t, b), (l, r), (0, 0)), constant_values=fill)
    height, width = ((x.shape[1 + i] - dilations[i] * (size[i] - 1) - 1) // strides[i] + 1 for i in (0, 1))
    taps = [[x[:, i * dilations[0]:, j * dilations[1]:][:, ::strides[0], ::strides[1]][:, :height, :width]
             for j in range(size[1])] for i in range(size[0])]
    return np.stack([np.stack(row, 3) for row in taps], 3)


def conv(x, weight, step):
    """Sums in int64, which nothing here fills: `weight` is `[O,C/groups,kh,kw]`."""
    out, inner, kh, kw = weight.shape
    under = windows(x, (kh, kw), step['strides'], step['pad'], step['dilations'])
    groups, each = step['groups'], out // step['groups']
    return np.concatenate([np.einsum('nhwijc,ocij->nhwo', under[..., g * inner:(g + 1) * inner], weight[g * each:(g + 1) * each])
                           for g in range(groups)], 3)


def float_step(op, attributes, operands):
    """The few operations in float that these files have, in float64."""
    x, *rest = [o.astype(np.float64) for o in operands]
    if op == 'reshape': return x.reshape(x.shape[0], *attributes['each'])
    if op == 'sigmoid': return 1 / (1 + np.exp(-x))
    if op == 'relu': return np.maximum(x, 0)
    if op == 'addRelu': return np.maximum(x + rest[0], 0)
    if op == 'conv2d': return conv(x, rest[0], attributes) + (rest[1] if len(rest) > 1 else 0)
    if op == 'linear': return x @ rest[0].T + rest[1]
    raise ValueError(op)


def run(tensors, plan, x):
    values = {plan['input']: x}
    types, scales = ([v[key] for v in plan['values']] for key in ('type', 'scale'))
    made = []
    for step in plan['steps']:
        kind, to = step['kind'], types[step['output']]
        unit = scales[step['output']]
        ratio = lambda v: f32(scales[v] / unit)
        ones = [values[v] for v in step.get('inputs', [step['input']] if 'input' in step else [])]
        if kind == 'quantize':
            y = rounded(np.nan_to_num(ones[0], nan=0.0, posinf=np.inf, neginf=-np.inf) / f32(unit), to)
        elif kind == 'dequantize':
            y = ones[0].astype(f32) * f32(scales[step['input']])
        elif kind == 'conv':
            name, residual = step['name'], step.get('residual')
            image = ones[0].reshape(len(x), 1, 1, -1) if ones[0].ndim == 2 else ones[0]
            sums = conv(image, tensors[name + '.weight'].astype(np.int64), step) + tensors[name + '.bias']
            assert abs(sums).max() < 2 ** 31
            so = residual['branchScale'] if residual else unit
            multipliers = (scales[step['input']] * tensors[name + '.weight_scale'].astype(np.float64) / so).astype(f32)
            y = rounded(sums.astype(f32) * multipliers, residual['branchType'] if residual else to)
            if residual:
                other = values[residual['value']].astype(f32) * ratio(residual['value'])
                y = rounded(y.astype(f32) * f32(so / unit) + other, to)
            if ones[0].ndim == 2: y = y.reshape(len(x), -1)
        elif kind == 'maxPool':
            y = windows(ones[0], step['window'], step['strides'], step['pad'], fill=RANGE[to][0]).max((3, 4))
        elif kind == 'averagePool':
            geometry = step['window'], step['strides'], step['pad']
            inside = np.ones_like(ones[0][:1, :, :, :1])
            count = windows(inside, *geometry, fill=int(step['countPadding'])).sum((3, 4))
            y = rounded(windows(ones[0], *geometry).sum((3, 4)).astype(f32) * (ratio(step['input']) / count.astype(f32)), to)
            y = y.reshape(len(x), *plan['values'][step['output']]['shape'])
        elif kind == 'add':
            (a, b), (i, j) = ones, step['inputs']
            y = rounded(a.astype(f32) * ratio(i) + b.astype(f32) * ratio(j), to)
        elif kind == 'concat':
            y = np.concatenate([rounded(part.astype(f32) * ratio(v), to) for part, v in zip(ones, step['inputs'])], -1)
        elif kind == 'affine':
            scale, shift = tensors[step['name'] + '.scale'], tensors[step['name'] + '.shift']
            y = rounded(np.concatenate(ones, -1).astype(f32) * scale + shift, to)
        elif kind == 'scaleChannels':
            gate = values[step['gate']].reshape(len(x), 1, 1, -1)
            y = rounded(ones[0].astype(f32) * (gate * ratio(step['input'])), to)
        else:
            operands = [values[o] if isinstance(o, int) else tensors[o] for o in step['operands']]
            y = float_step(step['op'], step['attributes'], operands).astype(f32)
        values[step['output']] = y
        if kind != 'float':
            bits = y.astype({'u8': np.uint8, 'i8': np.int8, 'f32': f32}[to]).tobytes()
            made.append([step['output'], hashlib.sha256(bits).hexdigest()[:16]])
    return values[plan['output']], made


def images(shape):
    """Whole numbers that wander through 32 bits, as numbers from -2 to 2."""
    i = np.arange(np.prod(shape), dtype=np.uint64)
    return ((i * 2654435761 % 2 ** 32) / 2 ** 30 - 2).astype(f32).reshape(shape)


if __name__ == '__main__':
    results = {}
    for path in sorted(glob.glob(os.path.join(os.path.dirname(__file__), '*.safetensors'))):
        tensors, plan = read(path)
        shape = [3, *plan['values'][plan['input']]['shape']]
        output, made = run(tensors, plan, images(shape))
        results[os.path.basename(path)] = {'shape': list(output.shape), 'bits': output.view(np.uint32).ravel().tolist(), 'values': made}
    print(json.dumps(results, separators=(',', ':')))
