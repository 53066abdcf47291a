import { expect, test } from 'vitest';
import { bar } from './bar.ts';

test.each([
  [0, ''],
  [0.001, ''],
  [1 / 80, '▏'],
  [0.5, '█████'],
  [0.55, '█████▌'],
  [1, '██████████'],
])('%d of ten characters is %j', (share, drawn) => {
  expect(bar(share, 10)).toBe(drawn);
});
