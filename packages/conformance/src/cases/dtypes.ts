import * as core from '@resnetjs/core';
import { dispose, initialize, type Mode, type Module, Parameter } from '@resnetjs/core';
import * as explain from '@resnetjs/explain';
import * as train from '@resnetjs/train';
import * as zoo from '@resnetjs/zoo';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { ConformanceCase } from '../conformance-case.ts';
import { expectSame } from '../expect.ts';
import { slowInPages, slowInSoftware } from '../skip-reasons.ts';

type Shape = readonly number[];

/** A public function ready to be called on tensors; what it returns is the caller's. */
interface Subject {
  readonly shapes: readonly Shape[];
  call(inputs: readonly tf.Tensor[]): tf.Tensor | readonly tf.Tensor[] | Promise<ArrayLike<number>>;
  free?(): void;
}

interface Tried {
  readonly name: string;
  /** What its errors name: the first of our functions that computes with the tensor. */
  readonly names: string;
  readonly make: () => Subject;
}

const IMAGE = [2, 6, 6, 4] as const;
const TRAINING: Mode = { seed: 3 };

const tried = (name: string, make: () => Subject, names = name): Tried => ({ name, names, make });
const map = (name: string, f: (x: tf.Tensor) => tf.Tensor, { shape = IMAGE as Shape, names = name } = {}): Tried =>
  tried(name, () => ({ shapes: [shape], call: ([x]) => f(x as tf.Tensor) }), names);
const both = (name: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, other: Shape = IMAGE): Tried =>
  tried(name, () => ({ shapes: [IMAGE, other], call: ([a, b]) => f(a as tf.Tensor, b as tf.Tensor) }));

/** A part in eval mode and in training, with the gradient of its parameters. */
function part(name: string, make: () => Module, { shape = IMAGE as Shape, names = 'conv2d', mode = TRAINING } = {}): Tried {
  return tried(
    name,
    () => {
      const model = make();
      initialize(model, { seed: 2 });
      const learned = [...core.parameters(model).values()].filter(({ trainable }) => trainable).map(({ variable }) => variable);
      const call = ([x]: readonly tf.Tensor[]): tf.Tensor[] => {
        initialize(model, { seed: 2 }); // training moves statistics
        const results = [model.forward(x as tf.Tensor, 'eval'), model.forward(x as tf.Tensor, mode)];
        if (learned.length === 0) return results;
        const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(model.forward(x as tf.Tensor, mode))) as tf.Scalar, learned);
        return [...results, value, ...Object.values(grads)];
      };
      return { shapes: [shape], call, free: () => dispose(model) };
    },
    names,
  );
}

const bnRelu = () => core.sequential(core.batchNorm2d(4), core.relu);
const tinyNet = () => zoo.cifarResnet({ depth: 8, planes: [4, 4, 4], channels: 4, classes: 3 });

/** Something of a whole network, built and filled. */
const ofNet = (name: string, call: (net: ReturnType<typeof tinyNet>, x: tf.Tensor) => ReturnType<Subject['call']>, names = name): Tried =>
  tried(
    name,
    () => {
      const net = tinyNet();
      initialize(net, { seed: 2 });
      return { shapes: [IMAGE], call: ([x]) => call(net, x as tf.Tensor), free: () => dispose(net) };
    },
    names,
  );

const predictorOf = (name: string, make: (net: Module) => { predictor: core.Predictor }): Tried =>
  tried(
    name,
    () => {
      const net = tinyNet();
      initialize(net, { seed: 2 });
      const { predictor } = make(net);
      // three times: a backend may record the second pass and repeat it
      return {
        shapes: [IMAGE],
        call: ([x]) => [1, 2, 3].map(() => predictor.forward(x as tf.Tensor, 'eval')),
        free: () => {
          predictor.dispose();
          dispose(net);
        },
      };
    },
    'predictor',
  );

