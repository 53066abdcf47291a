import '@tensorflow/tfjs-backend-cpu';
import { failure, formulaTensor, leakedTensors, relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  basicBlock,
  bottleneck,
  conv2d,
  denseBlock,
  dispose,
  globalAveragePool,
  linear,
  loadStateDict,
  type Module,
  module,
  operation,
  optimizeForInference,
  parameters,
  relu,
  sequential,
  trace,
} from '../index.ts';
import { plan } from './plan.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const filled = (model: Module): Module => {
  loadStateDict(model, new Map([...parameters(model)].map(([name, { shape }]) => [name, formulaTensor(name, shape)])));
  return model;
};
const image = (shape: [number, number, number, number]) => tf.tensor4d(formulaTensor('input', shape).data, shape);

const networks: Record<string, () => Module> = {
  'a basic block with an identity shortcut': () => basicBlock(8, 8),
  'a basic block with a projection': () => basicBlock(8, 16, { stride: 2 }),
  'a basic block with a padded shortcut': () => basicBlock(8, 16, { stride: 2, shortcut: 'A' }),
  'a plain block': () => basicBlock(8, 16, { stride: 2, shortcut: 'none' }),
  'a bottleneck with groups': () => bottleneck(8, 4, { groups: 2, groupWidth: 32 }),
  'a dense block: norms before their convolutions': () => denseBlock(8, { layers: 2, growth: 4 }),
  'linear layers behind a global pooling': () =>
    module('head', { conv: conv2d(8, 4, { kernel: 3 }), hidden: linear(4, 6), classes: linear(6, 3) }, (m, x, mode) =>
      m.classes.forward(relu(m.hidden.forward(globalAveragePool(m.conv.forward(x, mode)), mode)), mode),
    ),
  'convolutions with a bias and no norm': () => sequential(conv2d(8, 4, { kernel: 3, bias: true }), conv2d(4, 4, { kernel: 1 })),
};

test.each(Object.entries(networks))('%s predicts what it did, with nothing left over', async (_, build) => {
  const model = filled(build());
  const x = image([2, 7, 6, 8]);
  const expected = model.forward(x, 'eval');
  expect(
    await leakedTensors(() => {
      const predictor = optimizeForInference(model, [1, 7, 6, 8]);
      const y = predictor.forward(x, 'eval');
      // folding rounds each filter once more
      expect(relativeError(y.dataSync(), expected.dataSync())).toBeLessThan(1e-6);
      y.dispose();
      predictor.dispose();
    }),
  ).toBe(0);
  dispose(model);
});

test.each(Object.entries(networks))('%s predicts the same of values that wait, without bringing them to the backend', async (_, build) => {
  const [model, waiting] = [filled(build()), build()];
  const values = new Map([...parameters(model)].map(([name, { shape }]) => [name, formulaTensor(name, shape)]));
  loadStateDict(waiting, values, { adopt: true });
  const x = image([2, 7, 6, 8]);
  const expected = model.forward(x, 'eval');
  const left = await leakedTensors(() => {
    const predictor = optimizeForInference(waiting, [1, 7, 6, 8]);
    // Twice: what was made for the first pass stays for the second.
    for (let pass = 0; pass < 2; pass++) {
      const y = predictor.forward(x, 'eval');
      expect(relativeError(y.dataSync(), expected.dataSync())).toBeLessThan(1e-6);
      y.dispose();
    }
    predictor.dispose();
  });
  const brought = [...parameters(waiting).values()].filter((parameter) => parameter.waiting === undefined).length;
  expect(left).toBe(brought); // of a norm that no convolution takes
  expect(brought).toBeLessThan(parameters(waiting).size);
  expect(relativeError(waiting.forward(x, 'eval').dataSync(), expected.dataSync())).toBe(0);
  for (const [name, parameter] of parameters(waiting)) expect(await parameter.read()).toEqual(values.get(name)?.data);
  dispose(model);
  dispose(waiting);
});

test('a convolution with strides and dilation, which tfjs has not, predicts what the model does', () => {
  const model = filled(
    module('net', { conv: conv2d(2, 4, { kernel: 3, stride: 2, dilation: 2 }) }, (m, x, mode) => relu(m.conv.forward(x, mode))),
  );
  const predictor = optimizeForInference(model, [1, 9, 9, 2]);
  tf.tidy(() => {
    const x = tf.reshape(tf.sin(tf.range(0, 162)), [1, 9, 9, 2]);
    expect(relativeError(predictor.forward(x, 'eval').dataSync(), model.forward(x, 'eval').dataSync())).toBeLessThan(1e-6);
  });
  predictor.dispose();
  dispose(model);
});

