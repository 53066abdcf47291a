import { expect, test } from 'vitest';
import { wasmFeatures } from './features.ts';
import { compileKernels, type Kernel } from './kernel-module.ts';

const CHANNELS = 32;
const PIXEL = CHANNELS * 4;

// Reads ahead may not leave what they are about: the last tensor can end where the memory does.
test.each(['input', 'result'])(
  'a convolution whose %s ends with the memory, every second pixel of it, reads and writes nothing beyond',
  async (last) => {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 });
    const { exports } = await WebAssembly.instantiate(await compileKernels(wasmFeatures(), false), { env: { memory, abort() {} } });
    const end = memory.buffer.byteLength;
    const pixels = 3;
    const atEnd = end - (2 * pixels - 1) * PIXEL;
    const [segments, rows, packed, x, y] = [1024, 2048, 4096, last === 'input' ? atEnd : 65536, last === 'input' ? 65536 : atEnd];
    const floats = new Float32Array(memory.buffer);
    floats.fill(1, packed / 4, packed / 4 + CHANNELS * CHANNELS);
    floats.fill(1, x / 4, Math.min(end, x + 2 * pixels * PIXEL) / 4);
    const steps = [2 * pixels * PIXEL, 2 * pixels * PIXEL, 2 * PIXEL];
    (exports.convolve as Kernel)(
      ...([0, 0, x, y, packed, 0, 0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, pixels, 1, pixels] as const),
      ...[...steps, ...steps, segments, 1, 1, CHANNELS, 1, CHANNELS, 8, 12, 1, CHANNELS / 8, rows],
    );
    for (let pixel = 0; pixel < pixels; pixel++) expect(floats[(y + 2 * pixel * PIXEL) / 4]).toBe(CHANNELS);
  },
);
