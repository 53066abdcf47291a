import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toHalfPrecision } from './half-precision.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import { createManifest } from './manifest/manifest.ts';
import { readSafetensors } from './safetensors/read-safetensors.ts';
import { writeSafetensors } from './safetensors/write-safetensors.ts';
import { encodeCheckpoint } from './save-checkpoint.ts';

interface Halves {
  readonly float32: readonly number[];
  readonly float16: readonly number[];
  readonly bfloat16: readonly number[];
}
const golden: Halves = JSON.parse(readFileSync(new URL('../golden/halves.json', import.meta.url), 'utf8'));
const numbers = new Float32Array(Uint32Array.from(golden.float32).buffer);

test('exponents around those of both types, halves and both ends round to the bits that PyTorch has', () => {
  expect([...toHalfPrecision(numbers, 'F16')]).toEqual(golden.float16);
  expect([...toHalfPrecision(numbers, 'BF16')]).toEqual(golden.bfloat16);
});

describe.each(['F16', 'BF16'] as const)('%s', (dtype) => {
  const dict = (...values: number[]) => new Map([['w', { shape: [values.length], data: Float32Array.from(values) }]]);

  test('is written in half the bytes and read as the float32 of those numbers; NaN and infinity stay', async () => {
    const values = [1, -0, 1 / 3, Number.NaN, Number.POSITIVE_INFINITY, 2 ** -24];
    const file = writeSafetensors(dict(...values), { dtype });
    const { tensors } = await readSafetensors(file);
    const read = [...(tensors.get('w')?.data ?? [])];
    expect(read.map((x, i) => Object.is(x, values[i]))).toEqual([true, true, false, true, true, true]);
    expect(read[2]).toBeCloseTo(1 / 3, 2);
    expect(new TextDecoder().decode(file)).toContain(`"dtype":"${dtype}","shape":[6],"data_offsets":[0,12]`);
  });

  test('is loaded with its manifest as any checkpoint', async () => {
    const stateDict = new Map([...dict(1, 2), ['bn.running_var', { shape: [2], data: Float32Array.of(0.5, 3) }] as const]);
    const { parts } = await encodeCheckpoint({ stateDict, manifest: createManifest({ architecture: 'resnet18' }), dtype });
    const loaded = await loadCheckpoint(new Blob(parts));
    expect([...loaded.stateDict].map(([name, { data }]) => [name, [...data]])).toEqual([
      ['w', [1, 2]],
      ['bn.running_var', [0.5, 3]],
    ]);
  });
});

test('a finite number that float16 has no room for is refused by name; bfloat16 has room', () => {
  const large = new Map([['bn.running_var', { shape: [2], data: Float32Array.of(1, 65520) }]]);
  expect(() => writeSafetensors(large, { dtype: 'F16' })).toThrow(
    /"bn.running_var": 65520 is beyond float16, whose largest number is 65504; bfloat16/,
  );
  expect(() => writeSafetensors(large, { dtype: 'BF16' })).not.toThrow();
  expect(() => writeSafetensors(new Map([['w', { shape: [1], data: Float32Array.of(65519) }]]), { dtype: 'F16' })).not.toThrow();
});

test('integers stay integers, and all is aligned: numbers lie by their size', async () => {
  const file = writeSafetensors(
    new Map<string, { shape: number[]; data: Int8Array | Int32Array | Float32Array }>([
      ['a', { shape: [3], data: Int8Array.of(-127, 0, 127) }],
      ['b', { shape: [1], data: Int32Array.of(2 ** 31 - 1) }],
      ['c', { shape: [1], data: Float32Array.of(0.5) }],
    ]),
  );
  const { integers, tensors } = await readSafetensors(file, { integers: true });
  expect([...integers].map(([name, { data }]) => [name, data])).toEqual([
    ['b', Int32Array.of(2 ** 31 - 1)],
    ['a', Int8Array.of(-127, 0, 127)],
  ]);
  expect([...tensors.keys()]).toEqual(['c']);
  expect([...(await readSafetensors(file)).tensors.keys()]).toEqual(['a', 'b', 'c']); // as float32, where nobody asked for integers
});
