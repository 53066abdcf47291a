import { createModel } from '@resnetjs/zoo';
import { BROKEN_POLICY } from '../left-out.ts';
import { readSizes, readSurvival } from './learn-sooner.ts';
import { number, numbers, oneOf, type RecipeField, share, text, whole, yesOrNo } from './recipe-field.ts';

const network = (value: unknown): string => {
  const name = text(value);
  try {
    createModel(name);
  } catch (error) {
    throw new RangeError((error as Error).message.replace(/listModels\(\) has all/, '`resnet models` lists all'));
  }
  return name;
};

/** Text that another reader takes apart, kept as it is written. */
const readable =
  (read: (value: unknown) => unknown) =>
  (value: unknown): string => {
    read(value);
    return String(value);
  };

const DATA = 'Data:';
const TRAINING = 'Training:';
const OPTIMIZER = 'Optimizer:';
const FINE_TUNING = 'Fine-tuning:';
const SOONER = 'Less work at first:';
const AUGMENTATION = 'Augmentation and regularization:';

/** Everything that a recipe may say, by its key. */
export const RECIPE_FIELDS = {
  model: {
    flags: '-m, --model <name>',
    group: TRAINING,
    help: 'network (default: resnet20_cifar for small images, resnet18 for photos)',
    parse: network,
  },
  size: {
    flags: '--size <pixels>',
    group: DATA,
    help: "side of the images the network gets (default: the images' own if small, else 224)",
    parse: whole(8),
  },
  split: {
    flags: '--split <share>',
    group: DATA,
    help: 'share of the images held out to validate on where there is no val folder (default: 0.2)',
    parse: number({ from: 0, to: 0.9 }),
  },
  validateOn: {
    flags: '--validate-on <part>',
    group: DATA,
    help: 'val or test: test images measure what is chosen without them, so they are taken only where this says so (default: val)',
    parse: oneOf('val', 'test'),
  },
  broken: {
    flags: '--broken <what>',
    group: DATA,
    help: 'with images that cannot be read: skip leaves them out and says so, fail ends at the first (default: skip)',
    parse: oneOf('skip', 'fail'),
  },
  maxBroken: {
    flags: '--max-broken <share>',
    group: DATA,
    help: 'end where more images than that cannot be read; a single one is let pass, unless it is 0 (default: 1%)',
    parse: share,
  },
  epochs: { flags: '-e, --epochs <n>', group: TRAINING, help: 'passes through the images (default: 10)', parse: whole(1) },
  maxSteps: { flags: '--max-steps <n>', group: TRAINING, help: 'end after so many steps; the schedule is fitted to them', parse: whole(1) },
  batchSize: {
    flags: '-b, --batch-size <n>',
    group: TRAINING,
    help: 'images in a step (default: 128 small ones, 32 photos)',
    parse: whole(1),
  },
  accumulate: { flags: '--accumulate <n>', group: TRAINING, help: 'batches whose gradients make one step (default: 1)', parse: whole(1) },
  checkpointing: {
    flags: '--checkpointing <n>',
    group: TRAINING,
    help: 'for very deep networks: keep only what enters every n-th block, compute the rest again',
    parse: whole(1),
  },
  seed: { flags: '--seed <n>', group: TRAINING, help: 'decides first weights, order and augmentation (default: 0)', parse: whole(0) },
  patience: { flags: '--patience <epochs>', group: TRAINING, help: 'stop after so many epochs without a better accuracy', parse: whole(1) },
  best: { flags: '--best', group: TRAINING, help: 'end with the weights of the epoch of best accuracy', parse: yesOrNo },
  optimizer: {
    flags: '--optimizer <name>',
    group: OPTIMIZER,
    help: 'sgd, adamw, rmsprop or lars (default: sgd)',
    parse: oneOf('sgd', 'adamw', 'rmsprop', 'lars'),
  },
  lr: {
    flags: '--lr <rate>',
    group: OPTIMIZER,
    help: 'highest learning rate (default: 0.1 for sgd, 0.001 else)',
    parse: number({ from: 0, above: true }),
  },
  schedule: {
    flags: '--schedule <name>',
    group: OPTIMIZER,
    help: 'one-cycle, cosine, linear, step, plateau or constant (default: one-cycle)',
    parse: oneOf('one-cycle', 'cosine', 'linear', 'step', 'plateau', 'constant'),
  },
  peakAt: {
    flags: '--peak-at <share>',
    group: OPTIMIZER,
    help: 'where one-cycle is highest (default: 0.3)',
    parse: number({ from: 0, to: 0.99, above: true }),
  },
  anneal: {
    flags: '--anneal <curve>',
    group: OPTIMIZER,
    help: "one-cycle's curve: cosine or linear (default: cosine)",
    parse: oneOf('cosine', 'linear'),
  },
  div: { flags: '--div <n>', group: OPTIMIZER, help: 'one-cycle begins this many times lower (default: 25)', parse: number({ from: 1 }) },
  finalDiv: {
    flags: '--final-div <n>',
    group: OPTIMIZER,
    help: 'and ends so many times lower than it began (default: 10000)',
    parse: number({ from: 1 }),
  },
  milestones: { flags: '--milestones <epochs>', group: OPTIMIZER, help: 'when step falls (default: at 50 % and 75 %)', parse: numbers },
  warmUp: { flags: '--warm-up <epochs>', group: OPTIMIZER, help: 'rise to the rate for so long first', parse: number({ from: 0 }) },
  momentum: {
    flags: '--momentum <m>',
    group: OPTIMIZER,
    help: 'of sgd, rmsprop and lars (default: 0.9)',
    parse: number({ from: 0, to: 0.9999 }),
  },
  nesterov: { flags: '--no-nesterov', group: OPTIMIZER, help: "plain instead of Nesterov's momentum", parse: yesOrNo },
  weightDecay: {
    flags: '--weight-decay <n>',
    group: OPTIMIZER,
    help: '(default: 0.0005 for sgd, 0.05 for adamw)',
    parse: number({ from: 0 }),
  },
  decayAll: {
    flags: '--decay-all',
    group: OPTIMIZER,
    help: 'weight decay on norms and biases too, as torch does by default',
    parse: yesOrNo,
  },
  clip: { flags: '--clip <norm>', group: OPTIMIZER, help: 'longest gradient', parse: number({ from: 0, above: true }) },
  survival: {
    flags: '--survival <p>',
    group: SOONER,
    help: 'stochastic depth: the probability that a batch trains the last block, less for none before it; 0.5, or 0.2..1 from the first step to the last. What is left out costs no time',
    parse: readable(readSurvival),
  },
  grow: {
    flags: '--grow <epochs>',
    group: SOONER,
    help: 'begin with one block a stage, and add the others as identities before these epochs: 2,4',
    parse: numbers,
  },
  progressive: {
    flags: '--progressive <sizes>',
    group: SOONER,
    help: 'smaller images first, for equally many epochs each: 128,176; with batch sizes: 128:64,176:48',
    parse: readable(readSizes),
  },
  augment: {
    flags: '--augment <name>',
    group: AUGMENTATION,
    help: 'none, standard (random crops), randaugment, trivialaugment or autoaugment on top of them (default: standard)',
    parse: oneOf('none', 'standard', 'randaugment', 'trivialaugment', 'autoaugment'),
  },
  flip: { flags: '--no-flip', group: AUGMENTATION, help: 'never mirror images (never done to digits)', parse: yesOrNo },
  mixup: { flags: '--mixup <alpha>', group: AUGMENTATION, help: 'blend pairs of images', parse: number({ from: 0, above: true }) },
  cutmix: {
    flags: '--cutmix <alpha>',
    group: AUGMENTATION,
    help: 'paste pieces of images into others',
    parse: number({ from: 0, above: true }),
  },
  labelSmoothing: {
    flags: '--label-smoothing <share>',
    group: AUGMENTATION,
    help: 'spread so much of each label over all classes',
    parse: number({ from: 0, to: 1 }),
  },
  ema: {
    flags: '--ema <decay>',
    group: AUGMENTATION,
    help: 'average the weights, and use the averages',
    parse: number({ from: 0, to: 0.99999 }),
  },
  weights: {
    flags: '-w, --weights <file>',
    group: TRAINING,
    help: 'checkpoint to begin with: train goes on with the whole network, finetune gives it a new head (its default: the ResNet-20 for CIFAR-10 that comes with this)',
    parse: text,
  },
  frozenEpochs: {
    flags: '--frozen-epochs <n>',
    group: FINE_TUNING,
    help: 'epochs in which the new head alone learns, before the others (default: 1)',
    parse: whole(0),
  },
  rateSpread: {
    flags: '--rate-spread <n>',
    group: FINE_TUNING,
    help: 'the first layers learn so many times slower than the head (default: 100)',
    parse: number({ from: 1 }),
  },
  gradual: { flags: '--gradual', group: FINE_TUNING, help: 'unfreeze one stage more each frozen epoch', parse: yesOrNo },
} as const satisfies Record<string, RecipeField<unknown>>;