const inCore: readonly Tried[] = [
  map('activation', core.activation('silu'), { names: 'silu' }),
  part(
    'activatedNorm',
    () => core.module('rectified', { norm: core.batchNorm2d(4) }, (m, x, mode) => core.activatedNorm(core.relu)(m.norm, x, mode)),
    { names: 'batchNorm' },
  ),
  both('add', core.add),
  both('addRelu', core.addRelu),
  map('asFloats', (x) => tf.tidy(() => tf.clone(core.asFloats('asFloats', x)))),
  map('asPixel', core.asPixel, { shape: [2, 4], names: 'reshape' }),
  map('averagePool2d', core.averagePool2d({ kernel: 3, stride: 2, padding: 1 }), { names: 'averagePool' }),
  part('basicBlock', () => core.basicBlock(4, 8, { stride: 2, shortcut: 'A' })),
  part('batchNorm2d', () => core.batchNorm2d(4), { names: 'batchNorm' }),
  map('blurPool2d', (x) => tf.tidy(() => core.blurPool2d()(x)), { names: 'blur' }),
  part('bottleneck', () => core.bottleneck(4, 2, { stride: 2, groups: 2, groupWidth: 64, attention: 'se' })),
  part('checkpoint', () => core.checkpoint(core.basicBlock(4, 4))),
  part('checkpointBlocks', () => core.checkpointBlocks(core.sequential(core.basicBlock(4, 4), core.basicBlock(4, 4)))),
  part('checkpointSteps', () => core.checkpointSteps(core.sequential(core.basicBlock(4, 4), core.relu), 2)),
  tried('concat', () => ({ shapes: [IMAGE, [2, 6, 6, 3]], call: (inputs) => core.concat(inputs) })),
  part('conv2d', () => core.conv2d(4, 4, { kernel: 3, bias: true })),
  part('denseBlock', () => core.denseBlock(4, { layers: 2, growth: 2 }), { names: 'concat' }),
  part('denseLayer', () => core.denseLayer(4, { growth: 2 }), { names: 'batchNorm' }),
  part('denseResidualBlock', () => core.denseResidualBlock(4), { shape: [2, 4], names: 'linear' }),
  part('dropout', () => core.dropout(0.5), { names: 'dropout' }),
  part('efficientChannelAttention', () => core.efficientChannelAttention(4), { names: 'globalAveragePool' }),
  tried(
    'fastKernel',
    () => ({
      shapes: [IMAGE, IMAGE],
      // Where the backend has none, the operation for which it stands.
      call: ([a, b]) =>
        core.fastKernel('ResNetAddRelu', { a: a as tf.Tensor, b: b as tf.Tensor }, {}) ?? core.addRelu(a as tf.Tensor, b as tf.Tensor),
    }),
    'ddRelu',
  ),
  map('flatten', core.flatten, { names: 'reshape' }),
  map('gelu', core.gelu),
  map('globalAveragePool', core.globalAveragePool),
  part('groupNorm', () => core.groupNorm(4, { groups: 2 }), { names: 'groupNorm' }),
  tried('highway', () => ({ shapes: [IMAGE, IMAGE, IMAGE], call: (x) => core.highway(...(x as [tf.Tensor, tf.Tensor, tf.Tensor])) })),
  part('highwayBlock', () => core.highwayBlock(4)),
  map('identity', (x) => tf.tidy(() => tf.clone(core.identity(x, { inChannels: 4, outChannels: 4, stride: 1 })))),
  part('linear', () => core.linear(4, 3), { shape: [2, 4], names: 'linear' }),
  map('maxPool2d', core.maxPool2d({ kernel: 3, stride: 2, padding: 1 }), { names: 'maxPool' }),
  part('module', () =>
    core.module('two', { a: core.conv2d(4, 4, { kernel: 3 }), b: bnRelu() }, (m, x, mode) => m.b.forward(m.a.forward(x, mode), mode)),
  ),
  tried(
    'operation',
    () => {
      const twice = core.operation({ name: 'twice', shape: ([x = []]) => x, run: ([x]) => tf.mul(x as tf.Tensor, 2) });
      return { shapes: [IMAGE], call: ([x]) => twice([x as tf.Tensor], {}) };
    },
    'twice',
  ),
  predictorOf('optimizeForInference', (net) => ({ predictor: core.optimizeForInference(net, [1, 6, 6, 4]) })),
  part('preactivationBasic', () => core.preactivationBasic({ inChannels: 4, planes: 4, outChannels: 4 }), { names: 'batchNorm' }),
  part('preactivationBottleneck', () => core.preactivationBottleneck({ inChannels: 4, planes: 2, outChannels: 4 }), { names: 'batchNorm' }),
  map('relu', core.relu),
  map('runOperation', (x) => core.runOperation('relu', [x]), { names: 'relu' }),
  part('selectiveBasicBlock', () => core.selectiveBasicBlock(4, 4, {}, {}), { names: 'takeChannels' }),
  part('selectiveBottleneck', () => core.selectiveBottleneck(4, 2, {}, {})),
  part('selectiveKernel', () => core.selectiveKernel(4, 4, {}), { names: 'takeChannels' }),
  part('sequential', () => core.sequential(bnRelu(), core.conv2d(4, 2, { kernel: 1 })), { names: 'batchNorm' }),
  map('sigmoid', core.sigmoid),
  map('silu', core.silu),
  part('squeezeExcite', () => core.squeezeExcite(4), { names: 'globalAveragePool' }),
  part('stochasticDepth', () => core.stochasticDepth(0.5), { names: 'stochastic depth' }),
  both('upsampleNearest', core.upsampleNearest, [2, 9, 12, 1]),
  map('zeroPad', (x) => core.zeroPad(x, 1)),
];

