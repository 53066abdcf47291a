import {
  type Activation,
  type AntiAlias,
  activatedNorm,
  activation,
  averagePool2d,
  blurPool2d,
  conv2d,
  type Mode,
  type Module,
  maxPool2d,
  type NormLayer,
  sequential,
} from '@resnetjs/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** How a ResNet for photographs starts. */
export interface StemOptions {
  /** Of the input. */
  readonly channels: number;
  /** `'7x7'`: one convolution to 64 channels; `'deep'`: three of 3x3 to twice `stemWidth`; `'tiered'`: the same, the first narrower. */
  readonly stem: '7x7' | 'deep' | 'tiered';
  readonly stemWidth: number;
  /** What halves the image after it. */
  readonly stemPool: 'max' | 'convolution';
  readonly antiAlias?: AntiAlias | undefined;
  readonly activation: Activation;
  readonly normalize: NormLayer;
}

export interface Stem {
  readonly parts: { readonly conv1: Module; readonly bn1: Module; readonly maxpool?: Module };
  readonly outChannels: number;
  /** `[N,H,W,channels]` to `[N,H/4,W/4,outChannels]`. */
  forward(m: Stem['parts'], x: Tensor, mode: Mode): Tensor;
}

/**
 * The stem of a ResNet, its parts named as timm's.
 *
 * @see He et al. 2018, figure 2b (deep), https://arxiv.org/abs/1812.01187
 */
export function stem({ channels, stem: kind, stemWidth, stemPool, antiAlias, activation: name, normalize }: StemOptions): Stem {
  const activate = activation(name);
  const outChannels = kind === '7x7' ? 64 : 2 * stemWidth;
  const first = kind === 'tiered' ? 3 * Math.floor(stemWidth / 4) : stemWidth;
  const conv = (inC: number, outC: number, stride = 1) => conv2d(inC, outC, { kernel: 3, stride });
  const conv1 =
    kind === '7x7'
      ? conv2d(channels, outChannels, { kernel: 7, stride: 2 })
      : sequential(
          conv(channels, first, 2),
          normalize(first),
          activate,
          conv(first, stemWidth),
          normalize(stemWidth),
          activate,
          conv(stemWidth, outChannels),
        );
  const blurred = blurPool2d();
  const maxpool =
    stemPool === 'convolution' &&
    (antiAlias
      ? sequential(
          conv(outChannels, outChannels),
          antiAlias === 'blur' ? blurred : averagePool2d({ kernel: 2 }),
          normalize(outChannels),
          activate,
        )
      : sequential(conv(outChannels, outChannels, 2), normalize(outChannels), activate));
  const pool = stemPooling(antiAlias);
  return {
    parts: { conv1, bn1: normalize(outChannels), ...(maxpool && { maxpool }) },
    outChannels,
    forward(m, x, mode) {
      const h = activatedNorm(activate)(m.bn1, m.conv1.forward(x, mode), mode); // [N,112,112,64] of 224
      return m.maxpool ? m.maxpool.forward(h, mode) : pool(h);
    },
  };
}

/** What halves the image at the end of a stem. */
export function stemPooling(antiAlias: AntiAlias | undefined): (x: Tensor) => Tensor {
  if (!antiAlias) return maxPool2d({ kernel: 3, stride: 2, padding: 1 });
  if (antiAlias === 'average') return averagePool2d({ kernel: 2 });
  const dense = maxPool2d({ kernel: 3, stride: 1, padding: 1 });
  const blur = blurPool2d();
  return (x) => blur(dense(x));
}
