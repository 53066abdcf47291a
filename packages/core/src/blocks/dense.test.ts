import '@tensorflow/tfjs-backend-cpu';
import { leakedTensors, meterBytes } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { denseBlock, initialize, parameters, registerGradients, stateDict, summarize } from '../index.ts';

registerGradients();

const image = tf.randomNormal([2, 4, 4, 6], 0, 1, 'float32', 1);
const block = (options: { bottleneck?: number; dropRate?: number; layers?: number } = {}) => {
  const made = denseBlock(6, { layers: 3, growth: 2, ...options });
  initialize(made, { seed: 3 });
  return made;
};

test('every layer adds its channels to all before, under a bottleneck of four times as many', () => {
  const { rows } = summarize(block(), [2, 4, 4, 6]);
  expect(rows[0]?.outputShape).toEqual([2, 4, 4, 12]);
  expect(rows.filter(({ name }) => /conv/.test(name)).map(({ name, outputShape }) => [name, outputShape[3]])).toEqual([
    ['denselayer1.conv1', 8],
    ['denselayer1.conv2', 2],
    ['denselayer2.conv1', 8],
    ['denselayer2.conv2', 2],
    ['denselayer3.conv1', 8],
    ['denselayer3.conv2', 2],
  ]);
});

test('without a bottleneck a layer is one 3x3 convolution', () => {
  const names = [...parameters(block({ bottleneck: 0 })).keys()].filter(
    (name) => name.endsWith('conv1.weight') || name.includes('2.conv2'),
  );
  expect(names).toEqual(['denselayer1.conv1.weight', 'denselayer2.conv1.weight', 'denselayer3.conv1.weight']);
});

test('the input is the first of the output channels, untouched', () => {
  expect(tf.slice(block().forward(image, 'eval'), [0, 0, 0, 0], [2, 4, 4, 6]).dataSync()).toEqual(image.dataSync());
});

/** Gradients of the input and every parameter, and the state after the pass. */
async function step(made: ReturnType<typeof block>) {
  const trained = [...parameters(made).values()].filter(({ trainable }) => trainable).map(({ variable }) => variable);
  const gradients = tf.grads((x) => tf.sum(tf.square(made.forward(x as tf.Tensor, { seed: 4 }))));
  const dx = gradients([image])[0] as tf.Tensor;
  const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(made.forward(image, { seed: 4 }))), trained);
  const all = [dx.dataSync(), value.dataSync(), ...trained.map(({ name }) => grads[name]?.dataSync())];
  tf.dispose([dx, value, grads]);
  return { all, state: await stateDict(made) };
}

test('checkpointing changes nothing, to the last bit, dropout included, and leaks nothing', async () => {
  const checkpointed = block({ dropRate: 0.2 });
  checkpointed.checkpointing = true;
  expect(await step(checkpointed)).toEqual(await step(block({ dropRate: 0.2 })));
  expect(await leakedTensors(() => step(checkpointed))).toBe(0);
});

test('checkpointing keeps less', () => {
  const meter = meterBytes();
  const peak = (checkpointing: boolean) => {
    const made = block({ layers: 12 });
    made.checkpointing = checkpointing;
    meter.reset();
    const before = meter.live;
    tf.dispose(tf.grad((x) => made.forward(x, 'train'))(image));
    return meter.peak - before;
  };
  const [plain, checkpointed] = [peak(false), peak(true)];
  meter.stop();
  expect(checkpointed).toBeLessThan(plain / 4);
});
