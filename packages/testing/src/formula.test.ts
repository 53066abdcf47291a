import { expect, test } from 'vitest';
import { formulaTensor } from './index.ts';

// Values of the same formula in NumPy.
test.each([
  ['bn1.weight', [3], [0.629364013671875, 0.5435543060302734, 0.6890332102775574]],
  ['conv1.weight', [2, 4, 1, 1], [-0.4372416138648987, -1.057892918586731, -1.1219847202301025]],
  ['bn1.running_var', [2], [0.9703614711761475, 0.9135017991065979]],
])('%s of shape %j is filled as the reference models are', (name, shape, first) => {
  expect([...formulaTensor(name, shape).data.subarray(0, first.length)]).toEqual(first);
});
