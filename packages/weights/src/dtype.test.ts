import { expect, test } from 'vitest';
import { DTYPES, fromFloat32, isDTypeName, toFloat32 } from './dtype.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test('float16 reads zeros, subnormals, the largest number and infinity', () => {
  const halves = new Uint8Array(
    new Uint16Array([0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00]).buffer,
  );
  // Values from IEEE 754-2019, table 3.5 (binary16).
  expect([...toFloat32(halves, 'F16')]).toEqual([0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2, 65504, Infinity, -Infinity, NaN]);
});

test('bfloat16 is the upper half of a float32', () => {
  const values = new Float32Array([1, -2.5, 3.0e38, 1e-40, Number.NaN]);
  const upper = new Uint16Array(new Uint32Array(values.buffer).map((word) => word >>> 16));
  const lower = new Float32Array(new Uint32Array(values.buffer).map((word) => word & 0xffff0000).buffer);
  expect(toFloat32(new Uint8Array(upper.buffer), 'BF16')).toEqual(lower);
});

test('8-bit floats read zeros, subnormals, the largest number and what is none', () => {
  // Values from "FP8 Formats for Deep Learning" (arXiv:2209.05433), table 1, and the OCP microscaling formats for E8M0.
  expect([...toFloat32(bytes(0x00, 0x80, 0x01, 0x07, 0x08, 0x38, 0xc0, 0x7e, 0x7f), 'F8_E4M3')]).toEqual([
    0,
    -0,
    2 ** -9,
    0.875 * 2 ** -6,
    2 ** -6,
    1,
    -2,
    448,
    NaN,
  ]);
  expect([...toFloat32(bytes(0x00, 0x80, 0x01, 0x03, 0x04, 0x3c, 0xc0, 0x7b, 0x7c, 0xfc, 0x7e), 'F8_E5M2')]).toEqual([
    0,
    -0,
    2 ** -16,
    0.75 * 2 ** -14,
    2 ** -14,
    1,
    -2,
    57344,
    Infinity,
    -Infinity,
    NaN,
  ]);
  expect([...toFloat32(bytes(0x00, 0x7f, 0x80, 0xfe, 0xff), 'F8_E8M0')]).toEqual([2 ** -127, 1, 2, 2 ** 127, NaN]);
});

test('integers, booleans and float64 become float32', () => {
  expect([...toFloat32(bytes(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 'I64')]).toEqual([-2]);
  expect([...toFloat32(bytes(0xfe, 0xff, 0xff, 0xff), 'I32')]).toEqual([-2]);
  expect([...toFloat32(bytes(0xfe, 0xff), 'I16')]).toEqual([-2]);
  expect([...toFloat32(bytes(0xfe, 1), 'I8')]).toEqual([-2, 1]);
  expect([...toFloat32(bytes(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 'U64')]).toEqual([2 ** 64]);
  expect([...toFloat32(bytes(0xfe, 0xff, 0xff, 0x00), 'U32')]).toEqual([2 ** 24 - 2]);
  expect([...toFloat32(bytes(0xfe, 0xff), 'U16')]).toEqual([65534]);
  expect([...toFloat32(bytes(0xfe, 1), 'U8')]).toEqual([254, 1]);
  expect([...toFloat32(bytes(0, 7), 'BOOL')]).toEqual([0, 1]);
  expect([...toFloat32(new Uint8Array(new Float64Array([0.1, 1e300]).buffer), 'F64')]).toEqual([Math.fround(0.1), Infinity]);
});

test.each([new Uint8Array(9), Buffer.alloc(9)])('float32 is read from an odd address, and the result is a copy', (file) => {
  file.set(new Uint8Array(new Float32Array([1.5, -3]).buffer), 1);
  const numbers = toFloat32(file.subarray(1), 'F32');
  file.fill(0);
  expect([...numbers]).toEqual([1.5, -3]);
});

test('writing float32 is a view of the same memory', () => {
  const numbers = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
  expect(fromFloat32(numbers).buffer).toBe(numbers.buffer);
  expect([...fromFloat32(numbers)]).toEqual([0, 0, 0, 0x40, 0, 0, 0x40, 0x40]);
});

test('the names of types are not those of object prototypes', () => {
  expect(Object.keys(DTYPES).every(isDTypeName)).toBe(true);
  expect(['toString', '__proto__', 'C64', undefined].some(isDTypeName)).toBe(false);
});
