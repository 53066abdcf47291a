"""Heat maps of reference networks, in float64. Usage: make_attributions.py OUT [MODEL...]

The networks are filled by the formula of testing/golden/reference, whose scripts this needs beside PyTorch, torchvision and Captum.
Activations and their gradients are taken with hooks by hand; saliency, input x gradient, integrated gradients and
occlusion are Captum's, Grad-CAM is also compared with Captum's and, where it is installed, with pytorch-grad-cam's.
`f32_error` is how far PyTorch's own float32 is from its float64.
"""
import contextlib, json, sys, os, math
import numpy as np, torch, torchvision
import torch.nn.functional as F
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../testing/golden/reference'))
from golden import inp, load
from golden_cifar_families import Preact
from captum.attr import InputXGradient, IntegratedGradients, LayerGradCam, Occlusion, Saliency

SAMPLES, NOISE, STEPS = 3, 0.15, 3
PIXELS = 32  # the side of images whose pixels are asked: with fewer ReLUs than at 64 none is near enough to 0 for float32 to turn it
LAST = 'last'  # what the last ReLU, a function of no module, gives: what is pooled
MODELS = {
    'resnet18': (lambda: torchvision.models.resnet18(), 64, 7, ['layer2.0.conv2', 'layer4']),
    'resnet50': (lambda: torchvision.models.resnet50(), 64, 7, ['layer3']),
    'densenet121': (lambda: torchvision.models.densenet121(), 64, 7, ['features.denseblock3', LAST]),
    'resnext50_32x4d': (lambda: torchvision.models.resnext50_32x4d(), 64, 7, ['layer4']),
    'preact_basic20': (lambda: Preact(20, False), 32, 3, ['layer2', LAST]),
}

def out_of_place(m):
    """Hooks see what a module gave, not what a ReLU after it made of it; guided backpropagation needs a ReLU of its own at each place."""
    for part in m.modules():
        if isinstance(part, torch.nn.ReLU): part.inplace = False

@contextlib.contextmanager
def relu_is(f):
    """F.relu by another function, out of place: DenseNet's last would write into what a hook has kept."""
    plain = F.relu
    F.relu = lambda z, inplace=False: f(z)
    try: yield
    finally: F.relu = plain

def normals(count, seed=0):
    """The package's own: Box and Muller's transform of a hash of the place."""
    with np.errstate(over='ignore'):
        x = np.uint32(seed) + np.arange(count + count % 2, dtype=np.uint32) * np.uint32(0x9E3779B9)
        x ^= x >> np.uint32(16); x *= np.uint32(0x85EBCA6B); x ^= x >> np.uint32(13); x *= np.uint32(0xC2B2AE35); x ^= x >> np.uint32(16)
    u = x.astype(np.float64) / 2**32
    radius, angle = np.sqrt(-2 * np.log(1 - u[0::2])), 2 * math.pi * u[1::2]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:count]

def activations(m, x, target, layer):
    """`[N,K,h,w]` twice: what the layer gives, and the gradient of the score by it."""
    kept = []
    keep = lambda y: (kept.append(y), y)[1]
    if layer == LAST:
        with relu_is(lambda z: keep(torch.relu(z))): score = m(x)[:, target].sum()
    else:
        handle = dict(m.named_modules())[layer].register_forward_hook(lambda _, __, y: kept.append(y))
        with relu_is(torch.relu): score = m(x)[:, target].sum()
        handle.remove()
    return kept[-1].detach(), torch.autograd.grad(score, kept[-1])[0]

def eigen(a):
    maps = []
    for one in a:
        flat = one.reshape(one.shape[0], -1).T
        centred = flat - flat.mean(0)
        projection = centred @ torch.linalg.svd(centred, full_matrices=False)[2][0]
        sums = flat.sum(1)
        maps.append(F.relu(projection * torch.sign((projection * (sums - sums.mean())).sum())).reshape(one.shape[1:]))
    return torch.stack(maps)

def cams(a, g):
    squared = g ** 2
    divisor = 2 * squared + g ** 3 * a.sum((2, 3), keepdim=True)
    alpha = torch.where(divisor == 0, torch.zeros_like(g), squared / torch.where(divisor == 0, torch.ones_like(g), divisor))
    over = lambda x: F.relu(x.sum(1))
    return {
        'grad-cam': over(a * g.mean((2, 3), keepdim=True)),
        'grad-cam++': over(a * (alpha * F.relu(g)).sum((2, 3), keepdim=True)),
        'hires-cam': over(a * g),
        'layer-cam': over(a * F.relu(g)),
        'eigen-cam': eigen(a),
    }

def score_cam(m, x, target, layer):
    a, _ = activations(m, x, target, layer)
    big = F.interpolate(a, x.shape[2:], mode='bilinear', align_corners=False)[0]
    low, high = big.amin((1, 2), keepdim=True), big.amax((1, 2), keepdim=True)
    masks = torch.where(high > low, (big - low) / (high - low).clamp_min(1e-30), torch.zeros_like(big))
    with torch.no_grad(): scores = torch.cat([m(x * k[None, None])[:, target] for k in masks])
    return F.relu((torch.softmax(scores, 0)[:, None, None] * a[0]).sum(0))

