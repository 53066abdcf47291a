// Decodes the scan of a baseline JPEG with the arithmetic of libjpeg(-turbo): the "islow" inverse DCT, triangle-filtered
// ("fancy") chroma, 16-bit fixed-point colours. Headers are read outside. At anything unusual it gives up (returns
// false) and leaves the file, and what to say about it, to a complete decoder.
import { inverseDct, storeFlat } from './jpeg-dct';
import { inverseDctToFour, inverseDctToTwo, storeAverage } from './jpeg-reduced-dct';

// A Huffman table, in words. First an entry for each next 10 bits: 0 where the code is longer; with FAST set, code and
// value together, as value << 16 | run << 8 | FAST | their length; otherwise symbol << 8 | length. Then the greatest code
// of each length, what to add to a code of each length to find its symbol, the symbols.
const LOOK_BITS: i32 = 10;
const FAST: i32 = 128;
const GREATEST: usize = 1024 << 2;
const OFFSETS: usize = (1024 + 18) << 2;
const SYMBOLS: usize = (1024 + 36) << 2;

// A component, in words: horizontal and vertical sampling, plane, its row step, quantization, DC and AC table, last DC,
// pixels that a side of a block becomes (8, 4, 2 or 1).
const COMPONENT_BYTES: usize = 9 << 2;

let data: usize = 0;
let buffer: u64 = 0; // the next bits, right-aligned
let available: i32 = 0; // how many
let padding: i32 = 0; // how many of them are zeros that stand in after a marker

/** Reads on until 48 bits are available; from a marker on, zeros. */
function refill(): void {
  let at = data;
  let bits = buffer;
  let count = available;
  while (count <= 48) {
    const byte = load<u8>(at);
    if (byte === 0xff) {
      if (load<u8>(at, 1) !== 0) {
        padding += 8;
        bits <<= 8;
        count += 8;
        continue;
      }
      at++;
    }
    at++;
    bits = (bits << 8) | <u64>byte;
    count += 8;
  }
  data = at;
  buffer = bits;
  available = count;
}

/** Symbol and length, as in the table, of the code that `next16` starts with and that is longer than `LOOK_BITS`; or -1. */
function longCode(table: usize, next16: i32): i32 {
  for (let length = LOOK_BITS + 1; length <= 16; length++) {
    const code = next16 >> (16 - length);
    if (code <= load<i32>(table + GREATEST + <usize>(length << 2))) {
      const index = code + load<i32>(table + OFFSETS + <usize>(length << 2));
      return (load<i32>(table + SYMBOLS + <usize>(index << 2)) << 8) | length;
    }
  }
  return -1;
}

