import type { StateDict } from '@resnetjs/core';
import { expect, test } from 'vitest';
import { forgeSafetensors, join } from '../../fixtures/forge.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { bytesSource } from '../sources/bytes-source.ts';
import { READ_CHUNK_BYTES, readSafetensors } from './read-safetensors.ts';
import { safetensorsParts, writeSafetensors } from './write-safetensors.ts';

const dict: StateDict = new Map([
  ['bn.weight', { shape: [3], data: new Float32Array([1, -0, Number.NaN]) }],
  ['bn.running_var', { shape: [3], data: new Float32Array([1e-45, 3.4e38, 1]) }],
  ['fc.weight', { shape: [1, 2], data: new Float32Array([5, 6]) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ['scalar', { shape: [], data: new Float32Array([7]) }],
]);

const headerOf = (file: Uint8Array): Record<string, { dtype: string; data_offsets: number[] }> =>
  JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + Number(new DataView(file.buffer).getBigUint64(0, true)))));

test('what is written is read back bit for bit, in the same order', async () => {
  const { tensors, metadata } = await readSafetensors(writeSafetensors(dict, { metadata: { by: 'us' } }));
  expect([...tensors.keys()]).toEqual([...dict.keys()]);
  for (const [name, { shape, data }] of dict) {
    expect(tensors.get(name)?.shape).toEqual(shape);
    expect(new Uint32Array(tensors.get(name)?.data.buffer as ArrayBuffer)).toEqual(new Uint32Array(data.buffer));
  }
  expect([...metadata]).toEqual([
    ['format', 'pt'],
    ['by', 'us'],
  ]);
});

test('counters are int64 zeros in front of the data, listed behind their running_var', () => {
  const file = writeSafetensors(dict, { counters: true });
  const header = headerOf(file);
  expect(Object.keys(header).slice(1, 4)).toEqual(['bn.weight', 'bn.running_var', 'bn.num_batches_tracked']);
  expect(header['bn.num_batches_tracked']).toEqual({ dtype: 'I64', shape: [], data_offsets: [0, 8] });
  expect(header['bn.weight']?.data_offsets).toEqual([8, 20]);
});

test('the data starts at a multiple of 8, so that it can be mapped', () => {
  for (const by of ['', 'a', 'ab', 'abc', 'abcdefg']) {
    const file = writeSafetensors(dict, { metadata: { by } });
    expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
  }
});

test('the pieces are views of the tensors, not copies', () => {
  const parts = safetensorsParts(dict);
  expect(parts.some((part) => part.buffer === dict.get('fc.weight')?.data.buffer)).toBe(true);
  expect(join(...parts)).toEqual(writeSafetensors(dict));
});

test('a tensor that does not fill its shape or has an unusable name is not written; all are named', () => {
  const bad: StateDict = new Map([
    ['short', { shape: [2, 2], data: new Float32Array(3) }],
    ['a.__proto__', { shape: [], data: new Float32Array(1) }],
    ['__metadata__', { shape: [], data: new Float32Array(1) }],
  ]);
  expect(() => writeSafetensors(bad)).toThrow(/"short": shape \[2,2\] needs 4 numbers but there are 3.*__proto__.*taken by the format/);
});

test('float16, bfloat16 and int64 are read as float32', async () => {
  const header = {
    c: { dtype: 'I64', shape: [], data_offsets: [0, 8] },
    h: { dtype: 'F16', shape: [2], data_offsets: [8, 12] },
    b: { dtype: 'BF16', shape: [1, 1], data_offsets: [12, 14] },
  };
  const file = join(forgeSafetensors(header), [5, 0, 0, 0, 0, 0, 0, 0], [0, 0x3c, 0, 0xc0], [0x20, 0xc0]);
  const { tensors } = await readSafetensors(file);
  expect([...tensors].map(([name, { data }]) => [name, [...data]])).toEqual([
    ['c', [5]],
    ['h', [1, -2]],
    ['b', [-2.5]],
  ]);
});

test('a large file is read in pieces, each byte once, and no piece is the whole', async () => {
  const big: StateDict = new Map(
    Array.from({ length: 20 }, (_, i) => [
      `t${i}`,
      { shape: [READ_CHUNK_BYTES / 16], data: new Float32Array(READ_CHUNK_BYTES / 16).fill(i) },
    ]),
  );
  const file = writeSafetensors(big);
  const memory = bytesSource(file);
  const reads: number[] = [];
  const source: ByteSource = {
    ...memory,
    read: (start, end) => {
      reads.push(end - start);
      return memory.read(start, end);
    },
  };
  const progress: number[] = [];
  const { tensors } = await readSafetensors(source, { onProgress: ({ doneBytes, totalBytes }) => progress.push(doneBytes / totalBytes) });
  expect(reads.reduce((sum, bytes) => sum + bytes)).toBe(file.byteLength);
  expect(Math.max(...reads)).toBe(READ_CHUNK_BYTES);
  expect(progress.at(-1)).toBe(1);
  expect(tensors.get('t19')?.data[0]).toBe(19);
});

test('reading stops when it is aborted', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(readSafetensors(writeSafetensors(dict), { signal })).rejects.toThrow('enough');
});