def guided(m, x, target):
    """By hand, as Captum's wants a module of its own at each place: a ReLU that lets only positive gradients back."""
    class Guided(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z): y = z.clamp_min(0); ctx.save_for_backward(y); return y
        @staticmethod
        def backward(ctx, dy): return dy.clamp_min(0) * (ctx.saved_tensors[0] > 0)
    with relu_is(Guided.apply):
        x = x.clone().requires_grad_(True)
        return torch.autograd.grad(m(x)[:, target].sum(), x)[0]

def pixels(m, x, target):
    largest = lambda g: g.abs().amax(1)[0]
    noisy = normals(SAMPLES * x.numel()).reshape(SAMPLES, *x.permute(0, 2, 3, 1).shape[1:])  # drawn channels last
    deviation = NOISE * float(x.max() - x.min())
    samples = (x + deviation * torch.from_numpy(noisy).permute(0, 3, 1, 2)).to(x.dtype) if x.dtype == torch.float64 else x + (deviation * torch.from_numpy(noisy).permute(0, 3, 1, 2)).float()
    smooth = torch.stack([Saliency(m).attribute(s[None], target=target, abs=True)[0] for s in samples]).mean(0)
    return {
        'saliency': Saliency(m).attribute(x.clone(), target=target, abs=False).abs().amax(1)[0],
        'input-x-gradient': InputXGradient(m).attribute(x.clone(), target=target).sum(1)[0],
        'smooth-grad': smooth.amax(0),
        'integrated-gradients': IntegratedGradients(m).attribute(x, target=target, n_steps=STEPS, method='riemann_middle').sum(1)[0],
        'guided-backprop': largest(guided(m, x, target)),
    }

def digits(x): return [float(f'{v:.7g}') for v in x.double().flatten().tolist()]
def reduced(x):
    """Every 8th pixel of each row and column, or all of a small map."""
    return x if x.shape[-1] <= 8 else x[..., ::x.shape[-1] // 8, ::x.shape[-1] // 8]

def everything(name, dtype):
    make, side, target, layers = MODELS[name]
    torch.set_default_dtype(torch.float32)
    m = load(make()); out_of_place(m); m.to(dtype).eval()
    x = inp((2, 3, side, side)).to(dtype)
    found = {}
    for layer in layers:
        a, g = activations(m, x, target, layer)
        for method, map in cams(a, g).items(): found[f'{method} {layer}'] = map
        if layer == LAST: continue
        with relu_is(torch.relu): theirs = LayerGradCam(m, dict(m.named_modules())[layer]).attribute(x, target=target, relu_attributions=True)[:, 0]
        assert torch.allclose(theirs, found[f'grad-cam {layer}'], rtol=1e-3, atol=1e-7), (name, layer)
    small = inp((1, 3, PIXELS, PIXELS)).to(dtype)
    found.update(pixels(m, small, target))
    if name == 'preact_basic20':
        found['score-cam layer3'] = score_cam(m, small, target, 'layer3')
        found['occlusion'] = Occlusion(m).attribute(small, sliding_window_shapes=(3, 8, 8), strides=(3, 8, 8), target=target)[0, 0]
    with torch.no_grad(): logits = m(x)[:, target]
    return found, logits

def compare_with_grad_cam_package(name):
    try: from pytorch_grad_cam import GradCAM, HiResCAM, LayerCAM
    except ImportError: return print('pytorch-grad-cam is not installed: not compared')
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    make, side, target, layers = MODELS[name]
    torch.set_default_dtype(torch.float32)
    m = load(make()); out_of_place(m); m.eval()
    x = inp((1, 3, side, side))
    a, g = activations(m, x, target, layers[0])
    mine = cams(a, g)
    for method, cls in (('grad-cam', GradCAM), ('hires-cam', HiResCAM), ('layer-cam', LayerCAM)):
        with cls(model=m, target_layers=[dict(m.named_modules())[layers[0]]]) as cam: theirs = cam(input_tensor=x, targets=[ClassifierOutputTarget(target)])[0]
        import cv2
        k = mine[method][0].detach().numpy(); k = k - k.min(); k = k / (1e-7 + k.max()); k = cv2.resize(np.float32(k), (side, side))
        k = k - k.min(); k = k / (1e-7 + k.max())
        print(name, method, 'against pytorch-grad-cam', float(np.abs(k - theirs).max()))

for name in sys.argv[2:] or MODELS:
    exact, logits = everything(name, torch.float64)
    single, _ = everything(name, torch.float32)
    rel = lambda a, b: float(((a.double() - b).norm() / b.norm().clamp_min(1e-30)).item())
    _, side, target, _ = MODELS[name]
    result = {'model': name, 'input': [2, 3, side, side], 'pixels': PIXELS, 'target': target, 'scores': digits(logits), 'samples': SAMPLES, 'noise': NOISE, 'steps': STEPS,
      'maps': {k: {'shape': list(v.shape), 'norm': float(f'{v.norm().item():.8g}'), 'reduced': digits(reduced(v)), 'f32_error': float(f'{rel(single[k], v):.2g}')} for k, v in exact.items()}}
    with open(f'{sys.argv[1]}/{name}.json', 'w') as f: json.dump(result, f)
    print(name, {k: v['f32_error'] for k, v in result['maps'].items()}, {k: v['norm'] for k, v in result['maps'].items()})
    if name.startswith('res'): compare_with_grad_cam_package(name)
