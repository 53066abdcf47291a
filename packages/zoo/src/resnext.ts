import type { Backbone } from './backbone.ts';
import { type ResNetConfig, resnet } from './resnet.ts';

/** A ResNet of bottlenecks whose 3x3 convolutions see only their own group of channels. Plain JSON. */
export type ResNeXtConfig = Omit<ResNetConfig, 'block' | 'groups' | 'groupWidth'> & {
  /** Cardinality: the 32 of ResNeXt-50 (32x4d). */
  readonly groups: number;
  /** Channels of a group in the first stage: the 4 of ResNeXt-50 (32x4d). */
  readonly groupWidth: number;
};

/**
 * Aggregated residual transformations: two numbers more than a ResNet. `[N,H,W,channels]` to `[N,classes]`.
 *
 * @throws ConfigError listing every invalid option.
 * @see Xie et al. 2016, table 1, https://arxiv.org/abs/1611.05431
 */
export const resnext = (config: ResNeXtConfig): Backbone => resnet({ ...config, block: 'bottleneck' });
