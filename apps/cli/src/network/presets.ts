import { cifar10Colours, cifarImagenetColours, imagenet, imagenetV2, type PreprocessingSpec } from '@resnetjs/data';
import type { Manifest, Preprocessing } from '@resnetjs/weights';
import { CommandError } from '../command-error.ts';

/** Ways to prepare images, by the name that `--preset` takes. */
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
 * A manifest's preprocessing, as the data package takes it.
 *
 * @throws CommandError for what it cannot do, all at once.
 */
export function specOf(file: string, { resize, crop, interpolation, mean, std }: Preprocessing): PreprocessingSpec {
  const faults: string[] = [];
  const side = (what: string, extent: Preprocessing['resize']): number => {
    if (typeof extent === 'number') return extent;
    if (Array.isArray(extent) && extent[0] === extent[1]) return extent[0];
    faults.push(`${what} must be one number but is ${JSON.stringify(extent)}`);
    return 0;
  };
  const colours = (what: string, values: readonly number[]): PreprocessingSpec['mean'] => {
    const [red, green, blue] = values;
    if (values.length !== 3) faults.push(`${what} must be three numbers but are ${values.length}`);
    return [red as number, green as number, blue as number];
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
    throw new CommandError(
      `${file}: the manifest's preprocessing cannot be done here: ${faults.join('; ')}. Choose another with --preset.`,
    );
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
