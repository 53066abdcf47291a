import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  basicBlock,
  ConfigError,
  checkpointBlocks,
  conv2d,
  denseBlock,
  initialize,
  module,
  parameters,
  registerGradients,
  relu,
  sequential,
} from './index.ts';

registerGradients();

const network = () =>
  module(
    'network',
    {
      stem: sequential(conv2d(3, 4, { kernel: 3 }), relu),
      layer1: sequential(basicBlock(4, 4), basicBlock(4, 4), basicBlock(4, 4)),
      dense: denseBlock(4, { layers: 2, growth: 2 }),
    },
    (m, x, mode) => m.dense.forward(m.layer1.forward(m.stem.forward(x, mode), mode), mode),
  );

test.each([1, 2, 5])('stages run again by %i block(s), dense blocks by layer, the stem not; the gradients stay', (every) => {
  const ran: string[] = [];
  const gradientsOf = (model: ReturnType<typeof network>) => {
    for (const [name, part] of Object.entries({ stem: model.stem, block: model.layer1.steps[0] })) {
      if (typeof part !== 'object') continue;
      const { forward } = part;
      part.forward = (x, mode) => {
        ran.push(name);
        return forward(x, mode);
      };
    }
    initialize(model, { seed: 1 });
    const variables = [...parameters(model).values()].filter(({ trainable }) => trainable).map(({ variable }) => variable);
    const { grads } = tf.variableGrads(() => tf.sum(tf.square(model.forward(tf.ones([2, 4, 4, 3]), 'train'))), variables);
    return variables.map(({ name }) => grads[name]?.dataSync());
  };
  const plain = gradientsOf(network());
  expect(ran).toEqual(['stem', 'block']);
  ran.length = 0;
  const model = network();
  expect(gradientsOf(checkpointBlocks(model, { every }))).toEqual(plain);
  expect(model.dense.checkpointing).toBe(true);
  expect(ran).toEqual(['stem', 'block', 'block']);
});

test('a model without blocks says what to do', () => {
  const model = sequential(conv2d(3, 4, { kernel: 1 }), relu);
  expect(() => checkpointBlocks(model)).toThrow(ConfigError);
  expect(() => checkpointBlocks(model)).toThrow('sequential has no sequence of blocks. Use checkpoint(part)');
  expect(() => checkpointBlocks(network(), { every: 0 })).toThrow("'every' must be a whole number of steps from 1 but is 0");
});
