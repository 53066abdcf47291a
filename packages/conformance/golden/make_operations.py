"""Every operation's values and gradients from PyTorch in float64. Usage: python3 make_operations.py > operations.json

A case is a module with PyTorch's names, its parameters, its inputs (NCHW), its output, and the gradients of
sum(output * dy) by inputs and parameters; for batch norm in training, the running statistics after it too.
"""
import json, torch, torch.nn as nn, torch.nn.functional as F
torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
randn = torch.randn
def stored(t): return {'shape': list(t.shape), 'data': [float(f'{v:.7g}') for v in t.detach().flatten().tolist()]}
class Of(nn.Module):
    """A function as a module."""
    def __init__(self, f): super().__init__(); self.f = f
    def forward(self, *xs): return self.f(*xs)
class SqueezeExcite(nn.Module):
    def __init__(self, c, hidden): super().__init__(); self.fc1 = nn.Conv2d(c, hidden, 1); self.fc2 = nn.Conv2d(hidden, c, 1)
    def forward(self, x): return x * torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True)))))
class ChannelAttention(nn.Module):
    def __init__(self, k): super().__init__(); self.conv = nn.Conv1d(1, 1, k, padding=k // 2, bias=False)
    def forward(self, x): return x * torch.sigmoid(self.conv(x.mean((2, 3)).unsqueeze(1))).view(x.shape[0], -1, 1, 1)
def blur(x, stride):
    k = torch.outer(torch.tensor([1., 2, 1]), torch.tensor([1., 2, 1])) / 16; c = x.shape[1]
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode='reflect'), k.expand(c, 1, 3, 3), stride=stride, groups=c)
def select(a, b, scores):
    """Two paths weighed by the softmax of their scores."""
    w = torch.softmax(scores.view(a.shape[0], 2, -1, 1, 1), 1)
    return a * w[:, 0] + b * w[:, 1]
cases = []
def case(op, options, module, *inputs, mode='train'):
    module.train(mode == 'train')
    for p in module.parameters(): nn.init.normal_(p, std=.7)
    for name, b in module.named_buffers():
        if name.endswith('running_mean'): b.copy_(randn(b.shape))
        if name.endswith('running_var'): b.copy_(torch.rand(b.shape) + .5)
    keep = lambda: {k: stored(v) for k, v in module.state_dict().items() if not k.endswith('num_batches_tracked')}
    before = keep(); xs = [x.clone().requires_grad_() for x in inputs]
    y = module(*xs); dy = randn(y.shape); (y * dy).sum().backward()
    after = {k: v for k, v in keep().items() if k.startswith('running') and mode == 'train'}
    cases.append({'op': op, 'options': options, 'mode': mode, 'inputs': [stored(x) for x in inputs], 'parameters': before, 'output': stored(y), 'dy': stored(dy),
        'inputGradients': [stored(x.grad) for x in xs], 'parameterGradients': {k: stored(p.grad) for k, p in module.named_parameters()}, 'buffersAfter': after})
for n, h, w, c, o, k, s, p, d, g, bias in [
    (2, 5, 5, 3, 4, 3, 1, 1, 1, 1, 0), (1, 7, 6, 3, 5, 3, 2, 1, 1, 1, 1), (2, 8, 9, 4, 6, 1, 2, 0, 1, 1, 0), (1, 9, 11, 3, 4, 7, 2, 3, 1, 1, 0), (2, 4, 4, 8, 12, 1, 1, 0, 1, 1, 1),
    (1, 10, 13, 5, 7, 3, 1, 1, 1, 1, 0), (1, 9, 7, 4, 4, 3, 1, 2, 2, 1, 0), (1, 10, 9, 4, 4, 3, 2, 2, 2, 1, 0), (2, 6, 5, 6, 9, 3, 1, 1, 1, 3, 0), (1, 7, 7, 16, 8, 3, 2, 1, 1, 4, 0),
    (1, 8, 6, 8, 4, 3, 1, 2, 2, 2, 0), (2, 6, 7, 5, 5, 3, 2, 1, 1, 5, 0), (1, 5, 6, 3, 6, 3, 1, 1, 1, 3, 0), (1, 1, 1, 3, 2, 3, 1, 1, 1, 1, 0), (1, 4, 4, 2, 3, 3, 3, 0, 1, 1, 0), (1, 5, 5, 2, 2, 2, 2, 0, 1, 1, 0)]:
    case('conv2d', {'inChannels': c, 'outChannels': o, 'kernel': k, 'stride': s, 'padding': p, 'dilation': d, 'groups': g, 'bias': bool(bias)},
         nn.Conv2d(c, o, k, s, p, d, g, bool(bias)), randn(n, c, h, w))
