import * as tf from '@tensorflow/tfjs';

/** A small network with what it is trained on: the shape of an example, and the loss. */
export interface ModelCase {
  readonly name: string;
  readonly inputShape: readonly number[];
  /** Whole numbers below this instead of floats. */
  readonly vocabulary?: number;
  readonly loss?: string;
  readonly optimizer?: () => tf.Optimizer;
  /** Layers on the input, each with initializers of its own seed. */
  build(input: tf.SymbolicTensor, seed: () => number): tf.SymbolicTensor;
}

type Layer = tf.layers.Layer;
type Make = (seeds: Seeds) => Layer;
interface Seeds {
  kernel(): ReturnType<typeof tf.initializers.randomUniform>;
}

const seedsOf = (next: () => number): Seeds => ({
  kernel: () => tf.initializers.randomUniform({ minval: -0.7, maxval: 0.7, seed: next() }),
});

/** One layer, then as many numbers as classes. */
const one = (name: string, inputShape: readonly number[], make: Make, more: Partial<ModelCase> = {}): ModelCase => ({
  name,
  inputShape,
  build: (input, next) => head(make(seedsOf(next)).apply(input) as tf.SymbolicTensor, next),
  ...more,
});

const CLASSES = 3;

function head(x: tf.SymbolicTensor, next: () => number): tf.SymbolicTensor {
  const flat = x.shape.length > 2 ? (tf.layers.flatten().apply(x) as tf.SymbolicTensor) : x;
  return tf.layers.dense({ units: CLASSES, kernelInitializer: seedsOf(next).kernel() }).apply(flat) as tf.SymbolicTensor;
}

/** Activations by name that tfjs-layers has, and the layers of activations. */
const ACTIVATIONS = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
] as const;

const LOSSES = [
  'meanSquaredError',
  'meanAbsoluteError',
  'meanAbsolutePercentageError',
  'meanSquaredLogarithmicError',
  'hinge',
  'squaredHinge',
  'categoricalHinge',
  'logcosh',
  'kullbackLeiblerDivergence',
  'poisson',
  'cosineProximity',
  'categoricalCrossentropy',
  'binaryCrossentropy',
] as const;

const OPTIMIZERS: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.05),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5),
};

const MERGES: Readonly<Record<string, (args?: object) => Layer>> = {
  add: tf.layers.add,
  average: tf.layers.average,
  concatenate: tf.layers.concatenate as (args?: object) => Layer,
  maximum: tf.layers.maximum,
  minimum: tf.layers.minimum,
  multiply: tf.layers.multiply,
};

const image = [6, 5, 2] as const;
const sequence = [5, 3] as const;
const volume = [4, 5, 4, 1] as const;

const paddings = ['valid', 'same'] as const;
const windows = [
  { kernelSize: [3, 3] as [number, number], strides: [1, 1] as [number, number] },
  { kernelSize: [1, 3] as [number, number], strides: [2, 2] as [number, number] },
  { kernelSize: [2, 2] as [number, number], strides: [2, 1] as [number, number] },
];

// conv3dTranspose, dilated conv2d and causal conv1d are left out: tfjs has no gradients of them.
const convolutions = (): ModelCase[] => [
  ...paddings.flatMap((padding) => [
    ...windows.flatMap(({ kernelSize, strides }): ModelCase[] => {
      const shape = { kernelSize, strides, padding };
      const text = `${kernelSize.join('x')} by ${strides.join('x')}, ${padding}`;
      return [
        one(`conv2d ${text}`, image, ({ kernel }) =>
          tf.layers.conv2d({ filters: 3, ...shape, activation: 'relu', kernelInitializer: kernel() }),
        ),
        one(`depthwiseConv2d ${text}`, image, ({ kernel }) =>
          tf.layers.depthwiseConv2d({ depthMultiplier: 2, ...shape, depthwiseInitializer: kernel() }),
        ),
        one(`separableConv2d ${text}`, image, ({ kernel }) =>
          tf.layers.separableConv2d({ filters: 3, ...shape, depthwiseInitializer: kernel(), pointwiseInitializer: kernel() }),
        ),
        one(`conv2dTranspose ${text}`, image, ({ kernel }) =>
          tf.layers.conv2dTranspose({ filters: 2, ...shape, kernelInitializer: kernel() }),
        ),
      ];
    }),
    one(`conv1d ${padding}`, sequence, ({ kernel }) =>
      tf.layers.conv1d({ filters: 3, kernelSize: 3, padding, kernelInitializer: kernel() }),
    ),
    one(`conv3d ${padding}`, volume, ({ kernel }) =>
      tf.layers.conv3d({ filters: 2, kernelSize: 2, strides: 2, padding, kernelInitializer: kernel() }),
    ),
  ]),
];