describe('the plan', () => {
  test('a projected block is three passes: the last convolution takes its norm, the shortcut and the ReLU', () => {
    const steps = plan(trace(basicBlock(8, 16, { stride: 2 }), [1, 8, 8, 8]));
    expect(steps.map((s) => (s.kind === 'conv' ? [s.norm?.op, s.residual?.op, s.activation] : s.output.op))).toEqual([
      ['batchNorm', undefined, 'relu'],
      ['batchNorm', undefined, 'linear'],
      ['batchNorm', 'batchNorm', 'relu'],
    ]);
  });

  test('a dense layer is its first norm and two convolutions, and puts nothing side by side by itself', () => {
    const steps = plan(trace(denseBlock(8, { layers: 2, growth: 4 }), [1, 8, 8, 8]));
    const layer = ['normRelu', 'conv', 'conv']; // the second norm and its ReLU belong to the first convolution
    expect(steps.map((s) => (s.kind === 'plain' ? s.output.op : s.kind))).toEqual([...layer, ...layer, 'concat']);
  });

  test("an operation that only bears a known one's name is run as it is", () => {
    const named = operation<object>({ name: 'relu', shape: ([x = []]) => x, run: ([x]) => tf.neg(x as tf.Tensor) });
    const model = module('net', { conv: conv2d(2, 2, { kernel: 1 }) }, (m, x, mode) => named([m.conv.forward(x, mode)], {}));
    expect(plan(trace(model, [1, 4, 4, 2])).map((s) => s.kind)).toEqual(['conv', 'plain']);
  });

  test('a result that two parts read is not fused away', () => {
    // conv → relu, where the conv is also the second operand of an addition
    const steps = plan(trace(basicBlock(8, 8), [1, 8, 8, 8]));
    expect(steps.map((s) => s.kind)).toEqual(['conv', 'conv']);
    expect(steps[1]).toMatchObject({ residual: { op: 'input' }, activation: 'relu' });
  });
});

test('training the model, or disposing of it, does not change its predictor', () => {
  const model = filled(denseBlock(8, { layers: 2, growth: 4 }));
  const x = image([1, 6, 6, 8]);
  const predictor = optimizeForInference(model, x.shape);
  const expected = predictor.forward(x, 'eval').dataSync();
  for (const parameter of parameters(model).values()) parameter.assign(new Float32Array(parameter.size).fill(0.5));
  expect(predictor.forward(x, 'eval').dataSync()).toEqual(expected);
  dispose(model);
  expect(predictor.forward(x, 'eval').dataSync()).toEqual(expected);
  predictor.dispose();
});

test('a predictor refuses to train, and says so once it is disposed', async () => {
  const model = filled(basicBlock(8, 8));
  const predictor = optimizeForInference(model, [1, 4, 4, 8]);
  const x = image([1, 4, 4, 8]);
  expect(() => predictor.forward(x, 'train')).toThrow('cannot train');
  predictor.dispose();
  const { error, leaked } = await failure(() => predictor.forward(x, 'eval'));
  expect(error.message).toContain('was disposed');
  expect(leaked).toBe(0);
  dispose(model);
});

test('what a backend may repeat without looking is checked first: it meets floats of shapes that fit', () => {
  const seen: [shape: readonly number[], dtype: string][] = [];
  tf.registerKernel({
    kernelName: 'ResNetRecordedPass',
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      const x = inputs.x as tf.Tensor;
      seen.push([x.shape, x.dtype]);
      return (attrs as unknown as { forward: (x: tf.Tensor) => tf.Tensor }).forward(x);
    },
  });
  try {
    const model = filled(basicBlock(8, 8));
    const predictor = optimizeForInference(model, [1, 4, 4, 8]);
    const given = [tf.ones([1, 4, 4, 8]), tf.ones([1, 4, 4, 8], 'int32'), tf.ones([2, 3, 5, 8]), tf.ones([4, 4, 8]), tf.ones([1, 4, 4, 7])];
    const [first, second] = given.slice(0, 3).map((x) => predictor.forward(x, 'eval'));
    expect(second?.dataSync()).toEqual(first?.dataSync());
    for (const x of given.slice(3)) expect(() => predictor.forward(x, 'eval')).toThrow(`takes [N,H,W,8] but received [${x.shape}]`);
    expect(seen).toEqual([
      [[1, 4, 4, 8], 'float32'],
      [[1, 4, 4, 8], 'float32'],
      [[2, 3, 5, 8], 'float32'],
    ]);
    predictor.dispose();
    dispose(model);
  } finally {
    tf.unregisterKernel('ResNetRecordedPass', 'cpu');
  }
});

test('a predictor cannot be traced, and says what can', () => {
  const model = filled(basicBlock(8, 8));
  const predictor = optimizeForInference(model, [1, 4, 4, 8]);
  expect(() => trace(predictor, [1, 4, 4, 8])).toThrow('Trace or summarize the model it was made from');
  predictor.dispose();
  dispose(model);
});

test('shapes are worked out once for each new one, not for each image', () => {
  let asked = 0;
  const twice = operation<object>({
    name: 'twice',
    shape: ([x = []]) => {
      asked++;
      return x;
    },
    run: ([x]) => tf.mul(x as tf.Tensor, 2),
  });
  const predictor = optimizeForInference(
    module('net', {}, (_, x) => twice([x], {})),
    [1, 4, 4, 2],
  );
  const counts = [
    [1, 4, 4, 2],
    [1, 4, 4, 2],
    [1, 5, 4, 2],
    [1, 5, 4, 2],
    [1, 4, 4, 2],
  ].map((shape) => {
    predictor.forward(tf.ones(shape), 'eval').dispose();
    return asked;
  });
  expect(counts).toEqual([2, 2, 3, 3, 3]); // one more for the trace
  predictor.dispose();
});