const inZoo: readonly Tried[] = [
  ofNet('cifarResnet', (net, x) => net.forward(x, TRAINING), 'conv2d'),
  tried(
    'createModel',
    () => {
      const model = zoo.createModel('resnet8_cifar', { seed: 1, channels: 4 });
      return { shapes: [IMAGE], call: ([x]) => model.forward(x as tf.Tensor, 'eval'), free: () => dispose(model) };
    },
    'conv2d',
  ),
  ofNet('embedding', (net, x) => zoo.embedding(net, x)),
  tried(
    'featurePyramid',
    () => {
      const net = tinyNet();
      const pyramid = zoo.featurePyramid(net, { channels: 2, inputChannels: 4 });
      for (const made of [net, pyramid]) initialize(made, { seed: 2 });
      const free = () => {
        for (const made of [net, pyramid]) dispose(made);
      };
      return { shapes: [IMAGE], call: ([x]) => pyramid.levels(x as tf.Tensor), free };
    },
    'levels',
  ),
  ofNet('features', (net, x) => zoo.features(net, x)),
  part('mlpResnet', () => zoo.mlpResnet({ blocks: 1, size: 6, channels: 4, features: 3, hidden: 2 }), { names: 'reshape' }),
];

/** A parameter of four values, and how a step of an optimizer changes it by a gradient. */
const stepOf = (name: string, make: (model: Module) => train.Optimizer, names = name): Tried =>
  tried(
    name,
    () => {
      const weight = new Parameter([4], { role: 'weight', initializer: core.constant(1) });
      const model = core.module('one', { weight }, (_, x) => tf.clone(x));
      const optimizer = make(model);
      const call = ([gradient]: readonly tf.Tensor[]): tf.Tensor => {
        weight.assign(new Float32Array(4).fill(1));
        optimizer.dispose();
        optimizer.step(new Map([['weight', gradient as tf.Tensor]]), { learningRate: 0.1 });
        return tf.clone(weight.variable);
      };
      const free = () => {
        optimizer.dispose();
        dispose(model);
      };
      return { shapes: [[4]], call, free };
    },
    names,
  );

const gradientMap = (inputs: readonly tf.Tensor[]) => new Map(inputs.map((x, i) => [String(i), x]));
const LABELS = [0, 1];

const inTrain: readonly Tried[] = [
  stepOf('adamw', (model) => train.adamw(model)),
  tried('binaryCrossEntropy', () => ({ shapes: [[2, 3]], call: ([x]) => train.binaryCrossEntropy(x as tf.Tensor2D, LABELS) })),
  tried('clipByNorm', () => ({
    shapes: [[3], [2, 2]],
    call: (inputs) =>
      tf.tidy(() => [...train.clipByNorm(gradientMap(inputs), 0.5, train.gradientNorm(new Map([['', tf.ones([4])]]))).values()]),
  })),
  tried('crossEntropy', () => ({ shapes: [[2, 3]], call: ([x]) => train.crossEntropy(x as tf.Tensor2D, LABELS) })),
  tried('gradientNorm', () => ({ shapes: [[3], [2, 2]], call: (inputs) => train.gradientNorm(gradientMap(inputs)) })),
  ofNet('gradients', (net, x) => {
    const { loss, grads } = train.gradients(net, x as tf.Tensor4D, LABELS, { seed: 1 });
    return [loss, ...grads.values()];
  }),
  stepOf('lars', (model) => train.lars(model, { momentum: 0.9 })),
  tried('readGradient', () => {
    const parameter = new Parameter([4], { role: 'bias', initializer: core.constant(0) });
    return { shapes: [[4]], call: ([x]) => train.readGradient(x as tf.Tensor, parameter) };
  }),
  stepOf('rmsprop', (model) => train.rmsprop(model)),
  stepOf('sgd', (model) => train.sgd(model, { momentum: 0.9, weightDecay: 0.1 })),
];

