import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BackendInfo, useWasm } from './index.ts';

let info: BackendInfo;
beforeAll(async () => {
  info = await useWasm();
});
afterAll(() => info.dispose());

test('a tfjs-layers network with convolutions learns on WebAssembly, which tfjs alone cannot do', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 8,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: seeded(1),
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', kernelInitializer: seeded(2) }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, activation: 'softmax', kernelInitializer: seeded(3) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  // horizontal against vertical stripes
  const images = tf.tensor4d(
    Array.from({ length: 32 * 64 }, (_, i) => ((i >> 6) % 2 === 0 ? i % 2 : (i >> 3) % 2) + 0.3 * Math.sin(i * i)),
    [32, 8, 8, 1],
  );
  const labels = tf.oneHot(
    Array.from({ length: 32 }, (_, i) => i % 2),
    2,
  );
  const { history } = await model.fit(images, labels, { epochs: 8, batchSize: 16, shuffle: false, verbose: 0 });
  expect(history.acc?.at(-1)).toBe(1);
  expect(history.loss?.at(-1)).toBeLessThan((history.loss?.[0] as number) / 4);
});

const seeded = (seed: number) => tf.initializers.heNormal({ seed });
