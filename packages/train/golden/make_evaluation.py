"""An evaluation of random logits with PyTorch in float64. Usage: python3 make_evaluation.py > evaluation.json

The calibration error is that of https://github.com/gpleiss/temperature_scaling: 15 bins, open below and closed above.
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(0)
logits, labels = (torch.randn(60, 6) * 2).float(), torch.randint(0, 6, (60,))
logits[::3, :] += 4 * F.one_hot(labels[::3], 6)
p = logits.double().softmax(1)
confidence, predicted = p.max(1)
right = predicted == labels
ece, edges = 0., torch.linspace(0, 1, 16)
for lo, hi in zip(edges[:-1], edges[1:]):
    inside = (confidence > lo) & (confidence <= hi)
    if inside.any(): ece += inside.double().mean() * (confidence[inside].mean() - right[inside].double().mean()).abs()
confusion = torch.zeros(6, 6, dtype=torch.long)
for a, b in zip(labels, predicted): confusion[a, b] += 1
loss = F.cross_entropy(logits.double(), labels, reduction='none')
print(json.dumps({
    'made by': 'make_evaluation.py', 'torch': torch.__version__, 'logits': [float(f'{v:.9g}') for v in logits.flatten().tolist()], 'labels': labels.tolist(),
    'loss': loss.mean().item(), 'top1': right.double().mean().item(), 'top3': (logits.topk(3).indices == labels[:, None]).any(1).double().mean().item(),
    'ece': ece.item(), 'confusion': confusion.tolist(), 'worst': loss.argsort(descending=True)[:5].tolist(), 'worstLosses': loss.sort(descending=True).values[:5].tolist()}))
