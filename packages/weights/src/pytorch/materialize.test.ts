import { expect, test } from 'vitest';
import { materialize } from './materialize.ts';
import { StorageRef, TensorRef } from './pickle-values.ts';

const storage = new StorageRef('0', 'F32', 6);
const readStorage = async (): Promise<Uint8Array> => new Uint8Array(new Float32Array([0, 1, 2, 3, 4, 5]).buffer);
const read = async (offset: number, shape: number[], strides: number[]) => [
  ...((await materialize(new Map([['t', new TensorRef(storage, offset, shape, strides)]]), readStorage)).get('t')?.data ?? []),
];

test('a transposed tensor becomes contiguous', async () => {
  expect(await read(0, [3, 2], [1, 3])).toEqual([0, 3, 1, 4, 2, 5]);
});

test('a window with gaps becomes contiguous', async () => {
  expect(await read(1, [2, 2], [3, 1])).toEqual([1, 2, 4, 5]);
});

test('the stride of an axis of length 1 means nothing', async () => {
  expect(await read(2, [1, 2], [999999, 1])).toEqual([2, 3]);
});

test('tensors that share a storage do not share memory', async () => {
  const whole = new TensorRef(storage, 0, [6], [1]);
  const dict = await materialize(
    new Map([
      ['a', whole],
      ['b', new TensorRef(new StorageRef('0', 'F32', 6), 0, [6], [1])],
    ]),
    readStorage,
  );
  (dict.get('a')?.data as Float32Array)[0] = 9;
  expect(dict.get('b')?.data[0]).toBe(0);
});

test('tensors that reach outside their storage are all named', async () => {
  const bad = new Map([
    ['late', new TensorRef(storage, 6, [1], [1])],
    ['long', new TensorRef(storage, 0, [7], [1])],
    ['wide', new TensorRef(storage, 0, [2, 3], [4, 1])],
    ['vast', new TensorRef(storage, 0, [2 ** 40, 2 ** 40], [2 ** 40, 1])],
  ]);
  await expect(materialize(bad, readStorage)).rejects.toThrow(/"late" \[1\] reaches element 6 of a storage of 6.*"long".*"wide".*"vast"/);
});

test('a tensor that repeats one number a trillion times is refused before memory is taken', async () => {
  const bomb = new Map([['t', new TensorRef(storage, 0, [1e6, 1e6], [0, 0])]]);
  await expect(materialize(bomb, readStorage)).rejects.toThrow('repeats a storage of 6');
});

test('a thousand tensors over one storage are refused', async () => {
  const many = new Map(Array.from({ length: 1000 }, (_, i) => [`t${i}`, new TensorRef(storage, 0, [6], [1])]));
  await expect(materialize(many, readStorage)).rejects.toThrow('not an honest checkpoint');
});

test('one storage cannot be of two types', async () => {
  const two = new Map([
    ['a', new TensorRef(storage, 0, [6], [1])],
    ['b', new TensorRef(new StorageRef('0', 'F16', 6), 0, [6], [1])],
  ]);
  await expect(materialize(two, readStorage)).rejects.toThrow('storage "0" is F32 × 6 in one place and F16 × 6 in another');
});
