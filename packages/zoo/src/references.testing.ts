import { readdirSync, readFileSync } from 'node:fs';
import { formulaInput, type Golden, golden } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Backbone } from './backbone.ts';
import { createModel, densenet, highwayNet, preactivationResnet, resnet, wideResnet } from './index.ts';

const NETWORKS = [
  'resnet18',
  'resnet50',
  'resnet50d',
  'seresnet50',
  'resnext50_32x4d',
  'resnet20_cifar',
  'plain20_cifar',
  'densenet121',
  'resnetv2_50',
  // Small images and ten classes, so that every option is met at little cost.
  'resnet26t',
  'resnet26d_output_stride8',
  'resnetrs50',
  'seresnext26d_32x4d',
  'ecaresnet26t',
  'resnetblur18',
  'resnetblur18_output_stride16',
  'resnetaa34d',
  'skresnet18',
  'densenetblur121d',
];

// Families of which no library has the small networks: each kind of their blocks once. And SENet-154 with a block or two a stage.
const small = { layers: [2, 3, 2], growth: 4, stemChannels: 8, stem: 'cifar', classes: 10 } as const;
const SMALL: Record<string, () => Backbone> = {
  densenet_small: () => densenet({ ...small, bottleneck: 0, compression: 1 }),
  densenet_bc_small: () => densenet(small),
  highway_small: () =>
    highwayNet({
      layers: [
        [8, 8, 12, 12],
        [16, 16],
        [16, 24, 24],
      ],
    }),
  preact_basic20: () => preactivationResnet({ depth: 20, block: 'basic' }),
  preact_bottleneck20: () => preactivationResnet({ depth: 20, block: 'bottleneck' }),
  wrn10_2: () => wideResnet({ depth: 10, width: 2 }),
  'senet154_layers1-1-2-1': () =>
    resnet({
      ...{ block: 'bottleneck', layers: [1, 1, 2, 1], groups: 64, groupWidth: 4, reduceFirst: 2, projectionKernel: 3 },
      ...{ attention: 'se', stem: 'deep', stemWidth: 64, classes: 10 },
    }),
};

// RESNETJS_GOLDENS names a folder of more files of the same form, for those who check a release against all of timm.
const more = process.env.RESNETJS_GOLDENS;
export const MORE = more ? readdirSync(more).filter((file) => file.endsWith('.json')) : [];
export const REFERENCES: [string, Golden][] = [
  ...[...NETWORKS, ...Object.keys(SMALL)].map((file): [string, Golden] => [file, golden(file)]),
  ...MORE.map((file): [string, Golden] => [file, JSON.parse(readFileSync(`${more}/${file}`, 'utf8')) as Golden]),
];

/** A golden's network, without values. */
export function referenceModel(file: string, { model, options }: Golden): Backbone {
  const { output_stride: outputStride, num_classes: classes } = options ?? {};
  return SMALL[file]?.() ?? createModel(model, { classes, outputStride: outputStride as 8 | 16 | 32 | undefined });
}

/** Images filled by the formula. @param shape `[N,C,H,W]`, as goldens have it */
export function referenceImage(shape: readonly number[]): tf.Tensor4D {
  const { data, shape: nhwc } = formulaInput(shape);
  return tf.tensor4d(data, nhwc);
}
