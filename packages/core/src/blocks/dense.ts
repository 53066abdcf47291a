import type { Tensor } from '@tensorflow/tfjs-core';
import { activatedNorm, batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { dropout } from '../layers/dropout.ts';
import type { Mode } from '../mode.ts';
import { type Module, module, type Parts, scoped } from '../module.ts';
import { isModule } from '../named-modules.ts';
import { relu } from '../ops/activations.ts';
import { concat } from '../ops/joining.ts';
import { recompute } from '../recompute.ts';

const rectified = activatedNorm(relu);

export interface DenseLayerOptions {
  /** Channels that the layer adds: the paper's k. */
  readonly growth: number;
  /** Channels of the 1x1 bottleneck in multiples of `growth`; 0 leaves it out. */
  readonly bottleneck?: number;
  /** Probability of dropping a new value. */
  readonly dropRate?: number;
}

/** Norm, ReLU, 1x1 convolution to a bottleneck, norm, ReLU, 3x3 convolution: `[N,H,W,inChannels]` to `[N,H,W,growth]`. */
export function denseLayer(inChannels: number, { growth, bottleneck = 4, dropRate = 0 }: DenseLayerOptions): Module {
  const width = bottleneck * growth;
  const drop = dropRate === 0 ? undefined : dropout(dropRate);
  if (width === 0)
    return module(
      'dense layer',
      { norm1: batchNorm2d(inChannels), conv1: conv2d(inChannels, growth, { kernel: 3 }), drop },
      (m, x, mode) => {
        const h = m.conv1.forward(rectified(m.norm1, x, mode), mode);
        return m.drop ? m.drop.forward(h, mode) : h;
      },
    );
  return module(
    'dense layer',
    {
      norm1: batchNorm2d(inChannels),
      conv1: conv2d(inChannels, width, { kernel: 1 }),
      norm2: batchNorm2d(width),
      conv2: conv2d(width, growth, { kernel: 3 }),
      drop,
    },
    (m, x, mode) => {
      let h = m.conv1.forward(rectified(m.norm1, x, mode), mode);
      h = m.conv2.forward(rectified(m.norm2, h, mode), mode);
      return m.drop ? m.drop.forward(h, mode) : h;
    },
  );
}

export interface DenseBlockOptions extends DenseLayerOptions {
  readonly layers: number;
}

export interface DenseBlock extends Module {
  /**
   * Whether training keeps only each layer's `growth` new channels and runs the layer again in the backward pass. Off at
   * first. Kept whole, the inputs of a block's layers grow with the square of their number.
   *
   * @see Pleiss et al. 2017, https://arxiv.org/abs/1707.06990
   */
  checkpointing: boolean;
}

/**
 * Layers that each see what all before them made: `[N,H,W,inChannels]` to `[N,H,W,inChannels + layers*growth]`.
 *
 * @see Huang et al. 2017, https://arxiv.org/abs/1608.06993
 */
export function denseBlock(inChannels: number, { layers, ...options }: DenseBlockOptions): DenseBlock {
  const made = Array.from({ length: layers }, (_, i) => denseLayer(inChannels + i * options.growth, options));
  const named: Parts = Object.fromEntries(made.map((layer, i) => [`${LAYER}${i + 1}`, layer]));
  return module('dense block', { ...named, checkpointing: false as boolean }, (m, x, mode) => {
    const features: Tensor[] = [x];
    for (const layer of layersOf(m)) {
      const forward = (inputs: readonly Tensor[], pass: Mode) => scoped(x, () => layer.forward(concat(inputs), pass));
      features.push(m.checkpointing ? recompute([...features], { parts: [layer], mode, forward }) : forward(features, mode));
    }
    return concat(features);
  });
}

const LAYER = 'denselayer';

const layersOf = (block: Module): Module[] =>
  Object.entries(block).flatMap(([key, part]) => (key.startsWith(LAYER) && isModule(part) ? [part] : []));
