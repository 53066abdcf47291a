"""Makes `transforms.json`: what torchvision 0.14 with Pillow 9.4 makes of a photo, as SHA-256 of the RGB bytes, and
`hue-wheel`, every 8-bit colour of a coarse cube under turns of the hue. Usage: make-transforms.py PHOTO"""
import hashlib, json, math, os, sys
import numpy as np, torch, torchvision.transforms.functional as F, torchvision.transforms as T
from PIL import Image
here = os.path.dirname(os.path.abspath(__file__)); photo = Image.open(sys.argv[1]).convert('RGB'); square = F.center_crop(photo, 128)
sha = lambda im: hashlib.sha256(np.asarray(im).tobytes()).hexdigest(); N, B = T.InterpolationMode.NEAREST, T.InterpolationMode.BILINEAR
cube = Image.fromarray(np.stack(np.meshgrid(*[np.arange(0, 256, 5)] * 3), -1).astype(np.uint8).reshape(52 * 52, 52, 3))
rows = []
def add(op, args, out, image='photo'): rows.append({'op': op, 'args': args, 'image': image, 'sha256_rgb': sha(out)})
for f in (0, 0.3, 0.9, 1.0, 1.1, 1.7, 2.5):
    for name in ('brightness', 'contrast', 'saturation', 'sharpness'): add(name, [f], getattr(F, 'adjust_' + name)(photo, f))
for f in (-0.5, -0.1, 0.0, 0.07, 0.5): add('hue', [f], F.adjust_hue(photo, f)); add('hue', [f], F.adjust_hue(cube, f), 'cube')
add('invert', [], F.invert(photo)); add('autocontrast', [], F.autocontrast(photo)); add('equalize', [], F.equalize(photo)); add('greyscale', [], F.rgb_to_grayscale(photo, 3))
for t in (255.0, 170.0, 85.3, 0.0): add('solarize', [t], F.solarize(photo, t))
for b in (0, 1, 4, 7, 8): add('posterize', [b], F.posterize(photo, b))
for im, name in ((photo, 'photo'), (square, 'square')):
    for interp in (N, B):
        for angle in (0, 9.3, -30, 90, 180, 270, 300): add('rotate', [angle, interp.value], F.rotate(im, angle, interp), name)
        for a, t, s, sh in ((0, (12, -7), 1, (0, 0)), (0, (0, 0), 0.7, (0, 0)), (20, (3, 4), 1.3, (5, -8)), (-45, (0, 0), 1, (0, 30))):
            add('affine', [{'angle': a, 'translate': t, 'scale': s, 'shear': sh}, interp.value], F.affine(im, a, list(t), s, list(sh), interp), name)
        sx = math.degrees(math.atan(0.21)); add('affine', [{'shear': [sx, 0], 'center': [0, 0]}, interp.value], F.affine(im, 0, [0, 0], 1, [sx, 0], interp, center=[0, 0]), name)
add('flipHorizontal', [], F.hflip(photo)); add('flipVertical', [], F.vflip(photo)); add('pad', [4], F.pad(photo, 4))
blur = [{'args': [k, s], 'sample': np.asarray(F.gaussian_blur(square, k, s)).reshape(-1)[::997].tolist()} for k, s in ((3, 0.8), (7, 2.0), (23, 1.1))]
json.dump({'torchvision': '0.14', 'cases': rows, 'blur': blur}, open(os.path.join(here, 'transforms.json'), 'w'), indent=0)
