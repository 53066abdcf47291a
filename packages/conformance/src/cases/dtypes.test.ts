import { expect, test } from 'vitest';
import { packages } from './dtypes.ts';

test.each(packages)('each function of $name is tried with tensors of every type, or it is said why not', ({ exports, tried, spared }) => {
  const functions = Object.entries(exports).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  const known = [...tried.map(({ name }) => name), ...Object.values(spared).flat()];
  expect(known.toSorted()).toEqual(functions.toSorted());
});
