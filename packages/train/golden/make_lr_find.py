"""Suggestions of fastai's learning rate finder (fastai/callback/schedule.py: valley, steep, minimum) for made-up curves. Usage: python3 make_lr_find.py > lr_find.json"""
import json
import math
import random


def valley(lrs, losses):
    n = len(losses)
    max_start, max_end = 0, 0
    lds = [1] * n
    for i in range(1, n):
        for j in range(0, i):
            if (losses[i] < losses[j]) and (lds[i] < lds[j] + 1): lds[i] = lds[j] + 1
            if lds[max_end] < lds[i]:
                max_end = i
                max_start = max_end - lds[max_end]
    sections = (max_end - max_start) / 3
    return lrs[max_start + int(sections) + int(sections / 2)]


cases = []
for seed, bottom in ((0, .02), (1, .3), (2, .001)):
    r = random.Random(seed)
    rates = [1e-7 * (10 / 1e-7) ** (i / 99) for i in range(100)]
    losses = [2.3 - 1.5 / (1 + (bottom / 10 / x) ** 1.5) + (x / bottom / 30) ** 2 + .003 * r.random() for x in rates]
    cut, low = rates[10:-5], losses[10:-5]
    slopes = [low[i] - low[i - 1] if i else 0 for i in range(len(low))]
    cases.append({'rates': rates, 'losses': losses, 'valley': valley(cut, low), 'minimum': cut[low.index(min(low))] / 10, 'steepest': cut[slopes.index(min(slopes))]})
print(json.dumps({'made by': 'make_lr_find.py', 'cases': cases}))