case('linear', {'inFeatures': 7, 'outFeatures': 5}, nn.Linear(7, 5), randn(3, 7))
case('linear', {'inFeatures': 64, 'outFeatures': 10}, nn.Linear(64, 10), randn(2, 64))
for mode in ('eval', 'train'): case('batchNorm', {'channels': 5}, nn.BatchNorm2d(5), randn(2, 5, 3, 4) * 2 + 3, mode=mode)
case('batchNorm', {'channels': 16}, nn.BatchNorm2d(16), randn(2, 16, 4, 4) - 1)
case('groupNorm', {'channels': 6, 'groups': 3}, nn.GroupNorm(3, 6), randn(2, 6, 3, 4) + 1)
for n, h, w, c, k, s, p in [(2, 6, 6, 2, 3, 2, 1), (1, 7, 5, 3, 3, 2, 1), (1, 5, 5, 4, 2, 2, 0), (1, 5, 6, 2, 3, 1, 1)]:
    window = {'kernel': k, 'stride': s, 'padding': p}
    case('maxPool', window, nn.MaxPool2d(k, s, p), randn(n, c, h, w))
    case('maxPool', {**window, 'what': 'nothing positive'}, nn.MaxPool2d(k, s, p), -1 - torch.rand(n, c, h, w))
    case('maxPool', {**window, 'what': 'ties'}, nn.MaxPool2d(k, s, p), torch.randint(-1, 2, (n, c, h, w)).double())
    case('averagePool', window, nn.AvgPool2d(k, s, p, count_include_pad=False), randn(n, c, h, w))
case('averagePool', {'kernel': 2, 'stride': 2, 'ceil': True}, nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False), randn(1, 3, 5, 7))
for s in (1, 2): case('blurPool', {'stride': s}, Of(lambda x: blur(x, s)), randn(1, 3, 6, 5))
case('globalAveragePool', {}, Of(lambda x: x.mean((2, 3))), randn(2, 3, 3, 5))
case('relu', {}, Of(F.relu), randn(1, 2, 3, 3)); case('sigmoid', {}, Of(torch.sigmoid), randn(1, 2, 3, 3) * 4)
case('silu', {}, Of(F.silu), randn(1, 2, 3, 3) * 3); case('gelu', {}, Of(F.gelu), randn(1, 2, 3, 3) * 2)
case('add', {}, Of(lambda a, b: a + b), randn(2, 3, 2, 2), randn(2, 3, 2, 2)); case('addRelu', {}, Of(lambda a, b: F.relu(a + b)), randn(1, 5, 3, 3), randn(1, 5, 3, 3))
case('concat', {}, Of(lambda a, b, c: torch.cat([a, b, c], 1)), randn(2, 3, 2, 2), randn(2, 1, 2, 2), randn(2, 4, 2, 2))
case('highway', {}, Of(lambda h, x, t: torch.sigmoid(t) * h + (1 - torch.sigmoid(t)) * x), randn(2, 3, 2, 2), randn(2, 3, 2, 2), randn(2, 3, 2, 2))
case('upsampleNearest', {'height': 7, 'width': 6}, Of(lambda x: F.interpolate(x, size=(7, 6), mode='nearest')), randn(1, 2, 3, 4))
case('zeroPad', {'pixels': 2}, Of(lambda x: F.pad(x, (2, 2, 2, 2))), randn(1, 2, 3, 4))
case('identity', {'inChannels': 3, 'outChannels': 8, 'stride': 2}, Of(lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 3))), randn(1, 3, 5, 4))
case('squeezeExcite', {'channels': 16}, SqueezeExcite(16, 8), randn(2, 16, 3, 3))
case('efficientChannelAttention', {'channels': 12}, ChannelAttention(3), randn(2, 12, 3, 3))
print(json.dumps({'made by': 'make_operations.py', 'torch': torch.__version__, 'cases': cases}))