/** A number of `size` bits, as JPEG writes signed ones. */
function signed(value: i32, size: i32): i32 {
  return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

function hasMarkerByte(word: u32): bool {
  return ((~word - 0x01010101) & word & 0x80808080) !== 0;
}

/** Writes a block as `size` times `size` pixels. `block` holds its coefficients but the first; `flat`: those are all zero. */
function storeBlock(block: usize, first: i32, flat: bool, size: i32, to: usize, step: usize): void {
  if (size === 8) {
    if (flat) {
      storeFlat(first, to, step);
      return;
    }
    store<i32>(block, first);
    inverseDct(block, to, step);
  } else if (flat || size === 1) {
    storeAverage(first, size, to, step);
  } else {
    store<i32>(block, first);
    if (size === 4) inverseDctToFour(block, to, step);
    else inverseDctToTwo(block, to, step);
  }
  if (!flat) memory.fill(block, 0, 256);
}

/** Decodes one 8x8 block into `to`. `block` is 64 words, all zero, and is left so. */
function decodeBlock(component: usize, block: usize, zigzag: usize, to: usize, step: usize): bool {
  const quantization = <usize>load<i32>(component, 16);
  const dcTable = <usize>load<i32>(component, 20);
  const acTable = <usize>load<i32>(component, 24);

  // In locals: V8 keeps these in registers, as it does not do with globals.
  if (available < 32) refill();
  let bits = buffer;
  let count = available;
  let entry = load<i32>(dcTable + <usize>((<i32>(bits >> (count - LOOK_BITS)) & 1023) << 2));
  if (entry === 0) entry = longCode(dcTable, <i32>(bits >> (count - 16)) & 0xffff);
  if (entry < 0) return false;
  count -= entry & 127;
  const size = entry >> 8;
  if (size > 11) return false;
  let dc = load<i32>(component, 28);
  if (size > 0) {
    count -= size;
    dc += signed(<i32>(bits >> count) & ((1 << size) - 1), size);
  }
  store<i32>(component, dc, 28);
  const first = dc * load<i32>(quantization);

  let at = data;
  let flat = true;
  for (let k = 1; k < 64; k++) {
    if (count < 32) {
      const word = bswap(load<u32>(at));
      if (hasMarkerByte(word)) {
        data = at;
        buffer = bits;
        available = count;
        refill();
        at = data;
        bits = buffer;
        count = available;
      } else {
        at += 4;
        bits = (bits << 32) | <u64>word;
        count += 32;
      }
    }
    entry = load<i32>(acTable + <usize>((<i32>(bits >> (count - LOOK_BITS)) & 1023) << 2));
    if ((entry & FAST) !== 0) {
      count -= entry & 127;
      k += (entry >> 8) & 15;
      if (k > 63) return false;
      store<i32>(block + <usize>load<u8>(zigzag + <usize>k), (entry >> 16) * load<i32>(quantization + <usize>(k << 2)));
      flat = false;
      continue;
    }
    if (entry === 0) entry = longCode(acTable, <i32>(bits >> (count - 16)) & 0xffff);
    if (entry < 0) return false;
    count -= entry & 127;
    const symbol = entry >> 8;
    const width = symbol & 15;
    if (width === 0) {
      if (symbol !== 0xf0) {
        if (symbol !== 0) return false;
        break;
      }
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) return false;
    count -= width;
    const value = signed(<i32>(bits >> count) & ((1 << width) - 1), width);
    store<i32>(block + <usize>load<u8>(zigzag + <usize>k), value * load<i32>(quantization + <usize>(k << 2)));
    flat = false;
  }
  data = at;
  buffer = bits;
  available = count;

  // Beyond 16 bits libjpeg's C and SIMD forms differ; no encoder writes such.
  if (first > 32767 || first < -32768) return false;
  storeBlock(block, first, flat, load<i32>(component, 32), to, step);
  return true;
}

/**
 * Decodes an interleaved scan into the components' planes.
 *
 * @param from the first coded byte; the data must end in a marker
 * @param components `count` of them, as described above
 * @param scratch 64 words of zeros, then the byte offset of each zigzag position in them (64 bytes)
 */
export function decodeScan(
  from: usize,
  components: usize,
  count: i32,
  mcusPerRow: i32,
  mcuRows: i32,
  restartEvery: i32,
  scratch: usize,
): bool {
  data = from;
  buffer = 0;
  available = 0;
  padding = 0;
  const zigzag = scratch + 256;
  let untilRestart = restartEvery;
  let restarts = 0;
  for (let row = 0; row < mcuRows; row++) {
    for (let column = 0; column < mcusPerRow; column++) {
      if (restartEvery > 0) {
        if (untilRestart === 0) {
          // Fewer than 8 bits may be left before the marker, which must be the next of the eight.
          if (available - padding > 7) return false;
          if (load<u8>(data) !== 0xff || load<u8>(data, 1) !== <u8>(0xd0 + (restarts & 7))) return false;
          data += 2;
          buffer = 0;
          available = 0;
          padding = 0;
          restarts++;
          untilRestart = restartEvery;
          for (let c = 0; c < count; c++) store<i32>(components + <usize>c * COMPONENT_BYTES, 0, 28);
        }
        untilRestart--;
      }
      for (let c = 0; c < count; c++) {
        const component = components + <usize>c * COMPONENT_BYTES;
        const across = load<i32>(component);
        const down = load<i32>(component, 4);
        const step = <usize>load<i32>(component, 12);
        const size = load<i32>(component, 32);
        const corner = <usize>load<i32>(component, 8) + <usize>(row * down * size) * step + <usize>(column * across * size);
        for (let y = 0; y < down; y++) {
          for (let x = 0; x < across; x++) {
            if (!decodeBlock(component, scratch, zigzag, corner + <usize>(y * size) * step + <usize>(x * size), step)) return false;
          }
        }
      }
      if (available < padding) return false; // read past a marker: truncated
    }
  }
  // The end must be where it is expected, or the file is damaged in a way this decoder cannot judge.
  if (available - padding > 7) return false;
  return load<u8>(data) === 0xff && load<u8>(data, 1) === 0xd9;
}

export { writeGrey, writeRgb } from './jpeg-colour';
