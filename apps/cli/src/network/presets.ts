import type { PreprocessingSpec } from '@resnetjs/data';
import { NetworkError, specOf as specOfManifest } from '@resnetjs/network';
import type { Preprocessing } from '@resnetjs/weights';
import { CommandError } from '../command-error.ts';

export { likelyPreset, PRESET_NAMES, PRESETS, type PresetName, toManifest } from '@resnetjs/network';

/**
 * A manifest's preprocessing, as the data package takes it.
 *
 * @throws CommandError for what it cannot do, all at once.
 */
export function specOf(file: string, preprocessing: Preprocessing): PreprocessingSpec {
  try {
    return specOfManifest(preprocessing);
  } catch (cause) {
    throw cause instanceof NetworkError ? new CommandError(`${file}: ${cause.message}`, { cause }) : cause;
  }
}