/** What of each package is tried, and why nothing else need be. */
export const packages: readonly {
  readonly name: string;
  readonly exports: object;
  readonly tried: readonly Tried[];
  readonly spared: Readonly<Record<string, readonly string[]>>;
}[] = [
  {
    name: 'core',
    exports: core,
    tried: inCore,
    spared: {
      'an error': ['ConfigError', 'DtypeError', 'SeedError', 'ShapeError', 'StateDictError'],
      'takes numbers, names and shapes': [
        ...[
          'constant',
          'formatShape',
          'imageHint',
          'kaimingNormal',
          'linearUniform',
          'matchesName',
          'mix32',
          'normal',
          'seedFor',
          'uniform',
          'Parameter',
        ],
      ],
      'takes a model': [
        ...[
          'dispose',
          'foldedPass',
          'freeze',
          'unfreeze',
          'initialize',
          'loadStateDict',
          'compareStateDict',
          'formatDifferences',
          'moduleList',
          'namedModules',
          'layerGroups',
          'parameterGroups',
          'parameters',
        ],
        ...[
          'idleParameters',
          'registerGradients',
          'residualBlocks',
          'isRemovable',
          'removeBlocks',
          'removedBlocks',
          'skipBlocks',
          'stateDict',
          'summarize',
          'trace',
        ],
      ],
      'takes typed arrays': ['classify', 'storedShape', 'toStored', 'toTorch'],
      'hands on what it is given to a function that it is given': ['gradientsOf', 'recompute', 'runSteps', 'scoped'],
      'asks what a model or a node of a trace is': ['isPredictor', 'rectifies'],
    },
  },
  {
    name: 'zoo',
    exports: zoo,
    tried: inZoo,
    spared: {
      'a network of the same operations as `cifarResnet`': [
        'densenet',
        'highwayNet',
        'preactivationResnet',
        'resnet',
        'resnetV2',
        'resnext',
        'wideResnet',
      ],
      'takes a model, names or shapes': [
        'adaptStateDict',
        'describeFeatures',
        'layerwiseRates',
        'listModels',
        'modelInfo',
        'publishedWeights',
        'replaceHead',
      ],
    },
  },
  {
    name: 'explain',
    exports: explain,
    tried: [],
    spared: {
      'an error': ['ExplainError'],
      'takes typed arrays': [
        ...['deletionInsertion', 'excitingImages', 'explain', 'featureMaps', 'ontoInput', 'ontoPhoto', 'pointsAt'],
        ...['randomizationTest', 'resample'],
        ...['dissect', 'measureGradientNorms', 'measurePathLengths', 'measureResponses', 'measureSimilarity', 'scoreLesions', 'slim'],
      ],
      'takes a model and names': ['filters', 'listLayers', 'maximizeActivation', 'dropAtRandom', 'dropEach', 'orderKept', 'swapAtRandom'],
    },
  },
  {
    name: 'train',
    exports: train,
    tried: inTrain,
    spared: {
      'an error': ['NonFiniteLossError', 'TrainingError'],
      'takes typed arrays': ['evaluate', 'fit', 'lrFind', 'trainStep', 'fineTune'],
      'takes a model, or loaders': ['dropBlocks', 'growDepth', 'stagedLoader'],
      'takes numbers and names': [
        ...[
          'byEpoch',
          'chained',
          'constantRate',
          'cosine',
          'duration',
          'multiStep',
          'oneCycle',
          'oneCycleMomentum',
          'plateau',
          'polynomial',
        ],
        ...[
          'progressLine',
          'sequenced',
          'stepDecay',
          'warmUp',
          'bestEpoch',

          'stepsIn',
          'survival',
          'stateFromJson',
          'stateToJson',
          'partOf',
        ],
      ],
      'takes a model, or what a training run is told': [
        ...[
          'checkpointing',
          'earlyStopping',
          'ema',
          'freezeBatchNorms',
          'latestSnapshot',
          'layerGroups',
          'optimizer',
          'progress',
          'unfreezing',
        ],
      ],
    },
  },
];

/** Whole numbers from -3 to 4, or 0 and 1. */
const valuesOf = (dtype: 'int32' | 'bool', size: number): number[] =>
  Array.from({ length: size }, (_, i) => (dtype === 'bool' ? ((i * 5) % 3) % 2 : (((i * 7) % 11) % 8) - 3));

