import { denseResidualBlock, flatten, formatShape, imageHint, linear, relu, ShapeError, sequential } from '@resnetjs/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Backbone, backbone } from './backbone.ts';
import { refuse, share, unknownNames, wholeNumber } from './config-faults.ts';

/** Everything that makes a residual network of linear layers. Plain JSON. */
export interface MlpResNetConfig {
  /** Residual blocks of two layers. */
  readonly blocks: number;
  /** Height and width of the images; 1 for feature vectors. */
  readonly size?: number;
  /** Channels of the images, or features of the vectors. */
  readonly channels?: number;
  readonly features?: number;
  /** Features of the layer inside a block. */
  readonly hidden?: number;
  /** Probability of dropping a feature on its way into a block's branch. */
  readonly dropRate?: number;
  /** Whether a ReLU follows each block's sum. */
  readonly relu?: boolean;
  readonly classes?: number;
}

const DEFAULTS = { size: 1, channels: 1024, features: 1024, hidden: 512, dropRate: 0, relu: true, classes: 10 } as const;

/**
 * A residual network without convolutions: a linear layer, residual blocks of two, a linear layer.
 * `[N,channels]`, or `[N,size,size,channels]`, to `[N,classes]`.
 *
 * @throws ConfigError listing every invalid option.
 */
export function mlpResnet(config: MlpResNetConfig): Backbone {
  const full = { ...DEFAULTS, ...config };
  refuse('mlpResnet', [
    ...unknownNames(full, ['blocks', ...Object.keys(DEFAULTS)]),
    ...(['blocks', 'size', 'channels', 'features', 'hidden', 'classes'] as const).map((name) => wholeNumber(name, full[name])),
    share('dropRate', full.dropRate),
  ]);
  const { blocks, size, channels, features, classes, ...block } = full;
  const parts = {
    input: linear(size * size * channels, features),
    blocks: sequential(...Array.from({ length: blocks }, () => denseResidualBlock(features, block))),
    fc: linear(features, classes),
  };
  return backbone('mlp resnet', parts, {
    config,
    stem: (m, x, mode) => relu(m.input.forward(flatten(checked(x, full)), mode)),
    stages: ['blocks'],
    embed: (_, last) => flatten(last),
    head: (m, embedding, mode) => m.fc.forward(embedding, mode),
  });
}

/** In a row, an image in another order has as many values: its form says which it is. */
function checked(x: Tensor, { size, channels }: Required<MlpResNetConfig>): Tensor {
  const { shape } = x;
  const inARow = shape.length === 2 && shape[1] === size * size * channels;
  if (!inARow && !(shape.length === 4 && shape[1] === size && shape[2] === size && shape[3] === channels))
    throw new ShapeError(
      `mlpResnet: expected [N,${size},${size},${channels}] or [N,${size * size * channels}] but received ${formatShape(shape)}.${imageHint(shape, channels)}`,
    );
  return x;
}

/** For CIFAR-10 as pixels in a row: no published network, but what convolutions are compared with. */
export const mlpResnets = {
  mlp_resnet10_cifar: { config: { blocks: 4, size: 32, channels: 3 } },
} as const satisfies Record<string, { config: MlpResNetConfig }>;