/** Entries that mean something to fine-tuning alone. */
export const FINE_TUNING_KEYS = ['frozenEpochs', 'rateSpread', 'gradual'] as const;

/** Entries that mean something where a network begins from nothing. */
export const SOONER_KEYS = ['survival', 'grow', 'progressive'] as const;

type Fields = typeof RECIPE_FIELDS;

/** What a recipe says; the rest is chosen by the data. */
export type RecipeChoices = { readonly [K in keyof Fields]?: ReturnType<Fields[K]['parse']> };

type Optional =
  | 'validateOn'
  | 'checkpointing'
  | 'maxSteps'
  | 'patience'
  | 'milestones'
  | 'clip'
  | 'mixup'
  | 'cutmix'
  | 'ema'
  | 'weights'
  | (typeof SOONER_KEYS)[number]
  | (typeof FINE_TUNING_KEYS)[number];

/** A whole recipe: what decides what a training comes to, with the data. Plain JSON. */
export type Recipe = { readonly [K in Exclude<keyof Fields, Optional>]: ReturnType<Fields[K]['parse']> } & {
  readonly [K in Optional]?: ReturnType<Fields[K]['parse']>;
} & { readonly data: string };

/** What is known of the data when a recipe is completed. */
export interface DataFacts {
  readonly data: string;
  /** Longer side of an image. */
  readonly side: number;
  /** Whether a mirrored image means the same. */
  readonly mirrors: boolean;
}

