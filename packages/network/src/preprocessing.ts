import { cifar10Colours, cifarImagenetColours, imagenet, imagenetV2, type PreprocessingSpec } from '@resnetjs/data';
import type { Manifest, Preprocessing } from '@resnetjs/weights';
import { NetworkError } from './network-error.ts';

/** Ways to prepare images, by name. */
export const PRESETS = {
  imagenet,
  'imagenet-v2': imagenetV2,
  'cifar-imagenet': cifarImagenetColours,
  cifar10: cifar10Colours,
} as const satisfies Record<string, PreprocessingSpec>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** What most published checkpoints of networks for such images were trained with; ImageNet's colours serve for CIFAR too. */
export const likelyPreset = (inputSize: number): PresetName => (inputSize === 32 ? 'cifar-imagenet' : 'imagenet');

/**
 * A preset as a network of so many channels takes it: a grey image is weighed by the mean of what the three colours are.
 */
export function presetOf(name: PresetName, channels = 3): PreprocessingSpec {
  const preset = PRESETS[name];
  return channels === 1 ? { ...preset, mean: grey(preset.mean), std: grey(preset.std) } : preset;
}

function grey([red, green, blue]: PreprocessingSpec['mean']): PreprocessingSpec['mean'] {
  const value = Number(((red + green + blue) / 3).toFixed(6));
  return [value, value, value];
}

/**
 * A manifest's preprocessing, as the data package takes it. One mean and one deviation, of a grey image, stand for all channels.
 *
 * @throws NetworkError for what it cannot do, all at once.
 */
export function specOf({ resize, crop, interpolation, mean, std }: Preprocessing): PreprocessingSpec {
  const faults: string[] = [];
  const side = (what: string, extent: Preprocessing['resize']): number => {
    if (typeof extent === 'number') return extent;
    if (Array.isArray(extent) && extent[0] === extent[1]) return extent[0];
    faults.push(`${what} must be one number but is ${JSON.stringify(extent)}`);
    return 0;
  };
  const colours = (what: string, values: readonly number[]): PreprocessingSpec['mean'] => {
    const [red = 0, green = red, blue = red] = values;
    if (values.length !== 3 && values.length !== 1) faults.push(`${what} must be three numbers but are ${values.length}`);
    return [red, green, blue];
  };
  if (interpolation === 'nearest') faults.push('interpolation must be bilinear, bicubic or lanczos but is nearest');
  const spec = {
    resize: side('resize', resize),
    crop: side('crop', crop),
    interpolation: interpolation as PreprocessingSpec['interpolation'],
    mean: colours('mean', mean),
    std: colours('std', std),
  };
  if (faults.length > 0)
    throw new NetworkError(`the manifest's preprocessing cannot be done here: ${faults.join('; ')}.`, {
      advice: 'Choose another with { preprocessing }.',
    });
  return spec;
}

/** The same as a manifest's field. */
export const toManifest = ({ resize, crop, interpolation, mean, std }: PreprocessingSpec): NonNullable<Manifest['preprocessing']> => ({
  resize,
  crop,
  interpolation,
  mean: [...mean],
  std: [...std],
});
