/** Weights of a network that anyone can load by its name. */
export interface PublishedWeights {
  /** On the Hugging Face hub: `timm/resnet50.tv2_in1k`. */
  readonly repository: string;
  /**
   * SPDX identifier: what timm states for these weights, or its default, Apache-2.0, where their card was not read. Read the card before
   * you pass them on.
   */
  readonly licence: string;
  /** Accuracy on ImageNet-1k's validation images in percent, where a figure was published, and whose it is. */
  readonly top1?: number;
  readonly source?: string;
}

interface Line extends Omit<PublishedWeights, 'repository'> {
  /** What follows the network's name in the repository's: which recipe and data. */
  readonly tag: string;
}

/** torchvision's weights, as timm keeps them; the figure is in torchvision's own table of weights. */
const torchvision = (tag: 'tv_in1k' | 'tv2_in1k', top1: number): Line => ({
  tag,
  licence: 'BSD-3-Clause',
  top1,
  source: `torchvision IMAGENET1K_V${tag === 'tv2_in1k' ? 2 : 1}`,
});

/** timm's own weights and those of others that it keeps. Its model cards say Apache-2.0 where its tables say nothing else. */
const timm = (tag: string, top1?: number, crop?: number, licence = 'Apache-2.0'): Line => ({
  tag,
  licence,
  ...(top1 !== undefined && { top1, source: `timm's results, crop of ${crop}` }),
});

