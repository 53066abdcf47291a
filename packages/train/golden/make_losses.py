"""Losses and their gradients from PyTorch in float64. Usage: python3 make_losses.py > losses.json"""
import json
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
flat = lambda t: [float(f'{v:.9g}') for v in t.detach().flatten().tolist()]
cases = []


def case(loss, options, logits, targets, f):
    x = logits.clone().requires_grad_()
    value = f(x)
    value.backward()
    cases.append({'loss': loss, 'options': options, 'shape': list(x.shape), 'logits': flat(logits), 'targets': targets,
                  'value': value.item(), 'gradient': flat(x.grad)})


x, labels = torch.randn(5, 4) * 3, torch.tensor([2, 0, 3, 3, 1])
soft, weights = torch.rand(5, 4).softmax(1), torch.tensor([.5, 2., 1., 3.])
for w in (None, weights):
    for e in (0, .1, 1):
        o = {'labelSmoothing': e, **({'classWeights': w.tolist()} if w is not None else {})}
        case('crossEntropy', o, x, labels.tolist(), lambda z: F.cross_entropy(z, labels, w, label_smoothing=e))
        case('crossEntropy', o, x, flat(soft), lambda z: F.cross_entropy(z, soft, w, label_smoothing=e))
case('crossEntropy', {}, x * 300, labels.tolist(), lambda z: F.cross_entropy(z, labels))
many = (torch.rand(5, 4) > .5).double()
for y in (many, soft):
    case('binaryCrossEntropy', {}, x, flat(y), lambda z: F.binary_cross_entropy_with_logits(z, y))
    case('binaryCrossEntropy', {'positiveWeights': weights.tolist()}, x, flat(y), lambda z: F.binary_cross_entropy_with_logits(z, y, pos_weight=weights))
hot = F.one_hot(labels, 4).double()
case('binaryCrossEntropy', {}, x, labels.tolist(), lambda z: F.binary_cross_entropy_with_logits(z, hot))
case('binaryCrossEntropy', {}, x * 300, flat(many), lambda z: F.binary_cross_entropy_with_logits(z, many))
print(json.dumps({'made by': 'make_losses.py', 'torch': torch.__version__, 'cases': cases}))
