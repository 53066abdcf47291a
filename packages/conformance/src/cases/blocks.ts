import {
  bottleneck,
  denseBlock,
  dispose,
  initialize,
  type Module,
  parameters,
  preactivationBottleneck,
  registerGradients,
  selectiveBasicBlock,
} from '@resnetjs/core';
import { formulaInput } from '@resnetjs/testing/formula';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { ConformanceCase } from '../conformance-case.ts';
import { expectClose } from '../expect.ts';
import { slowInPages } from '../skip-reasons.ts';

/** What a block computes on the current backend: its output in training, and every gradient of the sum of its squares. */
async function measure(make: () => Module, input: readonly number[]): Promise<Map<string, ArrayLike<number>>> {
  registerGradients();
  const model = make();
  initialize(model, { seed: 3 });
  const { data, shape } = formulaInput(input);
  const x = tf.tidy(() => tf.variable(tf.tensor4d(data, shape)));
  const learned = [...parameters(model)].filter(([, { trainable }]) => trainable);
  const forward = () => model.forward(x, { seed: 5 });
  const found = new Map<string, ArrayLike<number>>();
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.square(forward())) as tf.Scalar,
    [x, ...learned.map(([, { variable }]) => variable)],
  );
  for (const [name, { name: id }] of [['x', x] as const, ...learned.map(([name, { variable }]) => [name, variable] as const)])
    found.set(`gradient of ${name}`, await (grads[id] as tf.Tensor).data());
  const y = forward();
  found.set('output', await y.data());
  tf.dispose([value, grads, x, y]);
  dispose(model);
  return found;
}

/** Sums in another order, through some ten layers and back. */
const TOLERANCE = 3e-5;

const asOnCpu = (name: string, make: () => Module, input: readonly number[]): ConformanceCase => ({
  name: `${name}: output and gradients as on tfjs' cpu backend`,
  skip: slowInPages,
  run: async () => {
    const backend = tf.getBackend();
    await tf.setBackend('cpu');
    const expected = await measure(make, input).finally(() => tf.setBackend(backend));
    for (const [what, values] of await measure(make, input)) expectClose(what, values, expected.get(what) ?? [], TOLERANCE);
  },
});

/** Blocks of operations that no other case has, or that draw at random. */
export const blocks: readonly ConformanceCase[] = [
  // Its attention has a batch norm over the batch alone: of two samples that leaves only signs.
  asOnCpu('a selective block', () => selectiveBasicBlock(8, 8, { stride: 2 }, {}), [8, 8, 6, 6]),
  asOnCpu(
    'a dense block that computes its layers again for the backward pass',
    () => Object.assign(denseBlock(6, { layers: 2, growth: 4, dropRate: 0.2 }), { checkpointing: true }),
    [2, 6, 5, 5],
  ),
  asOnCpu(
    'a bottleneck with blur, dilation, attention, SiLU and stochastic depth',
    () =>
      bottleneck(8, 4, {
        stride: 2,
        firstDilation: 2,
        dilation: 2,
        antiAlias: 'blur',
        attention: 'eca',
        activation: 'silu',
        stochasticDepth: 0.5,
      }),
    [3, 8, 8, 8],
  ),
  asOnCpu('a pre-activation bottleneck', () => preactivationBottleneck({ inChannels: 8, planes: 4, outChannels: 8 }), [2, 8, 5, 5]),
];
