import { expect, test } from 'vitest';
import { multipliersOf, quantizeFilter } from './filter.ts';
import { nearestEven } from './rounding.ts';

test('halves go to the even neighbour, as numpy.rint has it', () => {
  const numbers = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 126.5, 127.5, 0.49999997, -3.2, 7];
  expect(numbers.map((x) => nearestEven(x) + 0)).toEqual([-2, -2, 0, 0, 2, 2, 126, 128, 0, -3, 7]);
});

/** Two output channels over `inputs.length / 2` weights. */
const filterOf = (filter: readonly number[], bias: readonly number[], inputScale = 0.5) =>
  quantizeFilter({ filter: Float32Array.from(filter), bias: Float32Array.from(bias), inputScale, largestInput: 255 });

test('each output channel has a scale by which its largest magnitude is 127', () => {
  const { weights, weightScales, bias } = filterOf([1.27, -0.02, 0.635, 0.01, -0.004, 0.0051], [1, -1]);
  expect([...weights]).toEqual([127, -127, 64, 63, 0, 32]); // 63.50… up, 63.49… down, 0.0051 * 127 / 0.02 = 32.4
  expect([...weightScales]).toEqual([Math.fround(Math.fround(1.27) / 127), Math.fround(Math.fround(0.02) / 127)]);
  expect([...bias]).toEqual([200, -12700]);
});

test('a channel of zeros keeps its bias, and none has a scale of 0', () => {
  const { weights, weightScales, bias } = filterOf([0, 0, 0, 0], [0.7, 0]);
  expect([...weights]).toEqual([0, 0, 0, 0]);
  expect(weightScales.every((scale) => scale > 0)).toBe(true);
  expect((bias[0] as number) * 0.5 * (weightScales[0] as number)).toBeCloseTo(0.7, 7);
  expect(bias[1]).toBe(0);
});

test('a bias that int32 has no room for makes its channel coarser, and no sum leaves int32', () => {
  const { weights, weightScales, bias } = filterOf([1e-9, 1, 1e-9, 1], [100, 1]);
  expect((bias[0] as number) * 0.5 * (weightScales[0] as number)).toBeCloseTo(100, 4);
  for (const c of [0, 1])
    expect(Math.abs(bias[c] as number) + 255 * (Math.abs(weights[c] as number) + Math.abs(weights[2 + c] as number))).toBeLessThan(2 ** 31);
});

test('multipliers are the exact quotients rounded once', () => {
  const [scale, input, output] = [0.01, 0.3, 0.7].map(Math.fround) as [number, number, number];
  expect([...multipliersOf(Float32Array.of(scale), input, output)]).toEqual([Math.fround((scale * input) / output)]);
});