/** Larger images are photos: they are cropped at random sizes, and seen at 224 pixels. */
export const SMALL_SIDE = 96;

/** Fills in what was not chosen. */
export function completeRecipe(choices: RecipeChoices, { data, side, mirrors }: DataFacts): Recipe {
  const size = choices.size ?? (side <= SMALL_SIDE ? side : 224);
  const small = size <= SMALL_SIDE;
  const { optimizer = 'sgd' } = choices;
  return {
    data,
    model: small ? 'resnet20_cifar' : 'resnet18',
    split: 0.2,
    ...BROKEN_POLICY,
    epochs: 10,
    batchSize: small ? 128 : 32,
    accumulate: 1,
    seed: 0,
    best: false,
    lr: optimizer === 'sgd' ? 0.1 : optimizer === 'lars' ? 1 : 0.001,
    schedule: 'one-cycle',
    peakAt: 0.3,
    anneal: 'cosine',
    div: 25,
    finalDiv: 1e4,
    warmUp: 0,
    momentum: 0.9,
    nesterov: optimizer === 'sgd' && choices.momentum !== 0,
    weightDecay: optimizer === 'adamw' ? 0.05 : 5e-4,
    decayAll: false,
    augment: 'standard',
    labelSmoothing: 0,
    ...choices,
    optimizer,
    flip: mirrors && choices.flip !== false,
    size,
  };
}
