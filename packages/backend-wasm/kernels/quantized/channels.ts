import { Finish } from './finish';

// One chunk is `perChunk` pixels. Tables of numbers a channel are read up to seven beyond the last.

/** Bytes of a source in the table that {@link quantizedConcat} and {@link quantizedAffine} read. */
const SOURCE: usize = 16;

/**
 * Channels of several images side by side, in one scale.
 *
 * @param sources four words for each image: its address, its channels, whether it is signed, and what its numbers are multiplied by, a
 *   float; 0 for bytes that are copied
 */
export function quantizedConcat(
  chunk: i32,
  _thread: i32,
  sources: usize,
  sourceCount: i32,
  y: usize,
  pixels: i32,
  channels: i32,
  perChunk: i32,
  finishing: usize,
): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, pixels);
  const sourcesEnd = sources + <usize>sourceCount * SOURCE;
  for (let p = begin; p < end; p++) {
    let to = y + <usize>(p * channels);
    for (let source = sources; source < sourcesEnd; source += SOURCE) {
      const count = load<i32>(source, 4);
      const signed = load<bool>(source, 8);
      const factor = load<f32>(source, 12);
      const from = <usize>load<u32>(source) + <usize>(p * count);
      if (factor === 0) memory.copy(to, from, <usize>count);
      else {
        const by = f32x4.splat(factor);
        for (let c = 0; c < count; c += 8) {
          const q = Finish.load8(from + <usize>c, signed);
          Finish.storeBytes(
            to + <usize>c,
            Finish.toBytes(f32x4.mul(Finish.lowFloats(q), by), f32x4.mul(Finish.highFloats(q), by), finishing),
            count - c,
          );
        }
      }
      to += <usize>count;
    }
  }
}

/**
 * clamp(nearestEven(x * scale[c] + shift[c])) of the channels of several images side by side.
 *
 * @param sources as {@link quantizedConcat} takes them; what they are multiplied by is not read
 */
export function quantizedAffine(
  chunk: i32,
  _thread: i32,
  sources: usize,
  sourceCount: i32,
  y: usize,
  scale: usize,
  shift: usize,
  pixels: i32,
  channels: i32,
  perChunk: i32,
  finishing: usize,
): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, pixels);
  const sourcesEnd = sources + <usize>sourceCount * SOURCE;
  for (let p = begin; p < end; p++) {
    let to = y + <usize>(p * channels);
    let at: usize = 0;
    for (let source = sources; source < sourcesEnd; source += SOURCE) {
      const count = load<i32>(source, 4);
      const signed = load<bool>(source, 8);
      const from = <usize>load<u32>(source) + <usize>(p * count);
      for (let c = 0; c < count; c += 8) {
        const q = Finish.load8(from + <usize>c, signed);
        const s = scale + at + ((<usize>c) << 2);
        const t = shift + at + ((<usize>c) << 2);
        const low = f32x4.add(f32x4.mul(Finish.lowFloats(q), v128.load(s)), v128.load(t));
        const high = f32x4.add(f32x4.mul(Finish.highFloats(q), v128.load(s, 16)), v128.load(t, 16));
        Finish.storeBytes(to + <usize>c, Finish.toBytes(low, high, finishing), count - c);
      }
      to += <usize>count;
      at += (<usize>count) << 2;
    }
  }
}

/** clamp(nearestEven(x * (gate * factor))) of every image's channels by its gates, floats `[N,C]`. */
export function quantizedScaleChannels(
  chunk: i32,
  _thread: i32,
  x: usize,
  gate: usize,
  y: usize,
  factor: f32,
  signed: bool,
  pixels: i32,
  pixelsPerImage: i32,
  channels: i32,
  perChunk: i32,
  finishing: usize,
): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, pixels);
  const by = f32x4.splat(factor);
  for (let p = begin; p < end; p++) {
    const gates = gate + ((<usize>((p / pixelsPerImage) * channels)) << 2);
    const from = x + <usize>(p * channels);
    const to = y + <usize>(p * channels);
    for (let c = 0; c < channels; c += 8) {
      const q = Finish.load8(from + <usize>c, signed);
      const g = gates + ((<usize>c) << 2);
      const low = f32x4.mul(Finish.lowFloats(q), f32x4.mul(v128.load(g), by));
      const high = f32x4.mul(Finish.highFloats(q), f32x4.mul(v128.load(g, 16), by));
      Finish.storeBytes(to + <usize>c, Finish.toBytes(low, high, finishing), channels - c);
    }
  }
}