const pooling = (): ModelCase[] => [
  // tfjs' gradient of an average that reaches into padding is wrong on its cpu backend.
  one('averagePooling1d', sequence, () => tf.layers.averagePooling1d({ poolSize: 2 })),
  one('averagePooling2d', image, () => tf.layers.averagePooling2d({ poolSize: [2, 3], strides: [1, 2] })),
  one('averagePooling3d', volume, () => tf.layers.averagePooling3d({ poolSize: 2, strides: 1 })),
  ...paddings.flatMap((padding) => [
    one(`maxPooling1d ${padding}`, sequence, () => tf.layers.maxPooling1d({ poolSize: 2, padding })),
    one(`maxPooling2d ${padding}`, image, () => tf.layers.maxPooling2d({ poolSize: [3, 2], strides: [2, 1], padding })),
    one(`maxPooling3d ${padding}`, volume, () => tf.layers.maxPooling3d({ poolSize: 2, strides: 1, padding })),
  ]),
  one('globalAveragePooling1d', sequence, () => tf.layers.globalAveragePooling1d({})),
  one('globalAveragePooling2d', image, () => tf.layers.globalAveragePooling2d({})),
  one('globalMaxPooling1d', sequence, () => tf.layers.globalMaxPooling1d({})),
  one('globalMaxPooling2d', image, () => tf.layers.globalMaxPooling2d({})),
];

const recurrent = (): ModelCase[] =>
  [true, false].flatMap((returnSequences) => [
    one(`simpleRNN ${returnSequences}`, sequence, ({ kernel }) =>
      tf.layers.simpleRNN({ units: 3, returnSequences, kernelInitializer: kernel(), recurrentInitializer: kernel() }),
    ),
    one(`lstm ${returnSequences}`, sequence, ({ kernel }) =>
      tf.layers.lstm({ units: 3, returnSequences, kernelInitializer: kernel(), recurrentInitializer: kernel() }),
    ),
    one(`gru ${returnSequences}`, sequence, ({ kernel }) =>
      tf.layers.gru({ units: 3, returnSequences, kernelInitializer: kernel(), recurrentInitializer: kernel() }),
    ),
    one(`bidirectional lstm ${returnSequences}`, sequence, ({ kernel }) =>
      tf.layers.bidirectional({
        layer: tf.layers.lstm({ units: 2, returnSequences, kernelInitializer: kernel(), recurrentInitializer: kernel() }) as never,
        mergeMode: returnSequences ? 'concat' : 'sum',
      }),
    ),
  ]);

