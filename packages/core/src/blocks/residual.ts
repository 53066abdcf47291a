import type { Tensor } from '@tensorflow/tfjs-core';
import { keptFactor, passOn, type StochasticDepth, stochasticDepth as stochasticDepthOf } from '../layers/dropout.ts';
import { efficientChannelAttention } from '../layers/efficient-channel-attention.ts';
import { averagePool2d, blurPool2d } from '../layers/pool.ts';
import { squeezeExcite } from '../layers/squeeze-excite.ts';
import type { Mode } from '../mode.ts';
import type { Module } from '../module.ts';
import { activation as activationOf } from '../ops/activations.ts';
import { add, addRelu } from '../ops/joining.ts';
import type { BlockOptions } from './options.ts';
import { type BlockShortcut, runBlock } from './residual-block.ts';
import { identity, projection, type ShortcutSize } from './shortcut.ts';

/** The parts with which a block ends, in the order of checkpoints. */
export interface ResidualParts {
  readonly se?: Module;
  readonly downsample?: Module;
  readonly drop_path?: StochasticDepth;
  skipped: boolean;
}

export interface Residual {
  readonly parts: ResidualParts;
  readonly shortcut: BlockShortcut;
  /** activation(gate(branch) + shortcut of x); the branch is run only if it counts. */
  join(m: ResidualParts, branch: () => Tensor, x: Tensor, mode: Mode): Tensor;
}

/** Where a block's residual meets its shortcut: the gate before, the projection, the sum and the activation after it. */
export function residual(
  size: ShortcutSize,
  {
    shortcut = 'B',
    activation = 'relu',
    attention,
    attentionRatio,
    stochasticDepth = 0,
    stochasticDepthUnit: unit = 'sample',
    ...options
  }: BlockOptions,
): Residual {
  const downsample = projection(shortcut, size, options);
  const activate = activationOf(activation);
  const parts = {
    ...(attention === 'se' && { se: squeezeExcite(size.outChannels, attentionRatio) }),
    ...(attention === 'eca' && { se: efficientChannelAttention(size.outChannels) }),
    ...(downsample && { downsample }),
    ...(stochasticDepth > 0 && { drop_path: stochasticDepthOf(stochasticDepth, { unit }) }),
    skipped: false,
  };
  const plain = shortcut === 'none';
  const resizes = size.stride !== 1 || size.inChannels !== size.outChannels;
  const around = (m: ResidualParts, x: Tensor, mode: Mode) => (m.downsample ? m.downsample.forward(x, mode) : identity(x, size));
  return {
    parts,
    shortcut: {
      kind: plain ? 'none' : downsample ? 'projection' : resizes ? 'padded' : 'identity',
      resizes,
      parts: downsample ? ['downsample'] : [],
    },
    join: (m, branch, x, mode) =>
      runBlock(m, mode, {
        whole() {
          let h = branch();
          if (m.se) h = m.se.forward(h, mode);
          const factor = !plain && activation === 'relu' && m.drop_path ? keptFactor(m.drop_path, h, mode) : undefined;
          if (m.drop_path && factor === undefined) h = m.drop_path.forward(h, mode);
          if (plain) return activate(h);
          const kept = around(m, x, mode);
          if (activation !== 'relu') return activate(add(h, kept));
          return addRelu(h, kept, factor === undefined ? {} : { factor });
        },
        ...(!plain && { dropped: () => activate(around(m, x, mode)) }),
        skipped: () => (m.downsample || resizes ? activate(around(m, x, mode)) : passOn('skipped block', x)),
      }),
  };
}

/** How a block subsamples: in its convolution, or after it where aliasing is to be kept out. */
export interface Subsampling {
  readonly convStride: number;
  /** What follows the convolution's activation. */
  readonly subsample: (x: Tensor) => Tensor;
}

/** As timm: also where a dilation takes a stride's place, there at stride 1. */
export function subsampling({ stride = 1, antiAlias, dilation = 1, firstDilation = dilation }: BlockOptions): Subsampling {
  if (!antiAlias || (stride === 1 && firstDilation === dilation)) return { convStride: stride, subsample: (x) => x };
  if (antiAlias === 'blur') return { convStride: 1, subsample: blurPool2d({ stride }) };
  return { convStride: 1, subsample: stride === 1 ? (x) => x : averagePool2d({ kernel: stride }) };
}

/** The first scale of the norm at a residual's end. */
export const lastNorm = ({ zeroInitResidual = false }: BlockOptions): { readonly scale: number } => ({ scale: zeroInitResidual ? 0 : 1 });
