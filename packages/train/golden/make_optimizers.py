"""Steps of torch.optim's optimizers in float64 from given values and gradients. Usage: python3 make_optimizers.py > optimizers.json

Torch 1.13 has no LARS: timm's formula is written out here.
"""
import json
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
flat = lambda t: [float(f'{v:.10g}') for v in t.detach().flatten().tolist()]
STEPS = 6
start = torch.randn(6)
grads = [torch.randn(6) for _ in range(STEPS)]
rates = [.1, .1, .05, .2, .01, .1]
cases = []


def case(rule, options, make, state):
    p = start.clone().requires_grad_()
    optimizer = make([p])
    values = []
    for g, rate in zip(grads, rates):
        p.grad = g.clone()
        optimizer.param_groups[0]['lr'] = rate
        optimizer.step()
        values.append(flat(p))
    cases.append({'rule': rule, 'options': options, 'values': values, 'state': {k: flat(optimizer.state[p][k]) for k in state}})


S, A, R = torch.optim.SGD, torch.optim.AdamW, torch.optim.RMSprop
m = ['momentum_buffer']
case('sgd', {}, lambda p: S(p, .1), [])
case('sgd', {'weightDecay': .01}, lambda p: S(p, .1, weight_decay=.01), [])
case('sgd', {'momentum': .9}, lambda p: S(p, .1, .9), m)
case('sgd', {'momentum': .9, 'weightDecay': .01}, lambda p: S(p, .1, .9, weight_decay=.01), m)
case('sgd', {'momentum': .9, 'dampening': .3}, lambda p: S(p, .1, .9, .3), m)
case('sgd', {'momentum': .9, 'nesterov': True, 'weightDecay': .01}, lambda p: S(p, .1, .9, weight_decay=.01, nesterov=True), m)
e = ['exp_avg', 'exp_avg_sq']
case('adamw', {}, lambda p: A(p, .1), e)
case('adamw', {'beta1': .8, 'beta2': .95, 'epsilon': 1e-3, 'weightDecay': .1}, lambda p: A(p, .1, (.8, .95), 1e-3, .1), e)
case('adamw', {'weightDecay': 0}, lambda p: A(p, .1, weight_decay=0), e)
case('rmsprop', {}, lambda p: R(p, .1), ['square_avg'])
case('rmsprop', {'alpha': .9, 'epsilon': 1e-3, 'momentum': .9, 'weightDecay': .01}, lambda p: R(p, .1, .9, 1e-3, .01, .9), ['square_avg'] + m)
case('rmsprop', {'centered': True}, lambda p: R(p, .1, centered=True), ['square_avg', 'grad_avg'])
case('rmsprop', {'centered': True, 'momentum': .9}, lambda p: R(p, .1, centered=True, momentum=.9), ['square_avg', 'grad_avg'] + m)


class Lars(torch.optim.SGD):
    """timm/optim/lars.py: the trust ratio scales the decayed gradient, then SGD's momentum."""
    def step(self):
        for group in self.param_groups:
            for p in group['params']:
                w, g, decay = p.norm(), p.grad.norm(), .01
                p.grad = (p.grad + decay * p.detach()) * (.02 * w / (g + w * decay + 1e-8))
        super().step()


case('lars', {'momentum': .9, 'weightDecay': .01, 'trust': .02}, lambda p: Lars(p, .1, .9), m)
case('lars', {'momentum': .9, 'nesterov': True, 'weightDecay': .01, 'trust': .02}, lambda p: Lars(p, .1, .9, nesterov=True), m)

a, b = (torch.randn(3, 2).requires_grad_() for _ in range(2))
a.grad, b.grad = torch.randn(3, 2), torch.randn(3, 2) * 4
before = [flat(a.grad), flat(b.grad)]
norm = torch.nn.utils.clip_grad_norm_([a, b], 1.5).item()
clip = {'before': before, 'maxNorm': 1.5, 'norm': norm, 'after': [flat(a.grad), flat(b.grad)]}
print(json.dumps({'made by': 'make_optimizers.py', 'torch': torch.__version__, 'start': flat(start), 'gradients': [flat(g) for g in grads],
                  'rates': rates, 'cases': cases, 'clip': clip}))