const rest = (): ModelCase[] => [
  one('batchNormalization', image, () => tf.layers.batchNormalization()),
  one('batchNormalization of vectors', [4], () => tf.layers.batchNormalization()),
  one('layerNormalization', image, () => tf.layers.layerNormalization()),
  one('layerNormalization over two axes', image, () => tf.layers.layerNormalization({ axis: [2, 3] })),
  one('embedding', [4], ({ kernel }) => tf.layers.embedding({ inputDim: 7, outputDim: 3, embeddingsInitializer: kernel() }), {
    vocabulary: 7,
  }),
  one('embedding with a mask', [4], ({ kernel }) => tf.layers.embedding({ inputDim: 7, outputDim: 3, embeddingsInitializer: kernel() }), {
    vocabulary: 7,
  }),
  one('dropout', [6], () => tf.layers.dropout({ rate: 0.4, seed: 5 })),
  one('upSampling2d', image, () => tf.layers.upSampling2d({ size: [2, 2] })),
  one('upSampling2d, bilinear', [4, 4, 2], () => tf.layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })),
  one('zeroPadding2d', image, () =>
    tf.layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 1],
      ],
    }),
  ),
  one('cropping2D', image, () =>
    tf.layers.cropping2D({
      cropping: [
        [1, 1],
        [1, 0],
      ],
    }),
  ),
  one('permute', sequence, () => tf.layers.permute({ dims: [2, 1] })),
  one('reshape', sequence, () => tf.layers.reshape({ targetShape: [3, 5] })),
  one('repeatVector', [4], () => tf.layers.repeatVector({ n: 3 })),
  one('masking', sequence, () => tf.layers.masking({ maskValue: 0 })),
  one('timeDistributed dense', sequence, ({ kernel }) =>
    tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2, kernelInitializer: kernel() }) }),
  ),
  one('leakyReLU', [5], () => tf.layers.leakyReLU({ alpha: 0.2 })),
  one('prelu', image, () => tf.layers.prelu({ alphaInitializer: tf.initializers.constant({ value: 0.3 }) })),
  one('prelu with shared axes', image, () =>
    tf.layers.prelu({ sharedAxes: [1, 2], alphaInitializer: tf.initializers.constant({ value: 0.3 }) }),
  ),
  one('thresholdedReLU', [5], () => tf.layers.thresholdedReLU({ theta: 0.3 })),
  one('layer of elu', [5], () => tf.layers.elu({ alpha: 1 })),
  one('layer of softmax', [5], () => tf.layers.softmax()),
  one('dense with regularizers and constraints', [5], ({ kernel }) =>
    tf.layers.dense({
      units: 4,
      kernelInitializer: kernel(),
      kernelRegularizer: tf.regularizers.l1l2({ l1: 0.01, l2: 0.01 }),
      kernelConstraint: tf.constraints.maxNorm({ maxValue: 1, axis: 0 }),
    }),
  ),
  {
    name: 'dot of two branches',
    inputShape: [4],
    build: (input, next) => {
      const branches = [0, 1].map(
        () => tf.layers.dense({ units: 3, kernelInitializer: seedsOf(next).kernel() }).apply(input) as tf.SymbolicTensor,
      );
      return head(tf.layers.dot({ axes: 1 }).apply(branches) as tf.SymbolicTensor, next);
    },
  },
];

/** Every variation, in this order. */
export const MODELS: readonly ModelCase[] = [
  ...convolutions(),
  ...pooling(),
  ...recurrent(),
  ...rest(),
  ...ACTIVATIONS.map((activation) =>
    one(`dense, ${activation}`, [5], ({ kernel }) => tf.layers.dense({ units: 4, activation, kernelInitializer: kernel() })),
  ),
  ...Object.entries(MERGES).map(
    ([name, merge]): ModelCase => ({
      name: `merge by ${name}`,
      inputShape: [4],
      build: (input, next) => {
        const branches = [0, 1].map(
          () => tf.layers.dense({ units: 3, kernelInitializer: seedsOf(next).kernel() }).apply(input) as tf.SymbolicTensor,
        );
        return head(merge({}).apply(branches) as tf.SymbolicTensor, next);
      },
    }),
  ),
  ...LOSSES.map((loss) =>
    one(`loss ${loss}`, [5], ({ kernel }) => tf.layers.dense({ units: 4, activation: 'sigmoid', kernelInitializer: kernel() }), { loss }),
  ),
  ...Object.entries(OPTIMIZERS).map(([name, optimizer]) =>
    one(`optimizer ${name}`, [5], ({ kernel }) => tf.layers.dense({ units: 4, activation: 'tanh', kernelInitializer: kernel() }), {
      optimizer,
    }),
  ),
];