const made = (shapes: readonly Shape[], dtype: 'int32' | 'bool', as: 'int32' | 'bool' | 'float32'): tf.Tensor[] =>
  shapes.map((shape) => tf.tensor(valuesOf(dtype, tf.util.sizeFromShape([...shape])), [...shape], as));

async function read(result: ReturnType<Subject['call']>): Promise<ArrayLike<number>[]> {
  if (result instanceof Promise) return [await result];
  const tensors = result instanceof tf.Tensor ? [result] : result;
  const values: ArrayLike<number>[] = [];
  for (const x of tensors) values.push(await x.data());
  tf.dispose([...tensors]);
  return values;
}

async function expectAsFloats({ name }: Tried, subject: Subject, dtype: 'int32' | 'bool'): Promise<void> {
  const results: ArrayLike<number>[][] = [];
  for (const as of ['float32', dtype] as const) {
    const inputs = made(subject.shapes, dtype, as);
    const before = tf.memory().numTensors;
    results.push(await read(subject.call(inputs)));
    expectSame(`${name}, ${as}: tensors left over`, [tf.memory().numTensors - before], [0]);
    tf.dispose(inputs);
  }
  const [expected = [], actual = []] = results;
  expectSame(`${name}: number of results`, [actual.length], [expected.length]);
  for (const [i, values] of actual.entries()) expectSame(`${name} of ${dtype}, result ${i}`, values, expected[i] as ArrayLike<number>);
}

/** Tensors that no backend computes with; some cannot even make complex ones. */
async function unusable(shapes: readonly Shape[], dtype: 'string' | 'complex64'): Promise<tf.Tensor[]> {
  const size = (shape: Shape) => tf.util.sizeFromShape([...shape]);
  if (dtype === 'string') return shapes.map((shape) => tf.tensor(new Array<string>(size(shape)).fill('a'), [...shape], 'string'));
  const backend = tf.getBackend();
  await tf.setBackend('cpu');
  const inputs = shapes.map((shape) => tf.tidy(() => tf.complex(tf.ones([...shape]), tf.zeros([...shape]))));
  await tf.setBackend(backend);
  return inputs;
}

async function expectRefusal({ name, names }: Tried, subject: Subject, dtype: 'string' | 'complex64'): Promise<void> {
  const inputs = await unusable(subject.shapes, dtype);
  const before = tf.memory().numTensors;
  const call = async () => read(subject.call(inputs));
  const error = await call().then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  if (!(error instanceof core.DtypeError) || !error.message.includes(`${names}: `) || !error.message.includes(dtype))
    throw new Error(`${name} of ${dtype}: expected a DtypeError that names '${names}' and the type, but got ${error ?? 'a result'}`);
  expectSame(`${name} of ${dtype}: tensors left over`, [tf.memory().numTensors - before], [0]);
  tf.dispose(inputs);
}

/** Of many operations, each of which is tried by itself: slow to compile for a GPU that is a program. */
const OF_MANY = new Set([
  ...[
    'basicBlock',
    'bottleneck',
    'checkpoint',
    'checkpointBlocks',
    'checkpointSteps',
    'cifarResnet',
    'createModel',
    'denseBlock',
    'denseLayer',
  ],
  ...['denseResidualBlock', 'embedding', 'featurePyramid', 'features', 'gradients', 'highwayBlock', 'mlpResnet', 'optimizeForInference'],
  ...['preactivationBasic', 'preactivationBottleneck', 'selectiveBasicBlock', 'selectiveBottleneck', 'selectiveKernel'],
]);

/** Every public function that takes tensors, with every type that a tensor may have. */
export const dtypes: readonly ConformanceCase[] = packages.flatMap(({ name: from, tried: entries }) =>
  entries.map((entry) => ({
    name: `${entry.name} of ${from}: int32 and bool are as their values in float32, text and complex numbers are refused`,
    skip: OF_MANY.has(entry.name) ? slowInSoftware : slowInPages,
    run: async () => {
      core.registerGradients();
      const subject = entry.make();
      // What is made once and kept, filters in another form for instance, is made here.
      const inputs = made(subject.shapes, 'int32', 'float32');
      await read(subject.call(inputs));
      tf.dispose(inputs);
      try {
        for (const dtype of ['int32', 'bool'] as const) await expectAsFloats(entry, subject, dtype);
        for (const dtype of ['string', 'complex64'] as const) await expectRefusal(entry, subject, dtype);
      } finally {
        subject.free?.();
      }
    },
  })),
);
