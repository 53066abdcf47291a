import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wasmFeatures } from './features.ts';
import { type BackendInfo, useWasm } from './index.ts';

const { relaxedSimd } = wasmFeatures();

let info: BackendInfo;
beforeAll(async () => {
  info = await useWasm({ winograd: false });
});
afterAll(() => info.dispose());

// A processor without a fused multiply-add, as none has been sold since 2015, would round twice in either.
const title = relaxedSimd ? 'the fused kernels run: products are not rounded' : 'the plain kernels run: products are rounded';
test(`under Node ${process.version} ${title} before they are added`, async () => {
  expect(info).toMatchObject({ relaxedSimd });
  // The square of 1 + 2^-12 is 1 + 2^-11 + 2^-24, of which rounding drops the last.
  const [near, square] = [1 + 2 ** -12, 1 + 2 ** -11];
  // In both orders, for whichever the kernel sums in.
  const [x, filter] = [tf.tensor4d([1, near, near, 1], [1, 1, 2, 2]), tf.tensor4d([-square, near, near, -square], [1, 1, 2, 2])];
  const conv = { strides: [1, 1], pad: [0, 0, 0, 0], dilations: [1, 1], groups: 1 };
  const y = tf.engine().runKernel('ResNetConv2D', { x, filter }, conv as unknown as tf.NamedAttrMap) as tf.Tensor;
  const values = await y.data();
  tf.dispose([x, filter, y]);
  expect(Math.max(values[0] as number, values[3] as number)).toBe(relaxedSimd ? 2 ** -24 : 0);
});
