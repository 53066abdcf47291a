import '@tensorflow/tfjs-backend-cpu';
import { leakedTensors, meterBytes } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { checkpoint, checkpointSteps } from './checkpoint.ts';
import {
  add,
  basicBlock,
  batchNorm2d,
  ConfigError,
  concat,
  conv2d,
  dispose,
  dropout,
  initialize,
  type Mode,
  type Module,
  module,
  parameters,
  recompute,
  registerGradients,
  relu,
  type Sequential,
  sequential,
  stateDict,
  stochasticDepth,
  summarize,
} from './index.ts';

registerGradients();

const IMAGES = [2, 6, 6, 3] as const;

/** A stem and a stage with everything that draws or remembers: batch norms, dropout, stochastic depth. */
function network() {
  const layer1: Sequential = sequential(
    basicBlock(4, 4),
    dropout(0.3),
    basicBlock(4, 8, { stride: 2 }),
    relu,
    module('residual', { branch: conv2d(8, 8, { kernel: 3 }), drop: stochasticDepth(0.5) }, (m, x, mode) =>
      add(x, m.drop.forward(m.branch.forward(x, mode), mode)),
    ),
  );
  const whole = module('network', { conv1: conv2d(3, 4, { kernel: 3 }), bn1: batchNorm2d(4), layer1 }, (m, x, mode) =>
    m.layer1.forward(m.bn1.forward(m.conv1.forward(x, mode), mode), mode),
  );
  return { whole, layer1 };
}

/** One training pass from fixed values: the loss, every gradient and the state after it. */
async function step(model: Module, mode: Mode = { seed: 7 }) {
  initialize(model, { seed: 1 });
  const trained = [...parameters(model)].filter(([, { trainable }]) => trainable);
  const { value, grads } = tf.variableGrads(
    () => {
      const y = model.forward(tf.randomUniform([...IMAGES], -1, 1, 'float32', 3), mode);
      return tf.mean(tf.square(y)) as tf.Scalar;
    },
    trained.map(([, { variable }]) => variable),
  );
  const result = {
    loss: value.dataSync()[0],
    grads: Object.fromEntries(trained.map(([name, { variable }]) => [name, grads[variable.name]?.dataSync()])),
    state: await stateDict(model),
  };
  tf.dispose([value, grads]);
  return result;
}

const everyPart = ({ whole, layer1 }: ReturnType<typeof network>) => {
  for (const part of layer1.steps) if (typeof part !== 'function') checkpoint(part);
  return whole;
};

test.each<[string, (made: ReturnType<typeof network>) => Module]>([
  ['every part', everyPart],
  ['the whole network', ({ whole }) => checkpoint(whole)],
  ['runs of two steps', ({ whole, layer1 }) => [checkpointSteps(layer1, 2), whole][1] as Module],
  ['parts inside of runs inside of the whole', (made) => [checkpointSteps(made.layer1, 2), checkpoint(everyPart(made))][1] as Module],
])('checkpointing %s changes nothing, to the last bit: loss, gradients, masks and statistics', async (_, arrange) => {
  const plain = await step(network().whole);
  expect(plain.loss).toBeGreaterThan(0);
  expect(await step(arrange(network()))).toEqual(plain);
});

test('a checkpointed step leaks nothing', async () => {
  const { whole } = network();
  checkpoint(whole);
  await step(whole);
  expect(await leakedTensors(() => step(whole))).toBe(0);
});

test('a frozen part is run again but has no gradient', async () => {
  const freeze = (made: ReturnType<typeof network>) => {
    for (const [name, parameter] of parameters(made.whole)) if (name.startsWith('layer1.0')) parameter.trainable = false;
    return made;
  };
  const plain = await step(freeze(network()).whole);
  expect(Object.keys(plain.grads)).not.toContain('layer1.0.conv1.weight');
  expect(await step(everyPart(freeze(network())))).toEqual(plain);
});

test('runs of steps keep less than the plain sequence', async () => {
  const meter = meterBytes();
  const peakOf = (every: number) => {
    const stage = sequential(...Array.from({ length: 16 }, () => basicBlock(4, 4)));
    if (every) checkpointSteps(stage, every);
    initialize(stage, { seed: 0 });
    meter.reset();
    const before = meter.live;
    tf.dispose(tf.grad((x) => stage.forward(x, 'train'))(tf.ones([4, 8, 8, 4])));
    const peak = meter.peak - before;
    dispose(stage);
    return peak;
  };
  const [plain, runs] = [peakOf(0), peakOf(4)];
  meter.stop();
  expect(runs).toBeLessThan(plain / 2.5);
});

test('several inputs are recomputed from, and inputs that nothing uses get zeros', () => {
  const join = conv2d(3, 2, { kernel: 1 });
  initialize(join, { seed: 0 });
  const [a, b, c] = [tf.ones([1, 2, 2, 1]), tf.ones([1, 2, 2, 2]), tf.ones([3])];
  const forward = ([x, y]: readonly tf.Tensor[], mode: Mode) => join.forward(concat([x as tf.Tensor, y as tf.Tensor]), mode);
  const plain = tf.grads((x, y) => forward([x as tf.Tensor, y as tf.Tensor], 'train'))([a, b]);
  const again = tf.grads((...inputs) => recompute(inputs as tf.Tensor[], { parts: [join], mode: 'train', forward }))([a, b, c]);
  expect(again.slice(0, 2).map((g) => g.dataSync())).toEqual(plain.map((g) => g.dataSync()));
  expect([...(again[2]?.dataSync() ?? [])]).toEqual([0, 0, 0]);
});

test('inference and summaries see the plain network', async () => {
  const [plain, other] = [network().whole, checkpoint(everyPart(network()))];
  for (const model of [plain, other]) initialize(model, { seed: 1 });
  const x = tf.ones([...IMAGES]);
  expect(other.forward(x, 'eval').dataSync()).toEqual(plain.forward(x, 'eval').dataSync());
  expect(summarize(other, IMAGES)).toEqual(summarize(plain, IMAGES));
});

test.each([0, -1, 1.5])('runs of %f steps are refused', (every) => {
  expect(() => checkpointSteps(sequential(relu), every)).toThrow(ConfigError);
  expect(() => checkpointSteps(sequential(relu), every)).toThrow(`a whole number of steps from 1 but is ${every}`);
});

test('a part that nobody made with module() cannot be checkpointed, and is told how it can', () => {
  const literal: Module = { kind: 'literal', forward: (x) => tf.clone(x) };
  expect(() => checkpoint(literal)).toThrow(ConfigError);
  expect(() => checkpoint(literal)).toThrow("'literal' cannot run itself again. Put it into module(");
});
