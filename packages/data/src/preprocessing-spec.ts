import type { PerChannel } from './normalize.ts';
import type { Interpolation } from './resample-weights.ts';

/** How images were prepared for a network. Plain JSON: it travels in a checkpoint's manifest. */
export interface PreprocessingSpec {
  /** The shorter side becomes this long, in pixels. */
  readonly resize: number;
  /** Side of the middle square that is kept, in pixels. */
  readonly crop: number;
  readonly interpolation: Interpolation;
  /** Of channels scaled to 0..1. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

const IMAGENET_COLOURS = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** torchvision's classic ImageNet evaluation (`IMAGENET1K_V1`). */
export const imagenet = { resize: 256, crop: 224, interpolation: 'bilinear', ...IMAGENET_COLOURS } as const satisfies PreprocessingSpec;

/** Evaluation of torchvision's newer recipes (`IMAGENET1K_V2`). */
export const imagenetV2 = { resize: 232, crop: 224, interpolation: 'bilinear', ...IMAGENET_COLOURS } as const satisfies PreprocessingSpec;

/** 32x32 images, with the colours of CIFAR-10's training set. */
export const cifar10Colours = {
  resize: 32,
  crop: 32,
  interpolation: 'bilinear',
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
} as const satisfies PreprocessingSpec;

/** 32x32 images with ImageNet's colours, as many published CIFAR checkpoints were trained. */
export const cifarImagenetColours = {
  resize: 32,
  crop: 32,
  interpolation: 'bilinear',
  ...IMAGENET_COLOURS,
} as const satisfies PreprocessingSpec;
