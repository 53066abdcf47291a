import { expect, test } from 'vitest';
import { type Module, module, operations, relu, trace } from '../index.ts';

test('an operation in a trace is found by the name that it has there', () => {
  const model: Module = module('net', {}, (_, x) => relu(x));
  const { output } = trace(model, [1, 4, 4, 2]);
  expect(operations[output.op as 'relu'].made(output)).toBe(true);
  expect(operations.sigmoid.made(output)).toBe(false);
});
