"""Goldens of the CIFAR families that neither torchvision nor timm has. Usage: golden_cifar_families.py OUT model...

Each network is written out from its paper, with the names of a well-known PyTorch implementation:
DenseNet torchvision's (small stem as gpleiss/efficient_densenet_pytorch), Wide ResNet xternalz/WideResNet-pytorch,
pre-activation ResNet bearpaw/pytorch-classification (projections of the activated input, as KaimingHe/resnet-1k-layers).
"""
import json, sys, torch, torch.nn as nn, torch.nn.functional as F
from collections import OrderedDict
from golden import golden

class DenseLayer(nn.Module):
    def __init__(s, i, k, bottleneck):
        super().__init__(); s.norm1 = nn.BatchNorm2d(i)
        if bottleneck: s.conv1 = nn.Conv2d(i, 4 * k, 1, bias=False); s.norm2 = nn.BatchNorm2d(4 * k); s.conv2 = nn.Conv2d(4 * k, k, 3, 1, 1, bias=False)
        else: s.conv1 = nn.Conv2d(i, k, 3, 1, 1, bias=False)
        s.b = bottleneck
    def forward(s, x):
        y = s.conv1(F.relu(s.norm1(x)))
        if s.b: y = s.conv2(F.relu(s.norm2(y)))
        return torch.cat([x, y], 1)
class Transition(nn.Module):
    def __init__(s, i, o): super().__init__(); s.norm = nn.BatchNorm2d(i); s.conv = nn.Conv2d(i, o, 1, bias=False)
    def forward(s, x): return F.avg_pool2d(s.conv(F.relu(s.norm(x))), 2)
class DenseNet(nn.Module):
    def __init__(s, layers, k, stem, bottleneck, compression):
        super().__init__(); parts = OrderedDict(conv0=nn.Conv2d(3, stem, 3, 1, 1, bias=False)); w = stem
        for b, n in enumerate(layers):
            if b: parts[f'transition{b}'] = Transition(w, int(w * compression)); w = int(w * compression)
            parts[f'denseblock{b+1}'] = nn.Sequential(OrderedDict((f'denselayer{i+1}', DenseLayer(w + i * k, k, bottleneck)) for i in range(n))); w += n * k
        parts['norm5'] = nn.BatchNorm2d(w); s.features = nn.Sequential(parts); s.classifier = nn.Linear(w, 10)
    def forward(s, x): return s.classifier(F.relu(s.features(x)).mean((2, 3)))

class WideBlock(nn.Module):
    def __init__(s, i, o, st):
        super().__init__(); s.bn1 = nn.BatchNorm2d(i); s.conv1 = nn.Conv2d(i, o, 3, st, 1, bias=False); s.bn2 = nn.BatchNorm2d(o); s.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        s.convShortcut = nn.Conv2d(i, o, 1, st, bias=False) if i != o or st != 1 else None
    def forward(s, x):
        a = F.relu(s.bn1(x)); return s.conv2(F.relu(s.bn2(s.conv1(a)))) + (s.convShortcut(a) if s.convShortcut is not None else x)
class Layer(nn.Module):
    def __init__(s, blocks): super().__init__(); s.layer = nn.Sequential(*blocks)
    def forward(s, x): return s.layer(x)
class Wide(nn.Module):
    def __init__(s, depth, k):
        super().__init__(); n = (depth - 4) // 6; s.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False); i = 16
        for l, (w, st) in enumerate(((16 * k, 1), (32 * k, 2), (64 * k, 2))):
            B = []
            for b in range(n): B.append(WideBlock(i, w, st if b == 0 else 1)); i = w
            setattr(s, f'block{l+1}', Layer(B))
        s.bn1 = nn.BatchNorm2d(i); s.fc = nn.Linear(i, 10)
    def forward(s, x): return s.fc(F.relu(s.bn1(s.block3(s.block2(s.block1(s.conv1(x)))))).mean((2, 3)))

