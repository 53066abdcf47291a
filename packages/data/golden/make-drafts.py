"""Writes drafts.json: what Pillow's draft, which decodes a JPEG at a reduced size, gives. Usage: make-drafts.py PHOTO.jpg"""
import hashlib, json, os, sys
import PIL
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__)); files = os.path.join(here, 'files')
names = ['420.jpg', '422.jpg', 'rgb.jpg', 'grey.jpg', 'restarts.jpg', os.path.basename(sys.argv[1])]
rows = []
for name in names:
    path = os.path.join(files, name)
    for scale in (2, 4, 8) if name != '422.jpg' else (2, 4):
        im = Image.open(path if os.path.exists(path) else sys.argv[1]); w, h = im.size
        im.draft(None, (w // scale, h // scale))
        rows.append({'file': name, 'scale': scale, 'size': list(im.size), 'sha256_rgb': hashlib.sha256(im.convert('RGB').tobytes()).hexdigest()})
json.dump({'pillow': PIL.__version__, 'drafts': rows}, open(os.path.join(here, 'drafts.json'), 'w'), indent=1)
