"""Learning rates of torch.optim.lr_scheduler, step by step. Usage: python3 make_schedules.py > schedules.json"""
import json
import warnings
import torch
from torch.optim import lr_scheduler as S

warnings.filterwarnings('ignore')
cases = []


def rates(make, steps, lr=.1, metrics=None, key='lr', momentum=.9):
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr, momentum)
    sched, out = make(opt), []
    for i in range(steps):
        out.append(opt.param_groups[0][key])
        opt.step()
        if i + 1 < steps: sched.step(*([metrics[i]] if metrics else []))
    return out


def case(schedule, options, make, steps=12, **more):
    cases.append({'schedule': schedule, 'options': options, **({'metrics': more['metrics']} if 'metrics' in more else {}), 'rates': rates(make, steps, **more)})


case('stepDecay', {'every': 3, 'factor': .5}, lambda o: S.StepLR(o, 3, .5))
case('multiStep', {'milestones': [2, 5, 9]}, lambda o: S.MultiStepLR(o, [2, 5, 9]))
case('cosine', {'steps': 11}, lambda o: S.CosineAnnealingLR(o, 11))
case('cosine', {'steps': 11, 'floor': .02}, lambda o: S.CosineAnnealingLR(o, 11, .02))
case('polynomial', {'steps': 8}, lambda o: S.PolynomialLR(o, 8))
case('polynomial', {'steps': 8, 'power': 2}, lambda o: S.PolynomialLR(o, 8, 2))
case('warmUp', {'steps': 5}, lambda o: S.LinearLR(o), lr=1)
case('warmUp', {'steps': 7, 'from': .01}, lambda o: S.LinearLR(o, .01, 1, 7), lr=1)
one = [({'steps': 20}, {}), ({'steps': 20, 'peakAt': .2, 'anneal': 'linear', 'div': 10, 'finalDiv': 1e4}, dict(pct_start=.2, anneal_strategy='linear', div_factor=10)),
       ({'steps': 20, 'threePhase': True}, dict(three_phase=True)), ({'steps': 7, 'peakAt': .5, 'finalDiv': 100}, dict(pct_start=.5, final_div_factor=100)),
       ({'steps': 20, 'threePhase': True, 'anneal': 'linear'}, dict(three_phase=True, anneal_strategy='linear'))]
for options, torch_options in one:
    n = options['steps']
    case('oneCycle', options, lambda o: S.OneCycleLR(o, .1, n, **torch_options), n)
    shape = {k: v for k, v in options.items() if k in ('steps', 'peakAt', 'anneal', 'threePhase')}
    case('oneCycleMomentum', shape, lambda o: S.OneCycleLR(o, .1, n, **torch_options), n, key='momentum')
falling = [1, .9, .91, .9, .9, .89995, .95, .9, .9, .9, .5, .6, .6, .6, .6, .6, .6, .6]
case('plateau', {'patience': 2, 'factor': .5}, lambda o: S.ReduceLROnPlateau(o, 'min', .5, 2), 18, metrics=falling)
case('plateau', {'patience': 1, 'cooldown': 2, 'floor': .02}, lambda o: S.ReduceLROnPlateau(o, 'min', .1, 1, cooldown=2, min_lr=.02), 18, metrics=falling)
case('plateau', {'patience': 1, 'absolute': True, 'threshold': .05, 'higher': True}, lambda o: S.ReduceLROnPlateau(o, 'max', .1, 1, .05, 'abs'), 18,
     metrics=[1 - v for v in falling])
case('plateau', {'patience': 1, 'higher': True, 'threshold': .1}, lambda o: S.ReduceLROnPlateau(o, 'max', .1, 1, .1), 18, metrics=[2 - v for v in falling])
case('sequenced', {}, lambda o: S.SequentialLR(o, [S.ConstantLR(o, .1, 100), S.StepLR(o, 2, .5)], [4]))
case('chained', {}, lambda o: S.ChainedScheduler([S.StepLR(o, 4, .5), S.LinearLR(o, .25, 1, 3)]))
print(json.dumps({'made by': 'make_schedules.py', 'torch': torch.__version__, 'cases': cases}))
