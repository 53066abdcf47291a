"""Makes `files/` and `files.json`: small images in every mode, and what Pillow's `convert('RGB')` makes of each.
Usage: make-files.py PHOTO (packages/testing/photos/chelsea.png), with Pillow 9.4 and numpy."""
import hashlib, json, os, sys
import numpy as np, PIL
from PIL import Image, ImageOps

here = os.path.dirname(os.path.abspath(__file__)); out = os.path.join(here, 'files'); os.makedirs(out, exist_ok=True)
photo = Image.open(sys.argv[1]).convert('RGB').crop((120, 60, 191, 113)).resize((37, 29), Image.BICUBIC)  # odd sizes: edges of chroma
w, h = photo.size
alpha = Image.fromarray((np.add.outer(np.arange(h), np.arange(w)) * 4 % 256).astype(np.uint8))
grey = photo.convert('L'); rgba = photo.copy(); rgba.putalpha(alpha); la = grey.copy(); la.putalpha(alpha)
cmyk = photo.convert('CMYK')
exif = lambda o: (e := Image.Exif(), e.__setitem__(0x0112, o), e.tobytes())[-1]
second = ImageOps.mirror(photo)
jpeg = dict(quality=85)
save = lambda name, im, **kw: im.save(os.path.join(out, name), **kw)
save('rgb.png', photo); save('rgba.png', rgba); save('grey.png', grey); save('grey-alpha.png', la)
save('palette.png', photo.quantize(64)); save('palette-transparent.png', photo.quantize(64), transparency=3); save('one-bit.png', grey.convert('1'))
save('rgb.jpg', photo, subsampling=0, **jpeg); save('422.jpg', photo, subsampling=1, **jpeg); save('420.jpg', photo, subsampling=2, **jpeg)
save('progressive.jpg', photo, progressive=True, subsampling=2, **jpeg); save('grey.jpg', grey, **jpeg); save('cmyk.jpg', cmyk, **jpeg)
save('restarts.jpg', photo, subsampling=2, optimize=True, **jpeg)  # then, for Pillow writes none: jpegtran -restart 1B
os.system(f"jpegtran -copy none -restart 1B -outfile '{out}/restarts.jpg' '{out}/restarts.jpg'")
for o in range(1, 9): save(f'orientation-{o}.jpg', photo, exif=exif(o), subsampling=2, **jpeg)
save('lossless.webp', photo, lossless=True); save('lossy.webp', photo, quality=80); save('alpha.webp', rgba, lossless=True, exact=True)
save('animated.gif', photo.quantize(32), save_all=True, append_images=[second.quantize(32)]); save('animated.png', photo, save_all=True, append_images=[second]); save('animated.webp', photo, save_all=True, append_images=[second], lossless=True)
save('rgb.tiff', photo, compression='tiff_lzw'); save('rgb.bmp', photo); save('grey.bmp', grey); save('palette.bmp', photo.quantize(64)); save('rgb.ppm', photo); save('grey.pgm', grey)
# 16 bits, written by hand: Pillow writes no 16-bit RGB.
import struct, zlib
def png16(name, pixels):  # [H,W,C] uint16
    hh, ww, c = pixels.shape; chunk = lambda t, d: struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))
    rows = b''.join(b'\0' + row.astype('>u2').tobytes() for row in pixels)
    open(os.path.join(out, name), 'wb').write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', ww, hh, 16, {1: 0, 3: 2, 4: 6}[c], 0, 0, 0)) + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
wide = np.asarray(photo).astype(np.uint16) * 256 + (np.arange(w * 3) * 37 % 256).reshape(1, w, 3).astype(np.uint16)
png16('rgb16.png', wide); png16('rgba16.png', np.concatenate([wide, wide[..., :1]], -1)); png16('grey16.png', wide[..., :1])

sha = lambda im: hashlib.sha256(np.asarray(im.convert('RGB')).tobytes()).hexdigest()
rows = []
for name in sorted(os.listdir(out)):
    im = Image.open(os.path.join(out, name)); row = {'file': name, 'mode': im.mode, 'size': list(im.size), 'sha256_rgb': sha(im)}
    if name.startswith('orientation'): up = ImageOps.exif_transpose(im); row.update(upright_size=list(up.size), upright_sha256_rgb=sha(up))
    if name == 'grey16.png': row['high_byte_sha256_rgb'] = hashlib.sha256(np.repeat((wide[..., :1] >> 8).astype(np.uint8), 3, -1).tobytes()).hexdigest()
    rows.append(row)
json.dump({'pillow': PIL.__version__, 'files': rows}, open(os.path.join(here, 'files.json'), 'w'), indent=1)
