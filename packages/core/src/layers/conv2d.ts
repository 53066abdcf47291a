import { ConfigError } from '../errors.ts';
import { type Initializer, kaimingNormal, linearUniform } from '../initializer.ts';
import { type Module, module } from '../module.ts';
import { conv2d as convolve, standardizedConv2d } from '../ops/convolution/conv2d.ts';
import { checkWhole, square } from '../ops/window.ts';
import { Parameter } from '../parameter.ts';

export interface Conv2DOptions {
  /** Height and width of the filter. */
  readonly kernel: number;
  readonly stride?: number;
  /** Pixels of zeros on every side; by default what keeps the size at stride 1. */
  readonly padding?: number;
  readonly dilation?: number;
  /** Must divide both channel counts. */
  readonly groups?: number;
  /** How the filter is drawn first; He-normal by default. */
  readonly initializer?: Initializer;
  /** Off by default: a batch norm follows. `true` draws it as torch does. */
  readonly bias?: boolean | Initializer;
  /**
   * Weight standardization: each output channel's filter is brought to mean 0 and variance 1 before it is used, with
   * this added to its variance. Off by default.
   *
   * @see Qiao et al. 2019, https://arxiv.org/abs/1903.10520
   */
  readonly standardize?: number;
}

export interface Conv2D extends Module {
  readonly weight: Parameter;
  readonly bias?: Parameter;
}

/**
 * A square convolution, `[N,H,W,inChannels]` to `[N,H',W',outChannels]`.
 *
 * @throws ConfigError if `groups` does not divide the channels, or a size is not a whole number that a window can have; an even kernel needs an explicit `padding`.
 */
export function conv2d(
  inChannels: number,
  outChannels: number,
  {
    kernel,
    stride = 1,
    dilation = 1,
    padding = (dilation * (kernel - 1)) / 2,
    groups = 1,
    bias = false,
    initializer,
    standardize,
  }: Conv2DOptions,
): Conv2D {
  checkWhole('conv2d', { inChannels, outChannels, kernel, groups }, 1);
  if (inChannels % groups || outChannels % groups)
    throw new ConfigError(`conv2d: ${groups} groups do not divide ${inChannels} input and ${outChannels} output channels.`);
  const shape = [outChannels, inChannels / groups, kernel, kernel];
  const attributes = { ...square({ stride, padding, dilation }, 'conv2d'), groups };
  const kind = `conv ${kernel}x${kernel}${stride > 1 ? ` /${stride}` : ''}${dilation > 1 ? ` dilated ${dilation}` : ''}${groups > 1 ? ` in ${groups} groups` : ''}`;
  const drawn = bias === true ? linearUniform((inChannels / groups) * kernel * kernel) : bias;
  return module(
    kind,
    {
      weight: new Parameter(shape, { layout: 'OIHW', role: 'weight', initializer: initializer ?? kaimingNormal(shape) }),
      ...(drawn && { bias: new Parameter([outChannels], { role: 'bias', initializer: drawn }) }),
    },
    (m, x) => {
      const inputs = m.bias ? [x, m.weight, m.bias] : [x, m.weight];
      return standardize === undefined ? convolve(inputs, attributes) : standardizedConv2d(inputs, { ...attributes, epsilon: standardize });
    },
  );
}