class PreBasic(nn.Module):
    def __init__(s, i, o, st, first):
        super().__init__(); s.bn1 = nn.BatchNorm2d(i); s.conv1 = nn.Conv2d(i, o, 3, st, 1, bias=False); s.bn2 = nn.BatchNorm2d(o); s.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False); s.first, s.st, s.d = first, st, o - i
    def forward(s, x):
        a = F.relu(s.bn1(x)); y = s.conv2(F.relu(s.bn2(s.conv1(a)))); x = a if s.first else x
        return y + (x if s.st == 1 and s.d == 0 else F.pad(x[:, :, ::s.st, ::s.st], (0, 0, 0, 0, s.d // 2, s.d - s.d // 2)))
class PreBottleneck(nn.Module):
    def __init__(s, i, p, st, first):
        super().__init__(); s.bn1 = nn.BatchNorm2d(i); s.conv1 = nn.Conv2d(i, p, 1, bias=False); s.bn2 = nn.BatchNorm2d(p); s.conv2 = nn.Conv2d(p, p, 3, st, 1, bias=False); s.bn3 = nn.BatchNorm2d(p); s.conv3 = nn.Conv2d(p, 4 * p, 1, bias=False)
        if st != 1 or i != 4 * p: s.downsample = nn.Sequential(nn.Conv2d(i, 4 * p, 1, st, bias=False))
    def forward(s, x):
        a = F.relu(s.bn1(x)); y = s.conv3(F.relu(s.bn3(s.conv2(F.relu(s.bn2(s.conv1(a)))))))
        return y + (s.downsample(a) if hasattr(s, 'downsample') else x)
class Preact(nn.Module):
    def __init__(s, depth, bottleneck):
        super().__init__(); n = (depth - 2) // (9 if bottleneck else 6); s.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False); i = 16; block = PreBottleneck if bottleneck else PreBasic
        for l, (p, st) in enumerate(((16, 1), (32, 2), (64, 2))):
            B = []
            for b in range(n): B.append(block(i, p, st if b == 0 else 1, l == 0 and b == 0)); i = p * (4 if bottleneck else 1)
            setattr(s, f'layer{l+1}', nn.Sequential(*B))
        s.bn = nn.BatchNorm2d(i); s.fc = nn.Linear(i, 10)
    def forward(s, x): return s.fc(F.relu(s.bn(s.layer3(s.layer2(s.layer1(s.conv1(x)))))).mean((2, 3)))

class HighwayLayer(nn.Module):
    def __init__(s, c, k): super().__init__(); s.conv = nn.Conv2d(c, c, k, 1, k // 2); s.gate = nn.Conv2d(c, c, k, 1, k // 2)
    def forward(s, x): t = torch.sigmoid(s.gate(x)); return F.relu(s.conv(x)) * t + x * (1 - t)
class PlainLayer(nn.Module):
    def __init__(s, i, o): super().__init__(); s.conv = nn.Conv2d(i, o, 3, 1, 1)
    def forward(s, x): return F.relu(s.conv(x))
class Highway(nn.Module):
    def __init__(s, stages):
        super().__init__(); s.conv1 = PlainLayer(3, stages[0][0]); w = stages[0][0]
        for l, ws in enumerate((stages[0][1:], *stages[1:])):
            L = [nn.MaxPool2d(2)] if l else []
            for o in ws: L.append(HighwayLayer(w, 3) if o == w else PlainLayer(w, o)); w = o
            setattr(s, f'layer{l+1}', nn.Sequential(*L))
        s.last = HighwayLayer(w, 1); s.fc = nn.Linear(w, 10)
    def forward(s, x): return s.fc(s.last(s.layer3(s.layer2(s.layer1(s.conv1(x))))).mean((2, 3)))

MODELS = {
    'densenet40_12_cifar': lambda: DenseNet([12] * 3, 12, 16, False, 1), 'densenet100_12_cifar': lambda: DenseNet([32] * 3, 12, 16, False, 1),
    'densenet_bc100_12_cifar': lambda: DenseNet([16] * 3, 12, 24, True, .5), 'densenet_bc250_24_cifar': lambda: DenseNet([41] * 3, 24, 48, True, .5), 'densenet_bc190_40_cifar': lambda: DenseNet([31] * 3, 40, 80, True, .5),
    'wrn16_8_cifar': lambda: Wide(16, 8), 'wrn40_4_cifar': lambda: Wide(40, 4), 'wrn28_10_cifar': lambda: Wide(28, 10), 'wrn10_2': lambda: Wide(10, 2),
    'preact_resnet110_cifar': lambda: Preact(110, False), 'preact_resnet164_cifar': lambda: Preact(164, True), 'preact_resnet1001_cifar': lambda: Preact(1001, True), 'preact_basic20': lambda: Preact(20, False), 'preact_bottleneck20': lambda: Preact(20, True),
    # Small ones, of every kind of block, for the tests.
    'densenet_small': lambda: DenseNet([2, 3, 2], 4, 8, False, 1), 'densenet_bc_small': lambda: DenseNet([2, 3, 2], 4, 8, True, .5),
    'highway_small': lambda: Highway([[8, 8, 12, 12], [16, 16], [16, 24, 24]]),
    'highway19_cifar': lambda: Highway([[32] * 3 + [48] * 2, [80] * 6, [128] * 6]), 'highway32_cifar': lambda: Highway([[24] * 10, [40] * 10, [72] * 10]),
}
# At 32 one ReLU's input is 5e-8: float32 cannot tell its sign, and every gradient before it depends on that.
TRAIN_SIZE = {'preact_basic20': 24}
if __name__ == '__main__':
    if sys.argv[1] == 'count': [print(n, sum(p.numel() for p in make().parameters())) for n, make in MODELS.items()]
    else:
        for n in sys.argv[2:]:
            with open(f'{sys.argv[1]}/{n}.json', 'w') as f: json.dump(golden(MODELS[n](), n, size=32, train_size=TRAIN_SIZE.get(n, 32), classes=10), f)
            print(n)
