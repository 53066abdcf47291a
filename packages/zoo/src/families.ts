import { CIFAR_RESNET_OPTIONS, type CifarResNetConfig, cifarResnet, cifarResnets, cifarResnexts } from './cifar.ts';
import { cifarDensenets, densenet, densenets } from './densenet.ts';
import { type Family, family, type Variant } from './family.ts';
import { highwayNet, highwayNets } from './highway.ts';
import { type MlpResNetConfig, mlpResnet, mlpResnets } from './mlp.ts';
import { preactivationResnet, preactivationResnets } from './preact.ts';
import { RESNET_OPTIONS, type ResNetConfig, resnet } from './resnet.ts';
import {
  antiAliasedResnets,
  ecaResnets,
  resnets,
  resnexts,
  rsResnets,
  seResnets,
  skResnets,
  trickResnets,
  wideImagenetResnets,
} from './resnet-variants.ts';
import { resnetV2, resnetV2s } from './resnetv2.ts';
import { wideResnet, wideResnets } from './wide.ts';

const imagenetResnets = (variants: Readonly<Record<string, Variant<ResNetConfig>>>, paper: string) =>
  family({ build: resnet, variants, inputSize: 224, paper, options: RESNET_OPTIONS });

const cifarNetworks = (variants: Readonly<Record<string, Variant<CifarResNetConfig>>>, paper: string) =>
  family({ build: cifarResnet, variants, inputSize: 32, paper, options: CIFAR_RESNET_OPTIONS });

/** Every family of the zoo, with its paper. */
export const families: readonly Family[] = [
  imagenetResnets(resnets, 'https://arxiv.org/abs/1512.03385'),
  imagenetResnets(wideImagenetResnets, 'https://arxiv.org/abs/1605.07146'),
  imagenetResnets(resnexts, 'https://arxiv.org/abs/1611.05431'),
  imagenetResnets(trickResnets, 'https://arxiv.org/abs/1812.01187'),
  imagenetResnets(seResnets, 'https://arxiv.org/abs/1709.01507'),
  imagenetResnets(ecaResnets, 'https://arxiv.org/abs/1910.03151'),
  imagenetResnets(antiAliasedResnets, 'https://arxiv.org/abs/1904.11486'),
  imagenetResnets(skResnets, 'https://arxiv.org/abs/1903.06586'),
  imagenetResnets(rsResnets, 'https://arxiv.org/abs/2103.07579'),
  cifarNetworks(cifarResnets, 'https://arxiv.org/abs/1512.03385'),
  cifarNetworks(cifarResnexts, 'https://arxiv.org/abs/1611.05431'),
  family({
    build: resnetV2,
    variants: resnetV2s,
    inputSize: 224,
    paper: 'https://arxiv.org/abs/1603.05027',
    options: ['dropRate', 'outputStride', 'stochasticDepth', 'stochasticDepthUnit'],
  }),
  family({
    build: preactivationResnet,
    variants: preactivationResnets,
    inputSize: 32,
    paper: 'https://arxiv.org/abs/1603.05027',
    options: ['dropRate'],
  }),
  family({ build: wideResnet, variants: wideResnets, inputSize: 32, paper: 'https://arxiv.org/abs/1605.07146', options: ['dropRate'] }),
  family({
    build: densenet,
    variants: densenets,
    inputSize: 224,
    paper: 'https://arxiv.org/abs/1608.06993',
    options: ['antiAlias', 'dropRate'],
  }),
  family({
    build: densenet,
    variants: cifarDensenets,
    inputSize: 32,
    paper: 'https://arxiv.org/abs/1608.06993',
    options: ['dropRate'],
  }),
  family({ build: highwayNet, variants: highwayNets, inputSize: 32, paper: 'https://arxiv.org/abs/1505.00387', options: [] }),
  family<MlpResNetConfig>({
    build: mlpResnet,
    variants: mlpResnets,
    inputSize: 32,
    paper: 'https://arxiv.org/abs/1512.03385',
    options: ['dropRate'],
  }),
];
