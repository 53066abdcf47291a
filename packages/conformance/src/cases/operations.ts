import {
  add,
  addRelu,
  averagePool2d,
  batchNorm2d,
  blurPool2d,
  type Conv2DOptions,
  concat,
  conv2d,
  dispose,
  efficientChannelAttention,
  gelu,
  globalAveragePool,
  groupNorm,
  highway,
  identity,
  linear,
  loadStateDict,
  type Mode,
  type Module,
  maxPool2d,
  parameters,
  registerGradients,
  relu,
  sigmoid,
  silu,
  squeezeExcite,
  stateDict,
  upsampleNearest,
  zeroPad,
} from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import reference from '../../golden/operations.json' with { type: 'json' };
import type { ConformanceCase } from '../conformance-case.ts';
import { expectClose } from '../expect.ts';
import { slowInPages } from '../skip-reasons.ts';

interface Stored {
  readonly shape: number[];
  readonly data: number[];
}
type Named = Readonly<Record<string, Stored>>;
interface Reference {
  readonly op: string;
  readonly options: Options;
  readonly mode: 'train' | 'eval';
  readonly inputs: readonly Stored[];
  readonly parameters: Named;
  readonly output: Stored;
  readonly dy: Stored;
  readonly inputGradients: readonly Stored[];
  readonly parameterGradients: Named;
  readonly buffersAfter: Named;
}

type Forward = (inputs: readonly tf.Tensor[], mode: Mode) => tf.Tensor;
type Made = { readonly model?: Module; readonly forward: Forward };

const layer = (model: Module): Made => ({ model, forward: ([x], mode) => model.forward(x as tf.Tensor, mode) });
const map = (f: (x: tf.Tensor) => tf.Tensor): Made => ({ forward: ([x]) => f(x as tf.Tensor) });
const both = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Made => ({ forward: ([a, b]) => f(a as tf.Tensor, b as tf.Tensor) });

interface Options extends Conv2DOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly channels: number;
  readonly groups: number;
  readonly stride: number;
  readonly pixels: number;
  readonly height: number;
  readonly width: number;
}

/** How each operation of the references is made here. */
const make: Readonly<Record<string, (options: Options) => Made>> = {
  conv2d: ({ inChannels, outChannels, ...options }) => layer(conv2d(inChannels, outChannels, options)),
  linear: ({ inFeatures, outFeatures }) => layer(linear(inFeatures, outFeatures)),
  batchNorm: ({ channels }) => layer(batchNorm2d(channels)),
  groupNorm: ({ channels, groups }) => layer(groupNorm(channels, { groups })),
  maxPool: (options) => map(maxPool2d(options)),
  averagePool: (options) => map(averagePool2d(options)),
  blurPool: (options) => map(blurPool2d(options)),
  globalAveragePool: () => map(globalAveragePool),
  relu: () => map(relu),
  sigmoid: () => map(sigmoid),
  silu: () => map(silu),
  gelu: () => map(gelu),
  add: () => both(add),
  addRelu: () => both(addRelu),
  concat: () => ({ forward: (inputs) => concat(inputs) }),
  highway: () => ({ forward: ([h, x, gate]) => highway(h as tf.Tensor, x as tf.Tensor, gate as tf.Tensor) }),
  upsampleNearest: ({ height, width }) => map((x) => upsampleNearest(x, tf.zeros([1, height, width, 1]))),
  zeroPad: ({ pixels }) => map((x) => zeroPad(x, pixels)),
  identity: (size) => map((x) => identity(x, size)),
  squeezeExcite: ({ channels }) => layer(squeezeExcite(channels)),
  efficientChannelAttention: ({ channels }) => layer(efficientChannelAttention(channels)),
};

/** Images are NCHW in the references. */
const toTensor = ({ shape, data }: Stored): tf.Tensor => {
  const x = tf.tensor(data, shape, 'float32');
  return shape.length === 4 ? tf.transpose(x, [0, 2, 3, 1]) : x;
};
const asStored = (x: tf.Tensor): tf.Tensor => (x.rank === 4 ? tf.transpose(x, [0, 3, 1, 2]) : tf.clone(x));

// float32's rounding over sums of a few hundred terms; Winograd's algorithm, which a backend may use, doubles it.
const VALUES = 4e-6;
const GRADIENTS = 6e-6;

/** @returns values by what they are, each with what it must be. */
async function measure({ op, options, mode, inputs, parameters: given, ...expected }: Reference) {
  const { model, forward } = (make[op] as (options: Options) => Made)(options);
  const found: [what: string, actual: ArrayLike<number>, expected: ArrayLike<number>][] = [];
  if (model)
    loadStateDict(model, new Map(Object.entries(given).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }])));
  const learned = model ? [...parameters(model)].filter(([, { trainable }]) => trainable) : [];
  const own: tf.Variable[] = inputs.map((input) => tf.tidy(() => tf.variable(toTensor(input))));
  const output = tf.tidy(() => asStored(forward(own, mode === 'eval' ? 'eval' : { replay: 'train' })));
  found.push(['output', await output.data(), expected.output.data]);
  output.dispose();
  const { value, grads } = tf.tidy(() => {
    const dy = toTensor(expected.dy);
    const loss = () => tf.sum(tf.mul(forward(own, mode), dy)) as tf.Scalar;
    return tf.variableGrads(loss, [...own, ...learned.map(([, { variable }]) => variable)]);
  });
  for (const [i, x] of own.entries()) {
    const gradient = tf.tidy(() => asStored(grads[x.name] as tf.Tensor));
    found.push([`gradient of input ${i}`, await gradient.data(), (expected.inputGradients[i] as Stored).data]);
    gradient.dispose();
  }
  for (const [name, parameter] of learned) {
    const values = (await (grads[parameter.variable.name] as tf.Tensor).data()) as Float32Array;
    found.push([`gradient of ${name}`, parameter.toTorch(values), (expected.parameterGradients[name] as Stored).data]);
  }
  if (model) {
    const dict = await stateDict(model);
    for (const [name, { data }] of Object.entries(expected.buffersAfter)) found.push([name, dict.get(name)?.data ?? [], data]);
    dispose(model);
  }
  tf.dispose([value, grads, own]);
  return found;
}

const shapes = (inputs: readonly Stored[]) => inputs.map(({ shape }) => `[${shape}]`).join(' and ');
const settings = (options: object) =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const references = reference.cases as unknown as readonly Reference[];
const placeAmongItsKind = ({ op }: Reference, i: number) => references.slice(0, i).filter((other) => other.op === op).length;

/** Values and gradients of every operation, against PyTorch's in float64. */
export const operations: readonly ConformanceCase[] = references.map((given, i) => ({
  name: `${given.op} (${settings(given.options)}) of ${shapes(given.inputs)}${given.op === 'batchNorm' ? `, ${given.mode}` : ''}: values and gradients`,
  ...(placeAmongItsKind(given, i) % 3 !== 0 && { skip: slowInPages }),
  run: async () => {
    registerGradients();
    for (const [what, actual, expected] of await measure(given))
      expectClose(what, actual, expected, what === 'output' ? VALUES : GRADIENTS);
  },
}));
