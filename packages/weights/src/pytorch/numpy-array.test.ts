import { describe, expect, test } from 'vitest';
import { materialize } from './materialize.ts';
import { numpyArray, numpyScalar } from './numpy-array.ts';
import { GlobalRef, type OpenRecord, openRecord, type PickleValue, type TensorRef } from './pickle-values.ts';

const dtype = (code: string, order = '<'): OpenRecord =>
  Object.assign(openRecord('numpy.dtype', [code, false, true]), { state: [3, order, null, null, null, -1, -1, 0] });
const array = (shape: PickleValue, type: PickleValue, data: PickleValue, fortran: PickleValue = false): OpenRecord =>
  Object.assign(openRecord('numpy.core.multiarray._reconstruct', [new GlobalRef('numpy.ndarray'), [0], new Uint8Array([98])]), {
    state: [1, shape, type, fortran, data],
  });
const bytes = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);
const nowhere = () => Promise.reject(new Error('these bytes lie in the pickle'));
const read = async (record: OpenRecord) => {
  const { shape, data } = (await materialize(new Map([['a', numpyArray(record) as TensorRef]]), nowhere)).get('a') ?? {
    shape: [],
    data: [],
  };
  return [shape, [...data]];
};

test('the bytes in the pickle are the numbers, row by row', async () => {
  expect(await read(array([2, 3], dtype('f4'), bytes))).toEqual([
    [2, 3],
    [1, 2, 3, 4, 5, 6],
  ]);
});

test('column by column where numpy says Fortran', async () => {
  expect(await read(array([2, 3], dtype('f4'), bytes, true))).toEqual([
    [2, 3],
    [1, 3, 5, 2, 4, 6],
  ]);
});

test('big-endian bytes are turned around, and the pickle’s own stay as they are', async () => {
  const reversed = new Uint8Array(bytes).reverse();
  expect(await read(array([6], dtype('f4', '>'), reversed))).toEqual([[6], [6, 5, 4, 3, 2, 1]]);
  expect(reversed).toEqual(new Uint8Array(bytes).reverse());
});

test('an array over a buffer, as protocol 5 writes it', async () => {
  const record = openRecord('numpy.core.numeric._frombuffer', [bytes, dtype('f4'), [3, 2], 'F']);
  expect(await read(record)).toEqual([
    [3, 2],
    [1, 4, 2, 5, 3, 6],
  ]);
});

describe('a record is no array of numbers that', () => {
  test.each<[what: string, record: OpenRecord]>([
    ['has objects', array([1], dtype('O8', '|'), ['x'])],
    ['has texts', array([1], dtype('U1'), bytes.subarray(0, 4))],
    ['has long doubles', array([1], dtype('f16'), new Uint8Array(16))],
    ['has fewer bytes than its shape', array([7], dtype('f4'), bytes)],
    ['has more bytes than its shape', array([5], dtype('f4'), bytes)],
    ['has a shape beyond all bounds', array([2 ** 40, 2 ** 40], dtype('f4'), bytes)],
    ['has a shape of negative numbers', array([-1, -6], dtype('f4'), bytes)],
    ['has a thousand dimensions', array(Array(1000).fill(1), dtype('f4'), bytes)],
    ['has a type that is none', array([6], 'f4', bytes)],
    ['has a type named after a prototype', array([6], dtype('toString'), bytes)],
    ['has no state', openRecord('numpy.core.multiarray._reconstruct', [new GlobalRef('numpy.ndarray')])],
    ['is of a subclass', Object.assign(array([6], dtype('f4'), bytes), { args: [new GlobalRef('numpy.matrix')] })],
    ['is another function’s', openRecord('numpy.core.multiarray.fromfile', ['/etc/passwd', dtype('u1')])],
  ])('%s', (_, record) => {
    expect(numpyArray(record)).toBeUndefined();
  });
  test('holds itself', () => {
    const args: PickleValue[] = [];
    const record = openRecord('torch._utils._rebuild_device_tensor_from_numpy', args);
    args.push(record);
    expect(numpyArray(record)).toBeUndefined();
  });
});

test('a thousand arrays over the same bytes are refused', async () => {
  const many = Array.from({ length: 1000 }, (_, i) => [`a${i}`, numpyArray(array([6], dtype('f4'), bytes)) as TensorRef] as const);
  await expect(materialize(new Map(many), nowhere)).rejects.toThrow('not an honest checkpoint');
});

test.each<[code: string, order: string, bytes: number[], value: number | bigint | boolean | string]>([
  ['f8', '<', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5],
  ['f8', '>', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
  ['f4', '<', [0, 0, 0xc0, 0x3f], 1.5],
  ['i8', '<', [0xfe, 255, 255, 255, 255, 255, 255, 255], -2],
  ['u8', '<', [255, 255, 255, 255, 255, 255, 255, 255], 2n ** 64n - 1n],
  ['b1', '|', [1], true],
  ['U2', '<', [0xfc, 0, 0, 0, 0x08, 0xf4, 1, 0], 'ü🐈'],
])('a scalar of numpy, %s %s, is a value', (code, order, data, value) => {
  expect(numpyScalar(openRecord('numpy.core.multiarray.scalar', [dtype(code, order), Uint8Array.from(data)]))).toBe(value);
});

test('a scalar whose bytes do not fit its type, or of another kind, is none', () => {
  const scalar = (code: string, size: number) =>
    numpyScalar(openRecord('numpy.core.multiarray.scalar', [dtype(code), new Uint8Array(size)]));
  expect([scalar('f8', 4), scalar('O8', 8), scalar('M8', 8), scalar('U9999', 4 * 9999)]).toEqual(Array(4).fill(undefined));
});