/** The weights that a network's name alone stands for: of those with a published figure the best; without one, timm's first. */
const LINES: Readonly<Record<string, Line>> = {
  resnet18: torchvision('tv_in1k', 69.758),
  resnet34: torchvision('tv_in1k', 73.314),
  resnet50: torchvision('tv2_in1k', 80.858),
  resnet101: torchvision('tv2_in1k', 81.886),
  resnet152: torchvision('tv2_in1k', 82.284),
  resnet26: timm('bt_in1k', 75.298, 224),
  resnet50_gn: timm('a1h_in1k', 80.074, 224),
  wide_resnet50_2: torchvision('tv2_in1k', 81.602),
  wide_resnet101_2: torchvision('tv2_in1k', 82.51),
  resnext50_32x4d: torchvision('tv2_in1k', 81.198),
  resnext101_32x8d: torchvision('tv2_in1k', 82.834),
  resnext101_64x4d: torchvision('tv_in1k', 83.246),
  resnext101_32x4d: timm('gluon_in1k', 80.336, 224),
  resnext101_32x16d: timm('fb_wsl_ig1b_ft_in1k', 84.166, 224, 'CC-BY-NC-4.0'),
  resnext101_32x32d: timm('fb_wsl_ig1b_ft_in1k', 85.09, 224, 'CC-BY-NC-4.0'),
  resnext50d_32x4d: timm('bt_in1k', 79.672, 224),
  resnet10t: timm('c3_in1k', 66.724, 176),
  resnet14t: timm('c3_in1k', 71.318, 176),
  resnet18d: timm('ra2_in1k', 72.296, 224),
  resnet34d: timm('ra2_in1k', 77.108, 224),
  resnet26d: timm('bt_in1k', 76.698, 224),
  resnet26t: timm('ra2_in1k', 77.878, 256),
  resnet50c: timm('gluon_in1k', 78.016, 224),
  resnet50d: timm('ra2_in1k', 80.546, 224),
  resnet50s: timm('gluon_in1k', 78.71, 224),
  resnet101c: timm('gluon_in1k', 79.542, 224),
  resnet101d: timm('ra2_in1k', 82.254, 256),
  resnet101s: timm('gluon_in1k', 80.278, 224),
  resnet152c: timm('gluon_in1k', 79.904, 224),
  resnet152d: timm('ra2_in1k', 83.16, 256),
  resnet152s: timm('gluon_in1k', 81.048, 224),
  resnet200d: timm('ra2_in1k', 83.25, 256),
  seresnet50: timm('ra2_in1k', 80.26, 224),
  seresnet152d: timm('ra2_in1k', 83.702, 256),
  seresnext26d_32x4d: timm('bt_in1k', 77.592, 224),
  seresnext26t_32x4d: timm('bt_in1k', 77.98, 224),
  seresnext50_32x4d: timm('racm_in1k', 81.268, 224),
  seresnext101_32x4d: timm('gluon_in1k', 80.886, 224),
  seresnext101_32x8d: timm('ah_in1k', 83.618, 224),
  seresnext101d_32x8d: timm('ah_in1k', 83.702, 224),
  seresnext101_64x4d: timm('gluon_in1k', 80.884, 224),
  senet154: timm('gluon_in1k', 81.258, 224),
  ecaresnet26t: timm('ra2_in1k', 78.894, 256),
  ecaresnet50d: timm('miil_in1k', 80.634, 224),
  ecaresnet50t: timm('ra2_in1k', 81.45, 256),
  ecaresnetlight: timm('miil_in1k', 80.454, 224),
  ecaresnet101d: timm('miil_in1k', 82.18, 224),
  ecaresnet269d: timm('ra2_in1k', 84.724, 320),
  resnetblur50: timm('bt_in1k', 79.306, 224),
  resnetaa50: timm('a1h_in1k', 80.614, 224),
  resnetaa50d: timm('sw_in12k_ft_in1k'),
  resnetaa101d: timm('sw_in12k_ft_in1k'),
  seresnextaa101d_32x8d: timm('ah_in1k', 83.9, 224),
  seresnextaa201d_32x8d: timm('sw_in12k_ft_in1k_384'),
  skresnet18: timm('ra_in1k', 73.02, 224),
  skresnet34: timm('ra_in1k', 76.956, 224),
  skresnext50_32x4d: timm('ra_in1k', 80.168, 224),
  resnetrs50: timm('tf_in1k', 77.858, 160),
  resnetrs101: timm('tf_in1k', 80.706, 192),
  resnetrs152: timm('tf_in1k', 82.9, 256),
  resnetrs200: timm('tf_in1k', 83.884, 256),
  resnetrs270: timm('tf_in1k', 83.596, 256),
  resnetrs350: timm('tf_in1k', 84.304, 288),
  resnetrs420: timm('tf_in1k', 84.24, 320),
  resnetv2_18: timm('ra4_e3600_r224_in1k', 73.572, 224),
  resnetv2_18d: timm('ra4_e3600_r224_in1k', 74.422, 224),
  resnetv2_34: timm('ra4_e3600_r224_in1k', 77.626, 224),
  resnetv2_34d: timm('ra4_e3600_r224_in1k', 78.27, 224),
  resnetv2_50: timm('a1h_in1k', 80.41, 224),
  resnetv2_101: timm('a1h_in1k', 82.042, 224),
  resnetv2_50d_gn: timm('ah_in1k', 80.8, 224),
  resnetv2_50x1_bit: timm('goog_distilled_in1k', 82.82, 224),
  resnetv2_50x3_bit: timm('goog_in21k_ft_in1k'),
  resnetv2_101x1_bit: timm('goog_in21k_ft_in1k'),
  resnetv2_101x3_bit: timm('goog_in21k_ft_in1k'),
  resnetv2_152x2_bit: timm('goog_teacher_in21k_ft_in1k', 82.918, 224),
  resnetv2_152x4_bit: timm('goog_in21k_ft_in1k'),
  densenet121: torchvision('tv_in1k', 74.434),
  densenet161: torchvision('tv_in1k', 77.138),
  densenet169: torchvision('tv_in1k', 75.6),
  densenet201: torchvision('tv_in1k', 76.896),
  densenetblur121d: timm('ra_in1k', 76.574, 224),
};

/** Names of the networks whose weights can be had by name alone. */
export const PUBLISHED_NAMES: readonly string[] = Object.keys(LINES);

/** The published weights that a network's name alone stands for; `undefined` where this knows of none. */
export function publishedWeights(name: string): PublishedWeights | undefined {
  if (!Object.hasOwn(LINES, name)) return undefined;
  const { tag, ...facts } = LINES[name] as Line;
  return { repository: `timm/${name}.${tag}`, ...facts };
}
