"""Reference values and gradients of single operations from PyTorch in float64. Usage: python3 make_ops.py > ops.json

Every case: inputs in PyTorch's layout, the result, and the gradient of sum(result * weights) for given weights.
"""
import json, torch, torch.nn.functional as F
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
r = lambda t: {'shape': list(t.shape), 'data': [float(f'{v:.9g}') for v in t.detach().flatten().tolist()]}
cases = []
def case(op, options, inputs, f):
    xs = [x.clone().requires_grad_() for x in inputs]
    y = f(*xs); g = torch.randn_like(y); (y * g).sum().backward()
    cases.append({'op': op, 'options': options, 'inputs': [r(x) for x in inputs], 'output': r(y), 'dy': r(g), 'grads': [r(x.grad) for x in xs]})
for n, h, w, c, o, k, s, p, d, g in [
    (2, 5, 5, 3, 4, 3, 1, 1, 1, 1), (1, 7, 6, 3, 5, 3, 2, 1, 1, 1), (2, 8, 9, 4, 6, 1, 2, 0, 1, 1), (1, 9, 11, 3, 4, 7, 2, 3, 1, 1),
    (1, 9, 7, 4, 4, 3, 1, 2, 2, 1), (1, 10, 9, 4, 4, 3, 2, 2, 2, 1), (2, 6, 5, 6, 9, 3, 1, 1, 1, 3), (1, 7, 7, 8, 8, 3, 2, 1, 1, 4),
    (1, 8, 6, 8, 4, 3, 1, 2, 2, 2), (2, 6, 7, 5, 5, 3, 2, 1, 1, 5), (1, 5, 6, 3, 6, 3, 1, 1, 1, 3), (1, 1, 1, 3, 2, 3, 1, 1, 1, 1),
    (1, 4, 4, 2, 3, 3, 3, 0, 1, 1), (1, 5, 5, 2, 2, 2, 2, 0, 1, 1)]:
    case('conv2d', {'stride': s, 'padding': p, 'dilation': d, 'groups': g}, [torch.randn(n, c, h, w), torch.randn(o, c // g, k, k)],
         lambda x, f: F.conv2d(x, f, None, s, p, d, g))
for n, h, w, c, k, s, p in [(2, 6, 6, 2, 3, 2, 1), (1, 7, 5, 3, 3, 2, 1), (1, 5, 5, 1, 2, 2, 0), (1, 5, 6, 2, 3, 1, 1)]:
    case('maxPool', {'kernel': k, 'stride': s, 'padding': p}, [torch.randn(n, c, h, w)], lambda x: F.max_pool2d(x, k, s, p))
    case('maxPool', {'kernel': k, 'stride': s, 'padding': p, 'what': 'nothing positive'}, [-1 - torch.rand(n, c, h, w)], lambda x: F.max_pool2d(x, k, s, p))
    case('maxPool', {'kernel': k, 'stride': s, 'padding': p, 'what': 'ties'}, [torch.randint(-1, 2, (n, c, h, w)).double()], lambda x: F.max_pool2d(x, k, s, p))
    case('averagePool', {'kernel': k, 'stride': s, 'padding': p}, [torch.randn(n, c, h, w)], lambda x: F.avg_pool2d(x, k, s, p, count_include_pad=False))
case('batchNorm', {'epsilon': 1e-5}, [torch.randn(2, 3, 3, 4) * 2 + 5, torch.rand(3) + .5, torch.randn(3)],
     lambda x, w, b: F.batch_norm(x, torch.tensor([.1, -.2, .3]), torch.tensor([1., 2., .5]), w, b, False, .1, 1e-5))
case('batchNormTrain', {'epsilon': 1e-5}, [torch.randn(2, 3, 3, 4) * 2 + 5, torch.rand(3) + .5, torch.randn(3)],
     lambda x, w, b: F.batch_norm(x, None, None, w, b, True, .1, 1e-5))
case('addRelu', {}, [torch.randn(1, 2, 3, 3), torch.randn(1, 2, 3, 3)], lambda a, b: F.relu(a + b))
case('relu', {}, [torch.randn(1, 2, 3, 3)], F.relu)
case('globalAveragePool', {}, [torch.randn(2, 3, 3, 5)], lambda x: x.mean((2, 3)))
case('paddedShortcut', {'stride': 2, 'outChannels': 5}, [torch.randn(1, 3, 5, 4)], lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 1)))
for n, h, w, c, o, k, s, p, d, g in [
    (1, 5, 7, 8, 16, 3, 1, 1, 1, 8), (2, 7, 5, 6, 6, 3, 2, 2, 2, 3), (1, 6, 6, 4, 12, 1, 1, 0, 1, 4), (1, 5, 3, 12, 4, 3, 3, 1, 1, 2)]:
    case('conv2d', {'stride': s, 'padding': p, 'dilation': d, 'groups': g}, [torch.randn(n, c, h, w), torch.randn(o, c // g, k, k)],
         lambda x, f: F.conv2d(x, f, None, s, p, d, g))
for h, w, k, s in [(5, 6, 2, 2), (7, 7, 3, 2), (1, 3, 2, 2)]:
    case('averagePool', {'kernel': k, 'stride': s, 'padding': 0, 'ceil': 1}, [torch.randn(2, 2, h, w)], lambda x: F.avg_pool2d(x, k, s, 0, True, False))
case('averagePool', {'kernel': 3, 'stride': 2, 'padding': 1, 'countPadding': 1}, [torch.randn(1, 2, 5, 6)], lambda x: F.avg_pool2d(x, 3, 2, 1))
t = torch.tensor([1., 2., 1.]); binomial = (t[:, None] * t / 16).expand(3, 1, 3, 3)
for h, w, s in [(6, 7, 2), (5, 4, 1), (2, 3, 2)]:
    case('blur', {'stride': s}, [torch.randn(2, 3, h, w)], lambda x: F.conv2d(F.pad(x, (1, 1, 1, 1), mode='reflect'), binomial, None, s, groups=3))
for name, f in [('silu', F.silu), ('gelu', F.gelu), ('sigmoid', torch.sigmoid)]: case(name, {}, [3 * torch.randn(1, 2, 3, 3)], f)
case('scaleChannels', {}, [torch.randn(2, 3, 3, 4), torch.rand(2, 3, 1, 1)], lambda x, g: x * g)
for c, k in [(6, 3), (8, 5), (4, 7)]:
    case('channelConvolution', {}, [torch.randn(2, c, 1, 1), torch.randn(1, 1, k)],
         lambda x, f: F.conv1d(x.view(2, 1, c), f, padding=(k - 1) // 2).view(2, c, 1, 1))
case('takeChannels', {'begin': 2, 'size': 3}, [torch.randn(2, 6, 2, 3)], lambda x: x[:, 2:5])
case('weightedSum', {}, [torch.randn(2, 3, 3, 2), torch.randn(2, 3, 3, 2), torch.randn(2, 6, 1, 1)],
     lambda a, b, z: (torch.stack([a, b], 1) * z.view(2, 2, 3, 1, 1).softmax(1)).sum(1))
for (h, w), (oh, ow) in [((3, 4), (6, 8)), ((4, 3), (7, 5)), ((1, 2), (3, 5)), ((3, 4), (11, 7))]:
    case('upsampleNearest', {'height': oh, 'width': ow}, [torch.randn(2, 2, h, w)], lambda x: F.interpolate(x, (oh, ow), mode='nearest'))
case('highway', {}, [torch.randn(1, 2, 3, 3), torch.randn(1, 2, 3, 3), 2 * torch.randn(1, 2, 3, 3)],
     lambda h, x, z: h * torch.sigmoid(z) + x * (1 - torch.sigmoid(z)))
for n, c, g in [(2, 6, 3), (1, 4, 4), (2, 3, 1)]:
    case('groupNorm', {'groups': g, 'epsilon': 1e-5}, [torch.randn(n, c, 3, 4) * 2 + 5, torch.rand(c) + .5, torch.randn(c)], lambda x, w, b: F.group_norm(x, g, w, b, 1e-5))
standard = lambda f, e: F.batch_norm(f.reshape(1, f.shape[0], -1), None, None, training=True, momentum=0., eps=e).reshape_as(f)
for c, o, k, s, e in [(3, 4, 3, 1, 1e-8), (4, 3, 1, 2, 1e-6)]:
    case('standardizedConv2d', {'stride': s, 'padding': (k - 1) // 2, 'epsilon': e}, [torch.randn(2, c, 5, 6), torch.randn(o, c, k, k) + 1], lambda x, f: F.conv2d(x, standard(f, e), None, s, (k - 1) // 2))
case('zeroPad', {'pixels': 2}, [torch.randn(2, 3, 3, 4)], lambda x: F.pad(x, (2, 2, 2, 2)))
print(json.dumps({'made by': 'make_ops.py', 'torch': torch.__version__, 'cases': cases}))
