"""Ten optimizer steps of two tiny networks in PyTorch, float64, and how far its float32 is from that.
Usage: python3 make_training.py > training.json

Weights and images are filled by the formula of packages/testing/src/formula.ts.
"""
import json, math, zlib, numpy as np, torch, torch.nn as nn, torch.nn.functional as F
torch.set_num_threads(1)
def u(name, n):
    with np.errstate(over='ignore'):
        x = np.uint32(zlib.crc32(name.encode())) + np.arange(n, dtype=np.uint32) * np.uint32(0x9E3779B9)
        x ^= x >> np.uint32(16); x *= np.uint32(0x85EBCA6B); x ^= x >> np.uint32(13); x *= np.uint32(0xC2B2AE35); x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 2**32 * 2 - 1
def fill(name, shape):
    v = u(name, int(np.prod(shape)))
    if name.endswith('running_mean'): v = 0.1 * v
    elif name.endswith('running_var'): v = 1 + 0.1 * v
    elif name.endswith('bias'): v = 0.1 * v
    elif len(shape) == 1: v = 0.6 + 0.1 * v
    else: v = v * math.sqrt(6 / np.prod(shape[1:]))
    return torch.from_numpy(v.astype(np.float32).reshape(shape))
def conv(i, o, k, s=1, g=1): return nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False)
class Basic(nn.Module):
    def __init__(self, i, o, s):
        super().__init__(); self.conv1 = conv(i, o, 3, s); self.bn1 = nn.BatchNorm2d(o); self.conv2 = conv(o, o, 3); self.bn2 = nn.BatchNorm2d(o)
        if s != 1 or i != o: self.downsample = nn.Sequential(conv(i, o, 1, s), nn.BatchNorm2d(o))
    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))); return F.relu(y + (self.downsample(x) if hasattr(self, 'downsample') else x))
class Bottleneck(nn.Module):
    """64 / 16 groups: planes 8, groups 4 of width 16."""
    def __init__(self, i, p, s, g, gw):
        super().__init__(); w = p * gw // 64 * g; o = 4 * p
        self.conv1 = conv(i, w, 1); self.bn1 = nn.BatchNorm2d(w); self.conv2 = conv(w, w, 3, s, g); self.bn2 = nn.BatchNorm2d(w); self.conv3 = conv(w, o, 1); self.bn3 = nn.BatchNorm2d(o)
        self.downsample = nn.Sequential(conv(i, o, 1, s), nn.BatchNorm2d(o))
    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x))); y = F.relu(self.bn2(self.conv2(y))); return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))
class Small(nn.Module):
    """The shape of a network for CIFAR."""
    def __init__(self): super().__init__(); self.conv1 = conv(3, 8, 3); self.bn1 = nn.BatchNorm2d(8); self.layer1 = Basic(8, 8, 1); self.layer2 = Basic(8, 16, 2); self.fc = nn.Linear(16, 4)
    def forward(self, x): return self.fc(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))).mean((2, 3)))
class Grouped(nn.Module):
    """The shape of a ResNeXt for ImageNet."""
    def __init__(self): super().__init__(); self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False); self.bn1 = nn.BatchNorm2d(8); self.layer1 = Bottleneck(8, 8, 2, 4, 16); self.fc = nn.Linear(32, 4)
    def forward(self, x): return self.fc(self.layer1(F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)).mean((2, 3)))
def run(make, shape, dtype, optimizer):
    m = make(); m.load_state_dict({k: (fill(k, tuple(v.shape)) if v.is_floating_point() else v) for k, v in m.state_dict().items()}); m.to(dtype)
    x = torch.from_numpy(u('input', int(np.prod(shape))).astype(np.float32).reshape(shape)).to(dtype); y = torch.arange(shape[0]) % 4
    opt = optimizer(m.parameters()); losses = []
    m.eval(); logits = m(x).detach().double(); m.train()
    for _ in range(10):
        loss = F.cross_entropy(m(x), y); opt.zero_grad(); loss.backward(); opt.step(); losses.append(float(loss))
    return logits, losses, {k: v.detach().double() for k, v in m.state_dict().items() if v.is_floating_point()}
nets = []
for name, make, shape, opt, options in [
    ('small', Small, (4, 3, 8, 8), lambda p: torch.optim.SGD(p, .05, momentum=.9, weight_decay=5e-4), {'optimizer': 'sgd', 'learningRate': .05, 'momentum': .9, 'weightDecay': 5e-4}),
    ('grouped', Grouped, (4, 3, 17, 17), lambda p: torch.optim.AdamW(p, .01, weight_decay=.01), {'optimizer': 'adamw', 'learningRate': .01, 'weightDecay': .01})]:
    (l64, a, s64), (l32, b, s32) = run(make, shape, torch.float64, opt), run(make, shape, torch.float32, opt)
    norm = lambda t: float(f'{t.norm().item():.9g}')
    nets.append({'name': name, 'input': list(shape), 'options': options, 'names': {k: list(v.shape) for k, v in s64.items()},
        'logits': [float(f'{v:.9g}') for v in l64.flatten().tolist()], 'losses': [float(f'{v:.9g}') for v in a], 'f32LossError': max(abs(x - y) for x, y in zip(a, b)),
        'norms': {k: norm(v) for k, v in s64.items()}, 'f32NormError': max(abs(s32[k].norm() / v.norm() - 1).item() for k, v in s64.items())})
print(json.dumps({'made by': 'make_training.py', 'torch': torch.__version__, 'nets': nets}))
