import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, type Module, Parameter, parameters, type Trace, type TraceNode, trace, uniform } from '@resnetjs/core';
import { norm } from '@resnetjs/testing';
import { gradients } from '@resnetjs/train';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createModel, listModels, modelInfo } from './index.ts';

// The largest networks there are, too.
vi.setConfig({ testTimeout: 60_000 });

/** Three images: where a norm sees one pixel a sample, two would come out as 1 and -1 whatever they were, with no gradient. */
const BATCH = 3;
const CLASSES = 5;

// The forward pass alone, on shapes, shows for every network that each parameter is on a way to the logits. Values are
// followed too where a network is small enough: all of them take ten minutes (RESNETJS_EVERY_MODEL=1), and the large are
// made of the same blocks as the small.
const MOST_PARAMETERS = 20e6;
const MOST_MACS = 0.5e9;
/** Larger than that, but with blocks that no smaller network has. */
const TOO = ['skresnet50'];
const everyModel = process.env.RESNETJS_EVERY_MODEL === '1';

/** Large enough for the coarsest stage to have four pixels. */
const sizeFor = (name: string): number => (modelInfo(name).inputSize > 32 ? 64 : 32);

const affordable = (name: string): boolean => {
  const { params, macs, inputSize } = modelInfo(name);
  return everyModel || TOO.includes(name) || (params <= MOST_PARAMETERS && macs * (sizeFor(name) / inputSize) ** 2 <= MOST_MACS);
};

beforeAll(async () => {
  await useWasm();
});

/** Parameters from which a node of the trace can be reached. */
function leadingTo({ output }: Trace): Set<Parameter> {
  const found = new Set<Parameter>();
  const seen = new Set<TraceNode>();
  const open = [output];
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs)
      if (input instanceof Parameter) found.add(input);
      else open.push(input);
  }
  return found;
}

/** Values of the size that the initializers draw, without their cost. */
function fill(model: Module): void {
  for (const parameter of parameters(model).values()) {
    const { initializer, size } = parameter;
    const values = new Float32Array(size);
    const next = uniform(size);
    if (initializer.kind === 'constant') values.fill(initializer.value);
    else {
      const bound = initializer.kind === 'uniform' ? initializer.bound : initializer.std * Math.sqrt(3);
      for (let i = 0; i < size; i++) values[i] = bound * (2 * next() - 1);
    }
    parameter.assign(values);
  }
}

test.each(listModels())('every parameter of %s is on a way to the logits', (name) => {
  const model = createModel(name, { classes: CLASSES });
  const size = sizeFor(name);
  const reached = leadingTo(trace(model, [1, size, size, 3]));
  expect([...parameters(model)].filter(([, parameter]) => !reached.has(parameter)).map(([key]) => key)).toEqual([]);
});

describe('gradients are finite and not all zero', () => {
  test.each(listModels().filter(affordable))('for every parameter of %s', async (name) => {
    const model = createModel(name, { classes: CLASSES });
    fill(model);
    const size = sizeFor(name);
    const images = tf.randomUniform([BATCH, size, size, 3], -1, 1, 'float32', 1) as tf.Tensor4D;
    const { loss, grads } = gradients(model, images, [0, 1, 2], { seed: 1 });
    tf.dispose([loss, images]);
    const faults: string[] = [];
    for (const [key, parameter] of parameters(model)) {
      if (parameter.role === 'buffer') continue;
      const size = grads.has(key) ? norm(await (grads.get(key) as tf.Tensor).data()) : Number.NaN;
      if (!(size > 0 && size < Number.POSITIVE_INFINITY)) faults.push(`${key}: ${size}`);
    }
    tf.dispose([...grads.values()]);
    dispose(model);
    expect(faults).toEqual([]);
  });
});
