import { type Arena, kernelArena } from '../kernels/arena.ts';
import { hex } from '../kernels/jpeg.generated.ts';
import type { RgbImage } from '../rgb-image.ts';
import { type BaselineJpeg, type HuffmanSpec, readBaselineJpeg } from './jpeg-header.ts';

interface JpegKernel {
  decodeScan(
    from: number,
    components: number,
    count: number,
    mcusPerRow: number,
    mcuRows: number,
    restartEvery: number,
    scratch: number,
  ): number;
  writeRgb(
    luma: number,
    lumaStep: number,
    blue: number,
    red: number,
    chromaStep: number,
    across: number,
    down: number,
    width: number,
    height: number,
    lines: number,
    to: number,
  ): void;
  writeGrey(luma: number, lumaStep: number, width: number, height: number, to: number): void;
}

const inKernel = kernelArena<JpegKernel>(hex);

const LOOK_BITS = 10;
const FAST = 128;
const TABLE_WORDS = 1024 + 18 + 18 + 256;
const COMPONENT_WORDS = 9;
const ZIGZAG = Uint8Array.from([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57,
  50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);

/**
 * Decodes the usual JPEG (baseline, grey or YCbCr at 4:4:4, 4:2:2 or 4:2:0) to the bytes that libjpeg-turbo, and so
 * Pillow, gives: also at 1/2, 1/4 or 1/8 of its size.
 *
 * @param reduction 1, 2, 4 or 8: each pixel stands for so many in width and height
 * @returns undefined for any other JPEG, for a damaged one, and where WebAssembly cannot run: the platform's decoder
 *   then has its say
 */
export function decodeJpegInSimd(bytes: Uint8Array, reduction = 1): RgbImage | undefined {
  const header = readBaselineJpeg(bytes);
  if (!header || !isSupported(header, reduction)) return undefined;
  const { components, restartEvery } = header;
  const [luma, chroma] = components;
  if (!luma) return undefined;
  // A single component is coded block by block, whatever its sampling says.
  const [across, down] = chroma ? [luma.across, luma.down] : [1, 1];
  const mcusPerRow = Math.ceil(header.width / (8 * across));
  const mcuRows = Math.ceil(header.height / (8 * down));
  const [width, height] = [Math.ceil(header.width / reduction), Math.ceil(header.height / reduction)];
  // Chroma that is coded at half the size in both directions is rather reduced less than luma than enlarged afterwards.
  const isHalved = across === 2 && down === 2 && reduction > 1;
  const [enlargedAcross, enlargedDown] = isHalved ? [1, 1] : [across, down];
  const side = 8 / reduction;

  // A block takes 2 bits at least: a short file that claims to be large gets no memory.
  if (mcusPerRow * mcuRows > (bytes.length - header.scanStart) * 4) return undefined;

  return inKernel((arena) => {
    const at = components.map((component, c) => {
      const [h, v] = c === 0 ? [across, down] : [1, 1];
      const size = c > 0 && isHalved ? 2 * side : side;
      const step = mcusPerRow * h * size;
      // Rows are converted 8 pixels at a time.
      return { h, v, step, size, plane: arena.take(step * mcuRows * v * size + 16), component };
    });
    const tables = placeTables(arena, header);
    const words = arena.take(at.length * COMPONENT_WORDS * 4);
    const scratch = arena.take(256 + 64);
    const scan = bytes.subarray(header.scanStart);
    const data = arena.take(scan.length + 16);
    const lines = arena.take(2 * (width + 32));
    const out = arena.take(width * height * 3 + 32);

    at.forEach(({ h, v, step, size, plane, component }, c) => {
      const { quantization, dc, ac } = component;
      arena
        .words(words + c * COMPONENT_WORDS * 4, COMPONENT_WORDS)
        .set([h, v, plane, step, tables.quantization[quantization] as number, tables.dc[dc] as number, tables.ac[ac] as number, 0, size]);
    });
    arena.words(scratch, 64).fill(0);
    arena.bytes(scratch + 256, 64).set(ZIGZAG.map((position) => position * 4));
    arena.bytes(data, scan.length).set(scan);
    // However the file ends, reading does at a marker.
    arena.bytes(data + scan.length, 16).fill(0xff);

    const { exports } = arena;
    if (!exports.decodeScan(data, words, at.length, mcusPerRow, mcuRows, restartEvery, scratch)) return undefined;
    const [y, cb, cr] = at;
    if (y && cb && cr)
      exports.writeRgb(y.plane, y.step, cb.plane, cr.plane, cb.step, enlargedAcross, enlargedDown, width, height, lines, out);
    else if (y) exports.writeGrey(y.plane, y.step, width, height, out);
    return { width, height, data: arena.bytes(out, width * height * 3).slice() };
  });
}

function isSupported(
  { width, height, components, hasJfif, adobeTransform, quantization, dcTables, acTables }: BaselineJpeg,
  reduction: number,
): boolean {
  const [luma, ...chroma] = components;
  if (!luma || width < 1 || height < 1) return false;
  if (!components.every((component) => quantization[component.quantization] && dcTables[component.dc] && acTables[component.ac]))
    return false;
  if (components.length === 1) return true;
  if (components.length !== 3) return false;
  if (!chroma.every(({ across, down }) => across === 1 && down === 1)) return false;
  if (!(luma.across === 1 && luma.down === 1) && !(luma.across === 2 && luma.down <= 2 && luma.down >= 1)) return false;
  // libjpeg repeats, where it otherwise filters, chroma that is only two pixels wide, or reduced to 1/8.
  const isFiltered = luma.across === 2 && (luma.down === 1 || reduction === 1);
  if (isFiltered && (reduction === 8 || Math.ceil(width / reduction) < 5)) return false;
  // As libjpeg guesses what the three components are.
  if (hasJfif) return true;
  if (adobeTransform !== undefined) return adobeTransform === 1;
  return components.every(({ id }, c) => id === c + 1);
}

function placeTables(arena: Arena<JpegKernel>, { quantization, dcTables, acTables }: BaselineJpeg) {
  const place = (list: readonly (HuffmanSpec | undefined)[], isAc: boolean) =>
    Array.from(list, (spec) => {
      if (!spec) return 0;
      const at = arena.take(TABLE_WORDS * 4);
      arena.words(at, TABLE_WORDS).set(huffmanWords(spec, isAc));
      return at;
    });
  const quantizationAt = Array.from(quantization, (values) => {
    if (!values) return 0;
    const at = arena.take(64 * 4);
    arena.words(at, 64).set(values);
    return at;
  });
  return { quantization: quantizationAt, dc: place(dcTables, false), ac: place(acTables, true) };
}

// Most files carry the standard's example tables: building them would take as long as decoding a small image.
const knownTables = new Map<number, HuffmanSpec & { readonly isAc: boolean; readonly words: Int32Array }>();
const MAX_KNOWN_TABLES = 16;

/** A table as the kernel reads it: see kernels/jpeg.ts. Codes that would not fit their length decode to nothing. */
function huffmanWords({ counts, symbols }: HuffmanSpec, isAc: boolean): Int32Array {
  const key = hash(symbols, hash(counts, Number(isAc)));
  const known = knownTables.get(key);
  if (known && known.isAc === isAc && equals(known.counts, counts) && equals(known.symbols, symbols)) return known.words;
  const words = new Int32Array(TABLE_WORDS);
  const greatest = words.subarray(1024, 1024 + 18).fill(-1);
  const offsets = words.subarray(1024 + 18, 1024 + 36);
  words.set(symbols, 1024 + 36);
  for (let length = 1, code = 0, index = 0; length <= 16; length++, code <<= 1) {
    const count = Math.min(counts[length - 1] as number, (1 << length) - code);
    offsets[length] = index - code;
    for (let i = 0; i < count; i++, code++, index++) {
      if (length > LOOK_BITS) continue;
      fillEntries(words, { code, length, symbol: symbols[index] as number, isAc });
    }
    if (count > 0) greatest[length] = code - 1;
  }
  if (knownTables.size >= MAX_KNOWN_TABLES) knownTables.clear();
  // Copies: those of the file would keep all its bytes.
  knownTables.set(key, { isAc, counts: counts.slice(), symbols: symbols.slice(), words });
  return words;
}

function hash(bytes: Uint8Array, start: number): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i++) sum = (Math.imul(sum, 31) + (bytes[i] as number)) | 0;
  return sum;
}

function equals(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Writes the entries of all 10 bits that start with `code`. */
function fillEntries(
  words: Int32Array,
  { code, length, symbol, isAc }: { code: number; length: number; symbol: number; isAc: boolean },
): void {
  const size = symbol & 15;
  const free = LOOK_BITS - length; // bits of the index that follow the code
  let at = code << free;
  const end = at + (1 << free);
  if (!isAc || size === 0 || size > free) {
    while (at < end) words[at++] = (symbol << 8) | length;
    return;
  }
  const copies = 1 << (free - size);
  const half = 1 << (size - 1);
  const rest = ((symbol >> 4) << 8) | FAST | (length + size);
  for (let bits = 0; at < end; bits++) {
    const value = bits < half ? bits - 2 * half + 1 : bits;
    for (const next = at + copies; at < next; ) words[at++] = (value << 16) | rest;
  }
}
