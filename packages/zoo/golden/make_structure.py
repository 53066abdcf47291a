"""Parameters, multiply-accumulates and a digest of every name and shape of timm's ResNets.

Usage: python3 make_structure.py TIMM_CHECKOUT < names.txt > structure.json

The digest is the SHA-256 of lines `name shape` in the state dict's order, without num_batches_tracked; the
multiply-accumulates are those of convolutions and linear layers for one image of the given size.
"""
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
import timm, torch, torch.nn as nn
from timm.layers import BlurPool2d

def macs(model, size):
    total = 0
    def count(m, x, y):
        nonlocal total
        if isinstance(m, BlurPool2d): total += y.numel() * 9
        elif isinstance(m, nn.Linear): total += y.numel() * m.in_features
        else: total += y.numel() * m.weight[0].numel()
    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, (nn.Conv1d, nn.Conv2d, nn.Linear, BlurPool2d))]
    with torch.no_grad(): model.eval()(torch.zeros(1, 3, size, size))
    for hook in hooks: hook.remove()
    return total

result = {}
for line in sys.stdin:
    name, size = line.split()
    model = timm.create_model(name)
    lines = [f"{k} {','.join(map(str, v.shape))}" for k, v in model.state_dict().items() if not k.endswith('num_batches_tracked')]
    result[name] = {'params': sum(p.numel() for p in model.parameters()), 'macs': macs(model, int(size)), 'size': int(size),
        'tensors': len(lines), 'sha256': hashlib.sha256('\n'.join(lines).encode()).hexdigest()}
    print(name, result[name]['params'], file=sys.stderr, flush=True)
print(json.dumps({'made by': f'make_structure.py, timm {timm.__version__}', 'models': result}, indent=1))
