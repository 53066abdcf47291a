import { UnsupportedKindError } from './file-decoder.ts';

export const COMPRESSION = {
  none: 1,
  ccitt: 2,
  fax3: 3,
  fax4: 4,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  packBits: 32773,
  oldDeflate: 32946,
} as const;

const NAMES: Record<number, string> = {
  6: 'JPEG of the old kind',
  32771: '16-bit padding',
  32809: 'ThunderScan',
  34676: 'SGI LogL',
  34677: 'SGI LogLuv',
  34712: 'JPEG 2000',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
};

/** Unpacks a strip or tile to `size` bytes. @throws Error if it gives fewer */
export async function decompress(compression: number, packed: Uint8Array, size: number): Promise<Uint8Array> {
  switch (compression) {
    case COMPRESSION.none:
      if (packed.length < size) throw cutOff(packed.length, size);
      // A copy, for what comes after may change it.
      return packed.slice(0, size);
    case COMPRESSION.packBits:
      return unpackBits(packed, size);
    case COMPRESSION.lzw:
      return unpackLzw(packed, size);
    case COMPRESSION.deflate:
    case COMPRESSION.oldDeflate:
      return inflate(packed, size);
    default:
      throw new UnsupportedKindError(`a TIFF with compression ${compression} (${NAMES[compression] ?? 'unknown'})`);
  }
}

const cutOff = (length: number, size: number) => new Error(`premature end of a strip or tile: ${length} of ${size} bytes`);

function unpackBits(packed: Uint8Array, size: number): Uint8Array {
  // Two bytes give 128 at most.
  if (size > packed.length * 64) throw cutOff(packed.length * 64, size);
  const out = new Uint8Array(size);
  let to = 0;
  for (let at = 0; to < size; ) {
    const head = packed[at++];
    if (head === undefined) throw cutOff(to, size);
    if (head === 128) continue;
    const count = Math.min(head < 128 ? head + 1 : 257 - head, size - to);
    if (head < 128) {
      if (at + count > packed.length) throw cutOff(to, size);
      out.set(packed.subarray(at, at + count), to);
      at += head + 1;
    } else {
      const value = packed[at++];
      if (value === undefined) throw cutOff(to, size);
      out.fill(value, to, to + count);
    }
    to += count;
  }
  return out;
}

const TABLE = 4096;
const CLEAR = 256;
const END = 257;

/** Codes of 9 to 12 bits, most significant bit first, which grow one code early: each stands for a stretch of what is out already. */
function unpackLzw(packed: Uint8Array, size: number): Uint8Array {
  if (packed[0] === 0 && (packed[1] as number) & 1) throw new UnsupportedKindError('a TIFF with LZW of the old kind');
  if (size > packed.length * TABLE) throw cutOff(packed.length, size);
  const out = new Uint8Array(size);
  const starts = new Uint32Array(TABLE);
  const lengths = new Uint16Array(TABLE);
  let next = END + 1;
  let bits = 9;
  let buffer = 0;
  let bufferBits = 0;
  let lastStart = -1;
  let lastLength = 0;
  for (let at = 0, to = 0; to < size; ) {
    while (bufferBits < bits) {
      const byte = packed[at++];
      if (byte === undefined) throw cutOff(to, size);
      buffer = ((buffer << 8) | byte) & 0xffffff;
      bufferBits += 8;
    }
    bufferBits -= bits;
    const code = (buffer >> bufferBits) & ((1 << bits) - 1);
    if (code === END) throw cutOff(to, size);
    if (code === CLEAR) {
      next = END + 1;
      bits = 9;
      lastStart = -1;
      continue;
    }
    if (code > next || (code > END && lastStart < 0)) throw new Error('a code that means nothing');
    // The new code: the last stretch, and the byte after it.
    if (lastStart >= 0 && next < TABLE) {
      starts[next] = lastStart;
      lengths[next] = lastLength + 1;
      next++;
    } else if (code === next) throw new Error('a code that means nothing');
    lastStart = to;
    if (code < CLEAR) {
      lastLength = 1;
      out[to++] = code;
    } else {
      lastLength = lengths[code] as number;
      // Byte by byte: a stretch may reach into itself.
      const end = Math.min(to + lastLength, size);
      for (let from = starts[code] as number; to < end; ) out[to++] = out[from++] as number;
    }
    if (next >= (1 << bits) - 1 && bits < 12) bits++;
  }
  return out;
}

/** Unpacks with the platform's own inflater, no further than needed. */
async function inflate(packed: Uint8Array, size: number): Promise<Uint8Array> {
  // Deflate shrinks to 1/1032 at best.
  if (size > packed.length * 1032) throw cutOff(packed.length * 1032, size);
  const out = new Uint8Array(size);
  let to = 0;
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate'));
  const reader = stream.getReader();
  while (to < size) {
    const { value, done } = await reader.read();
    if (done) throw cutOff(to, size);
    const part = value.subarray(0, size - to);
    out.set(part, to);
    to += part.length;
  }
  await reader.cancel().catch(() => {});
  return out;
}
