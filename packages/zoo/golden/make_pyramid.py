"""torchvision's FeaturePyramidNetwork in float64 on stages of odd sizes. Usage: python3 make_pyramid.py GOLDEN_PY_FOLDER > pyramid.json

Weights and stages are filled by the formula of the model goldens (stage i by the name `stage{i}`); the gradients are those
of the sum of every level times the formula's `level{name}`.
"""
import json, sys
sys.path.insert(0, sys.argv[1])
import torch, torchvision
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelMaxPool
from golden import fill
sizes = [(16, 9, 11), (32, 5, 6), (64, 3, 3)]
m = FeaturePyramidNetwork([c for c, _, _ in sizes], 4, LastLevelMaxPool())
m.load_state_dict({k: fill(k, tuple(v.shape)) for k, v in m.state_dict().items()})
m.double()
x = {str(i): fill(f'stage{i}', (2, *s)).double().requires_grad_() for i, s in enumerate(sizes)}
y = m(x)
sum((v * fill(f'level{k}', tuple(v.shape)).double()).sum() for k, v in y.items()).backward()
r = lambda t: {'shape': list(t.shape), 'data': [float(f'{v:.8g}') for v in t.flatten().tolist()]}
g = lambda t: {'norm': float(f'{t.norm().item():.8g}'), 'first': [float(f'{v:.8g}') for v in t.flatten()[:4].tolist()]}
print(json.dumps({'made by': f'make_pyramid.py, torchvision {torchvision.__version__}', 'names': {k: list(v.shape) for k, v in m.state_dict().items()},
    'stages': [[2, *s] for s in sizes], 'levels': {k: r(v) for k, v in y.items()},
    'parameter_gradients': {k: g(p.grad) for k, p in m.named_parameters()}, 'stage_gradients': [g(v.grad) for v in x.values()]}))
