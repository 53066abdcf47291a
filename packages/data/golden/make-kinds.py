"""Writes random small pictures of every kind of GIF, TIFF, BMP, PNM and JPEG by hand, and what Pillow makes of each.

Usage: make-kinds.py OUT PER_KIND [SEED]. Each file is KIND~NUMBER.ENDING; beside it stands what `convert('RGB')` gives
(.rgb), or why Pillow refuses it (.bad). `make-kinds.py kinds 1 3` made what is in git, where digests stand in kinds.json
instead (made with Pillow 13.0, numpy and seed 3). More by hand, into a folder elsewhere: the same seed gives the same files."""
import hashlib, io, json, os, random, struct, sys, zlib
import numpy as np, PIL
from PIL import Image

out, per_kind = sys.argv[1], int(sys.argv[2])
R = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
os.makedirs(out, exist_ok=True)
small = per_kind == 1
size = lambda: (R.randint(1, 21), R.randint(1, 17)) if not small else (R.randint(5, 13), R.randint(4, 9))
noise = lambda n, top=256: bytes(R.randrange(top) for _ in range(n))


def smooth(w, h, c, top=256):  # [h,w,c] with runs and slopes: compression has something to do
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([(x * R.uniform(-9, 9) + y * R.uniform(-9, 9) + R.uniform(0, 256)) for _ in range(c)], -1)
    return (a.astype(np.int64) % 256 * top // 256).astype(np.int64)


# --- BMP -------------------------------------------------------------------------------------------------------------
def bmp(bits, header=40, compression=0, masks=None, top_down=False, colours=0, grey=False, rle=None, cut=0):
    w, h = size()
    stride = (w * bits + 31) // 32 * 4
    palette = b''
    if bits <= 8:
        n = colours or 2 ** bits
        entry = lambda i: bytes([i * 255 // max(1, n - 1)] * 3) if grey else noise(3)
        palette = b''.join(entry(i) + (b'' if header == 12 else b'\0') for i in range(n))
    if rle: pixels = rle(w, h)
    else:
        row = lambda: noise(stride)
        if bits == 8 and colours: row = lambda: noise(stride, colours)
        if bits == 4 and colours: row = lambda: bytes(R.randrange(colours) * 16 + R.randrange(colours) for _ in range(stride))
        pixels = b''.join(row() for _ in range(h))
    extra = struct.pack('<3I', *masks[:3]) if masks and header == 40 else b''
    gap = R.choice([0, 0, 2, 4])
    start = 14 + header + len(extra) + len(palette) + gap
    if header == 12: head = struct.pack('<IHHHH', 12, w, h, 1, bits)
    else:
        head = struct.pack('<IiiHHIIiiII', header, w, -h if top_down else h, 1, bits, compression, len(pixels), 2835, 2835, colours, 0)
        rest = bytearray(header - 40)
        if masks and header > 40: rest[:4 * min(len(masks), (header - 40) // 4)] = struct.pack('<%dI' % min(len(masks), (header - 40) // 4), *masks[:(header - 40) // 4])
        head += bytes(rest)
    data = b'BM' + struct.pack('<IHHI', start + len(pixels), 0, 0, start) + head + extra + palette + bytes(gap) + pixels
    return data[:-cut] if cut else data


def rle(four):
    def make(w, h):
        out, at = b'', 0
        def pack(values): return bytes(values[i] * 16 + (values[i + 1] if i + 1 < len(values) else 0) for i in range(0, len(values), 2)) if four else bytes(values)
        top = 16 if four else 256
        for y in range(h):
            x = 0
            while x < w:
                left = w - x; kind = R.random()
                if kind < .5:
                    n = R.randint(1, min(left, 255)); over = R.choice([0, 0, 0, 3])
                    out += bytes([min(255, n + (over if n == left else 0)), R.randrange(top) * (16 if four else 1) % 256 + (R.randrange(16) if four else 0)])
                elif kind < .85 and left >= 3:
                    n = R.randint(3, min(left, 255)); body = pack([R.randrange(top) for _ in range(n)])
                    out += bytes([0, n]) + body
                    if len(body) % 2: out += b'\0'
                elif kind < .93 and left > 1:
                    n = R.randint(1, left - 1); out += bytes([0, 2, n, 0])
                elif x > 0: out += bytes([0, 0]); x = w; break
                else: n = 1; out += bytes([1, R.randrange(top)])
                x += n
            else:
                if R.random() < .8: out += bytes([0, 0])
        return out + bytes([0, 1])
    return make


BMP = {
    **{f'bmp-{b}': lambda b=b: bmp(b) for b in (1, 4, 8, 16, 24, 32)},
    **{f'bmp-{b}-top-down': lambda b=b: bmp(b, top_down=True) for b in (1, 4, 8, 16, 24, 32)},
    **{f'bmp-{b}-os2': lambda b=b: bmp(b, header=12) for b in (1, 4, 8, 24)},
    **{f'bmp-{b}-os2-second': lambda b=b: bmp(b, header=64) for b in (1, 4, 8, 24)},
    **{f'bmp-{b}-v{v}': lambda b=b, s=s: bmp(b, header=s) for b in (8, 24, 32) for v, s in ((2, 52), (3, 56), (4, 108), (5, 124))},
    'bmp-few-colours': lambda: bmp(R.choice([4, 8]), colours=R.randint(3, 15)),
    'bmp-grey': lambda: bmp(8, grey=True), 'bmp-black-and-white': lambda: bmp(1, grey=True),
    **{f'bmp-16-{n}{v}': lambda m=m, s=s: bmp(16, s, 3, m + (0,)) for n, m in (('565', (0xf800, 0x7e0, 0x1f)), ('555', (0x7c00, 0x3e0, 0x1f))) for v, s in (('', 40), ('-v3', 56), ('-v5', 124))},
    **{f'bmp-32-masks-{n}{v}': lambda m=m, s=s: bmp(32, s, 3, m) for n, m in (('bgrx', (0xff0000, 0xff00, 0xff, 0)), ('xbgr', (0xff000000, 0xff0000, 0xff00, 0)), ('bgra', (0xff0000, 0xff00, 0xff, 0xff000000)), ('rgba', (0xff, 0xff00, 0xff0000, 0xff000000)), ('none', (0, 0, 0, 0))) for v, s in (('', 40), ('-v3', 56), ('-v4', 108)) if not (s == 40 and n == 'rgba')},
    'bmp-rle8': lambda: bmp(8, compression=1, rle=rle(False)), 'bmp-rle4': lambda: bmp(4, compression=2, rle=rle(True)),
    'bmp-rle8-top-down': lambda: bmp(8, compression=1, rle=rle(False), top_down=True), 'bmp-rle8-os2-second': lambda: bmp(8, 64, 1, rle=rle(False)),
    'bmp-cut': lambda: bmp(R.choice([1, 4, 8, 16, 24, 32]), cut=R.randint(4, 9)), 'bmp-rle-cut': lambda: bmp(8, compression=1, rle=rle(False), cut=R.randint(4, 9)),
}

# --- PNM -------------------------------------------------------------------------------------------------------------
def pnm(kind, maximum=255, comments=False, cut=0):
    w, h = size(); c = 3 if kind in (3, 6) else 1; n = w * h * c
    space = lambda: R.choice([' ', '\n', '\t', '  ', '\r\n', ' \n'] + (['\n# a remark 12\n', ' #\n'] if comments else []))
    head = f'P{kind}' + R.choice(['\n', ' ', '\n'] ) + (('# first\n') if comments else '') + f'{w}{space()}{h}'
    if kind not in (1, 4): head += space() + str(maximum)
    head = (head + R.choice(['\n', ' '])).encode()
    values = [R.randint(0, maximum) for _ in range(n)]
    if kind == 1: body = ''.join(str(R.randint(0, 1)) + R.choice(['', ' ', '\n'] + (['#x\n'] if comments else [])) for _ in range(n)).encode()
    elif kind in (2, 3): body = ''.join(str(v) + (space() if R.random() < .9 else ' ') for v in values).encode()
    elif kind == 4: body = noise((w + 7) // 8 * h)
    else: body = bytes(values) if maximum < 256 else struct.pack(f'>{n}H', *values)
    return (head + body)[:-cut] if cut else head + body


PNM = {
    **{f'pnm-p{k}': lambda k=k: pnm(k) for k in range(1, 7)}, **{f'pnm-p{k}-comments': lambda k=k: pnm(k, comments=True) for k in range(1, 7)},
    **{f'pnm-p{k}-{m}': lambda k=k, m=m: pnm(k, m) for k in (2, 3, 5, 6) for m in (1, 15, 100, 254)},
    **{f'pnm-p{k}-{m}': lambda k=k, m=m: pnm(k, m) for k in (3, 6) for m in (256, 1023, 4095, 65535)},
    'pnm-any': lambda: pnm(R.choice([2, 3, 5, 6]), R.randint(1, 255)), 'pnm-any-wide': lambda: pnm(R.choice([3, 6]), R.randint(256, 65535)),
    **{f'pnm-p{k}-cut': lambda k=k: pnm(k, R.choice([255, 77]), cut=R.randint(6, 9)) for k in range(1, 7)},
}

# --- GIF -------------------------------------------------------------------------------------------------------------
def lzw_lsb(indices, bits, clears):
    out, buffer, count = bytearray(), 0, 0
    clear, end = 1 << bits, (1 << bits) + 1
    def reset(): return {(i,): i for i in range(clear)}, end + 1, bits + 1
    table, nxt, width = reset(); codes = [(clear, width)]; run = ()
    for i in indices:
        if run + (i,) in table: run += (i,); continue
        codes.append((table[run], width))
        if nxt < 4096:
            table[run + (i,)] = nxt
            if nxt == 1 << width and width < 12: width += 1
            nxt += 1
        if (nxt == 4096 and R.random() < .5) or R.random() < clears: codes.append((clear, width)); table, nxt, width = reset()
        run = (i,)
    codes += [(table[run], width)]
    if nxt == 1 << width and width < 12 and nxt < 4096: width += 1
    codes += [(end, width)]
    for code, width in codes:
        buffer |= code << count; count += width
        while count >= 8: out.append(buffer & 255); buffer >>= 8; count -= 8
    if count: out.append(buffer & 255)
    return bytes(out)


def gif(offset=False, beyond=False, transparent=False, interlaced=False, local=False, shared=True, frames=1, large=False, cut=0, bits=None, few=False):
    w, h = size() if not large else (R.randint(80, 200), R.randint(80, 200))
    bits = bits or R.randint(1, 8)
    flags = (0x80 | (bits - 1)) if shared else 0
    data = R.choice([b'GIF87a', b'GIF89a']) + struct.pack('<HHBBB', w, h, flags, R.randrange(256), 0) + (noise(3 << bits) if shared else b'')
    for _ in range(frames):
        if R.random() < .3: data += b'!\xfe' + b'\x05hello\0'
        if R.random() < .3: data += b'!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0'
        b = R.randint(1, 8) if local else bits
        if transparent or R.random() < .2: data += b'!\xf9\x04' + bytes([R.randrange(4) << 2 | transparent, 0, 0, R.randrange(2 ** b)]) + b'\0'
        x, y, fw, fh = 0, 0, w, h
        if offset: x, y = R.randrange(w), R.randrange(h); fw, fh = R.randint(1, w - x), R.randint(1, h - y)
        if beyond: x, y = R.randrange(9), R.randrange(9)
        data += b',' + struct.pack('<HHHHB', x, y, fw, fh, (0x80 | (b - 1) if local else 0) | (0x40 if interlaced else 0)) + (noise(3 << b) if local else b'')
        top = 2 ** b if shared or local else 256
        kind = R.random()
        pix = (smooth(fw, fh, 1, top) if kind < .5 else np.array([R.randrange(top) for _ in range(fw * fh)])).reshape(-1).tolist()
        root = max(2, b) if shared or local else 8
        if few: root = 8; pix = [R.randrange(256) for _ in pix]  # indices beyond the palette
        coded = lzw_lsb(pix, root, R.choice([0, 0, .02]))
        data += bytes([root])
        while coded: n = R.randint(1, 255); data += bytes([len(coded[:n])]) + coded[:n]; coded = coded[n:]
        data += b'\0'
    data += b';'
    return data[:-cut] if cut else data


GIF = {
    'gif': gif, 'gif-transparent': lambda: gif(transparent=True), 'gif-offset': lambda: gif(offset=True), 'gif-offset-transparent': lambda: gif(offset=True, transparent=True),
    'gif-beyond': lambda: gif(beyond=True), 'gif-interlaced': lambda: gif(interlaced=True), 'gif-local': lambda: gif(local=True), 'gif-local-only': lambda: gif(local=True, shared=False),
    'gif-no-palette': lambda: gif(shared=False), 'gif-frames': lambda: gif(offset=True, local=True, transparent=True, frames=3), 'gif-frames-opaque': lambda: gif(offset=True, frames=3),
    'gif-all': lambda: gif(offset=True, interlaced=True, local=True, transparent=True), 'gif-beyond-palette': lambda: gif(bits=3, few=True), 'gif-cut': lambda: gif(cut=R.randint(4, 9)),
    **({} if small else {'gif-large': lambda: gif(large=True), 'gif-large-interlaced': lambda: gif(large=True, interlaced=True)}),
}

# --- TIFF ------------------------------------------------------------------------------------------------------------
def lzw_msb(data):
    out, buffer, count = bytearray(), 0, 0
    def reset(): return {bytes([i]): i for i in range(256)}, 258, 9
    table, nxt, width = reset(); codes = [(256, 9)]; run = b''
    for i in range(len(data)):
        c = data[i:i + 1]
        if run + c in table: run += c; continue
        codes.append((table[run], width)); table[run + c] = nxt; nxt += 1; run = c
        if nxt == (1 << width) - 1 + 1 and width < 12: width += 1
        if nxt >= 4093: codes.append((256, width)); table, nxt, width = reset()
    codes.append((table[run], width)); nxt += 1
    if nxt == (1 << width) and width < 12: width += 1
    codes.append((257, width))
    for code, width in codes:
        buffer = buffer << width | code; count += width
        while count >= 8: out.append(buffer >> (count - 8) & 255); count -= 8
    if count: out.append(buffer << (8 - count) & 255)
    return bytes(out)


def packbits(data):
    out, i = b'', 0
    while i < len(data):
        n = 1
        while i + n < len(data) and data[i + n] == data[i] and n < 128: n += 1
        if n > 1: out += bytes([257 - n, data[i]])
        else:
            n = R.randint(1, min(128, len(data) - i)); out += bytes([n - 1]) + data[i:i + n]
        i += n
        if R.random() < .05: out += b'\x80'
    return out


FLIP = bytes(int(f'{i:08b}'[::-1], 2) for i in range(256))
COMPRESSIONS = {'raw': 1, 'lzw': 5, 'deflate': 8, 'old-deflate': 32946, 'packbits': 32773}


def tiff(photometric, bits, samples, compression='raw', planar=1, tiled=False, predictor=1, order=None, big=False, orientation=None, extras=(), fill=1, fmt=None, pages=1, subsampling=None, cut=0, rows=None, reference=None):
    order = order or R.choice('<>'); le = order == '<'
    P = lambda f, *v: struct.pack(order + f, *v)
    head = (b'II' if le else b'MM') + (P('HHHQ', 43, 8, 0, 16) if big else P('HI', 42, 8)); body = bytearray(head); link = 8 if big else 4
    for page in range(pages):
        w, h = size()
        top = 2 ** bits
        a = smooth(w, h, samples, min(top, 256)) if R.random() < .5 else np.array([R.randrange(min(top, 1 << 16)) for _ in range(w * h * samples)]).reshape(h, w, samples)
        if fmt == 3: a = (a.astype(np.float64) * 1.7 - 60.3)
        if fmt == 2: a = a - min(top, 65536) // 3
        if bits > 16 and fmt != 3: a = a * 7 - 300 if fmt == 2 else a * 5
        tw, th = (16 * R.randint(1, 2), 16) if tiled else (w, R.randint(1, h + 2))
        if rows: th = h
        pieces = []
        for plane in range(samples if planar == 2 else 1):
            b = a[..., plane:plane + 1] if planar == 2 else a
            for y in range(0, h, th):
                for x in range(0, w, tw):
                    piece = b[y:y + th, x:x + tw]
                    if tiled: piece = np.pad(piece, ((0, th - piece.shape[0]), (0, tw - piece.shape[1]), (0, 0)))
                    raw = b''
                    for line in piece:
                        v = line.reshape(-1)
                        if predictor == 2:
                            s = piece.shape[2]; v = v.copy(); v[s:] = (line.reshape(-1)[s:] - line.reshape(-1)[:-s]) % top
                        if bits < 8 or bits == 12:
                            t = ''.join(f'{int(i):0{bits}b}' for i in v); t += '0' * (-len(t) % 8); raw += bytes(int(t[i:i + 8], 2) for i in range(0, len(t), 8))
                        elif predictor == 3:
                            f = np.asarray(v, '>f4').tobytes(); n = len(v); apart = np.frombuffer(f, np.uint8).reshape(n, 4).T.reshape(-1).astype(int); s = piece.shape[2]
                            d = apart.copy(); d[s:] = (apart[s:] - apart[:-s]) % 256; raw += bytes(d.tolist())
                        else: raw += np.asarray(v).astype(order + ({3: 'f', 2: 'i'}.get(fmt, 'u')) + str(bits // 8)).tobytes()
                    packed = {'raw': lambda d: d, 'lzw': lzw_msb, 'deflate': zlib.compress, 'old-deflate': zlib.compress, 'packbits': packbits}[compression](raw)
                    pieces.append(packed.translate(FLIP) if fill == 2 else packed)
        offsets = []
        for piece in pieces: offsets.append(len(body)); body += piece + b'\0' * (len(piece) % 2)
        if cut: offsets[-1] = len(body) + 4096
        tags = {256: ('H', [w]), 257: ('H', [h]), 258: ('H', [bits] * samples), 259: ('H', [COMPRESSIONS[compression]]), 262: ('H', [photometric]), 277: ('H', [samples]), 284: ('H', [planar])}
        where = (324, 325) if tiled else (273, 279)
        tags[where[0]] = ('I', offsets); tags[where[1]] = ('I', [len(p) for p in pieces])
        if tiled: tags[322] = ('H', [tw]); tags[323] = ('H', [th])
        else: tags[278] = ('H', [th])
        if predictor > 1: tags[317] = ('H', [predictor])
        if orientation: tags[274] = ('H', [orientation])
        if extras: tags[338] = ('H', list(extras))
        if fill == 2: tags[266] = ('H', [2])
        if fmt: tags[339] = ('H', [fmt] * samples)
        if photometric == 3: tags[320] = ('H', [R.randrange(65536) for _ in range(3 * 2 ** bits)])
        if subsampling: tags[530] = ('H', subsampling)
        if reference: tags[532] = ('R', reference)
        if len(body) % 2: body += b'\0'
        ifd, values = [], bytearray(); n = len(tags); at = len(body); after = at + (8 + 20 * n + 8 if big else 2 + 12 * n + 4)
        for tag in sorted(tags):
            f, v = tags[tag]
            data = b''.join(P('II', x, 1) for x in v) if f == 'R' else P(f'{len(v)}{f}', *v); room = 8 if big else 4
            kind = {'H': 3, 'I': 4, 'R': 5}[f]
            if len(data) > room: field = P('Q' if big else 'I', after + len(values)); values += data + b'\0' * (len(data) % 2)
            else: field = data + b'\0' * (room - len(data))
            ifd.append(P('HHQ' if big else 'HHI', tag, kind, len(v)) + field)
        body[link:link + (8 if big else 4)] = P('Q' if big else 'I', at)
        body += P('Q' if big else 'H', n) + b''.join(ifd); link = len(body); body += P('Q' if big else 'I', 0) + values
    return bytes(body)


KINDS = {  # photometric, bits, samples, more
    'grey-1': (1, 1, 1, {}), 'white-is-zero-1': (0, 1, 1, {}), 'grey-2': (1, 2, 1, {}), 'white-is-zero-2': (0, 2, 1, {}), 'grey-4': (1, 4, 1, {}), 'white-is-zero-4': (0, 4, 1, {}),
    'grey-8': (1, 8, 1, {}), 'white-is-zero-8': (0, 8, 1, {}), 'palette-1': (3, 1, 1, {}), 'palette-2': (3, 2, 1, {}), 'palette-4': (3, 4, 1, {}), 'palette-8': (3, 8, 1, {}),
    'rgb-8': (2, 8, 3, {}), 'rgba-8': (2, 8, 4, dict(extras=[2])), 'rgb-8-premultiplied': (2, 8, 4, dict(extras=[1])), 'rgbx-8': (2, 8, 4, dict(extras=[0])), 'rgb-16': (2, 16, 3, {}), 'rgba-16': (2, 16, 4, dict(extras=[2])),
    'rgb-16-premultiplied': (2, 16, 4, dict(extras=[1])), 'grey-alpha-8': (1, 8, 2, dict(extras=[2])), 'cmyk-8': (5, 8, 4, {}), 'cmyk-16': (5, 16, 4, {}), 'cmykx-8': (5, 8, 5, dict(extras=[0])), 'cmykxx-8': (5, 8, 6, dict(extras=[0, 0])),
    'rgbaxx-8': (2, 8, 6, dict(extras=[2, 0, 0])), 'signed-8': (1, 8, 1, dict(fmt=2)), 'signed-16': (1, 16, 1, dict(fmt=2)), 'signed-32': (1, 32, 1, dict(fmt=2)), 'float-32': (1, 32, 1, dict(fmt=3)), 'ycbcr-8': (6, 8, 3, dict(subsampling=[1, 1])),
}
def any_tiff(name, **options):
    photometric, bits, samples, more = KINDS[name]
    # Pillow swaps their bytes twice where they are compressed, and takes no big-endian BigTIFF for a TIFF.
    if name in ('signed-16', 'signed-32', 'float-32') and options.get('compression', 'raw') != 'raw': more = {**more, 'order': '<'}
    return tiff(photometric, bits, samples, **{**more, **options})


TIFF = {
    **{f'tiff-{k}': lambda k=k: any_tiff(k) for k in KINDS},
    **{f'tiff-{k}-{c}': lambda k=k, c=c: any_tiff(k, compression=c) for k in KINDS for c in (['lzw', 'deflate', 'packbits'] if not small or k in ('cmyk-8', 'grey-1', 'palette-8', 'ycbcr-8') else ['lzw'])},
    **{f'tiff-{k}-lzw-predicted': lambda k=k: any_tiff(k, compression='lzw', predictor=2) for k in ('grey-8', 'palette-8', 'rgb-8', 'rgba-8', 'rgb-16', 'cmyk-8', 'cmyk-16', 'signed-16', 'signed-32')},
    'tiff-float-32-deflate-predicted': lambda: any_tiff('float-32', compression='deflate', predictor=3),
    **{f'tiff-{k}-planar': lambda k=k: any_tiff(k, planar=2) for k in ('rgb-8', 'rgba-8', 'cmyk-8')},
    **{f'tiff-{k}-planar-{c}': lambda k=k, c=c: any_tiff(k, planar=2, compression=c, predictor=R.choice([1, 2]) if c != 'packbits' else 1) for k in ('rgb-8', 'rgba-8', 'cmyk-8', 'rgb-16', 'cmyk-16') for c in (('lzw', 'deflate', 'packbits') if not small else ('lzw',))},
    **{f'tiff-{k}-tiled{p}': lambda k=k, c=c: any_tiff(k, tiled=True, compression=c) for k in ('grey-1', 'grey-8', 'palette-4', 'rgb-8', 'cmyk-8', 'rgb-16') for p, c in (('', 'raw'), ('-lzw', 'lzw'), ('-deflate', 'deflate'))},
    **{f'tiff-orientation-{o}': lambda o=o: any_tiff(R.choice(['rgb-8', 'grey-8', 'palette-4', 'cmyk-8']), orientation=o, compression=R.choice(['raw', 'lzw'])) for o in range(1, 9)},
    'tiff-big': lambda: any_tiff(R.choice(list(KINDS)), big=True, order='<', compression=R.choice(['raw', 'deflate'])), 'tiff-pages': lambda: any_tiff('rgb-8', pages=3),
    **{f'tiff-{k}-reversed-bits': lambda k=k: any_tiff(k, fill=2) for k in ('grey-1', 'grey-4', 'grey-8', 'rgb-8')}, 'tiff-reversed-bits-packbits': lambda: any_tiff('grey-1', fill=2, compression='packbits'),
    'tiff-old-deflate': lambda: any_tiff('rgb-8', compression='old-deflate'), 'tiff-rgba-8-unsaid': lambda: tiff(2, 8, 4),
    'tiff-ycbcr-8-lzw-video': lambda: any_tiff('ycbcr-8', compression='lzw', reference=[16, 235, 128, 240, 128, 240]),
    'tiff-cut': lambda: any_tiff(R.choice(['rgb-8', 'grey-8', 'cmyk-8']), cut=1),
}
def by_pillow(mode, **kw):
    w, h = (R.randint(9, 40), R.randint(9, 40)); a = smooth(w, h, {'L': 1, '1': 1, 'RGB': 3, 'YCbCr': 3, 'CMYK': 4}[mode]).astype(np.uint8)
    im = Image.fromarray(a[..., 0], 'L').convert('1') if mode == '1' else Image.fromarray(a[..., 0] if mode == 'L' else a, mode)
    f = io.BytesIO(); im.save(f, **kw); return f.getvalue()


TIFF |= {f'tiff-fax-{c}': lambda c=c: by_pillow('1', format='TIFF', compression=c) for c in ('group3', 'group4', 'tiff_ccitt')}
TIFF |= {f'tiff-jpeg-{m.lower()}': lambda m=m: by_pillow(m, format='TIFF', compression='jpeg', quality=R.randint(60, 95)) for m in ('L', 'RGB', 'YCbCr', 'CMYK')}

# --- JPEG ------------------------------------------------------------------------------------------------------------
def jpeg(mode='RGB', jfif=True, ids=None, adobe=None, short=0, **kw):
    data = by_pillow(mode, format='JPEG', quality=R.randint(50, 98), **kw)
    segments, at = [], 2
    while data[at + 1] != 0xda:
        n = 2 + data[at + 2] * 256 + data[at + 3]; segments.append(data[at:at + n]); at += n
    segments.append(data[at:at + 2 + data[at + 2] * 256 + data[at + 3]]); rest = data[at + len(segments[-1]):]
    kept = []
    for s in segments:
        if s[1] == 0xe0:
            if not jfif: continue
            if short: s = b'\xff\xe0' + struct.pack('>H', short) + s[4:2 + short]
        if s[1] == 0xee and adobe is not None: continue
        if ids and s[1] in (0xc0, 0xc2): s = bytearray(s); [s.__setitem__(10 + 3 * i, c) for i, c in enumerate(ids)]
        if ids and s[1] == 0xda: s = bytearray(s); [s.__setitem__(5 + 2 * i, c) for i, c in enumerate(ids)]
        kept.append(bytes(s))
    extra = [] if adobe is None or adobe < 0 else [b'\xff\xee\0\x0eAdobe\0\x64\0\0\0\0' + bytes([adobe])]
    return b'\xff\xd8' + b''.join(extra + kept) + rest


JPEG = {
    **{f'jpeg-{n}': lambda kw=kw: jpeg(**kw) for n, kw in {
        'short-jfif': dict(short=9), 'short-jfif-rgb-ids': dict(short=9, ids=b'RGB'), 'no-jfif-rgb-ids': dict(jfif=False, ids=b'RGB'), 'rgb-ids': dict(ids=b'RGB'), 'no-jfif': dict(jfif=False), 'no-jfif-odd-ids': dict(jfif=False, ids=bytes([0, 1, 2])),
        'adobe-0': dict(jfif=False, adobe=0), 'adobe-1': dict(jfif=False, adobe=1), 'adobe-2': dict(jfif=False, adobe=2), 'jfif-adobe-0': dict(adobe=0), 'short-jfif-adobe-0': dict(short=12, adobe=0), 'adobe-1-rgb-ids': dict(jfif=False, adobe=1, ids=b'RGB'),
        'cmyk': dict(mode='CMYK'), 'cmyk-adobe-2': dict(mode='CMYK', adobe=2), 'cmyk-adobe-0': dict(mode='CMYK', adobe=0), 'cmyk-no-adobe': dict(mode='CMYK', adobe=-1), 'grey': dict(mode='L'), 'grey-progressive': dict(mode='L', progressive=True),
        'progressive': dict(progressive=True), '422': dict(subsampling=1), '444': dict(subsampling=0), 'restarts': dict(restart_marker_blocks=2), 'cmyk-progressive': dict(mode='CMYK', progressive=True)}.items()},
}

written = 0; rows = []
for kind, make in {**BMP, **PNM, **GIF, **TIFF, **JPEG}.items():
    for n in range(per_kind):
        data = make(); name = f'{kind}~{n}.{ {"pnm": "pnm", "tiff": "tif", "jpeg": "jpg"}.get(kind.split("-")[0], kind.split("-")[0]) }' if not small else f'{kind}.{ {"tiff": "tif", "jpeg": "jpg"}.get(kind.split("-")[0], kind.split("-")[0]) }'
        open(os.path.join(out, name), 'wb').write(data); written += 1
        try:
            im = Image.open(io.BytesIO(data)); rgb = im.convert('RGB')
            row = {'file': name, 'mode': im.mode, 'size': list(rgb.size), 'sha256_rgb': hashlib.sha256(rgb.tobytes()).hexdigest()}
            if not small: open(os.path.join(out, name + '.rgb'), 'wb').write(rgb.tobytes())
        except Exception as e:
            row = {'file': name, 'refused': f'{type(e).__name__}: {str(e)[:60].split(" <")[0]}'}
            if not small: open(os.path.join(out, name + '.bad'), 'w').write(repr(e))
        rows.append(row)
if small:
    lines = ',\n'.join(json.dumps(row) for row in rows)
    open(os.path.join(out, '..', 'kinds.json'), 'w').write(f'{{"pillow": "{PIL.__version__}", "files": [\n{lines}\n]}}\n')
print(PIL.__version__, written, 'files,', sum('refused' in r for r in rows), 'refused')
