import { type Manifest, parseManifest } from '@resnetjs/weights';

/** Weights and the manifest that was given with them. */
export interface WeightsFiles {
  readonly weights: File;
  readonly manifest?: Manifest;
}

/**
 * Sorts out which of the files are the weights and which is their manifest.
 *
 * @throws Error or CheckpointError naming what is wrong.
 */
export async function readWeightsFiles(files: readonly File[]): Promise<WeightsFiles> {
  const manifests = files.filter(({ name }) => name.toLowerCase().endsWith('.json'));
  const [weights, ...others] = files.filter((file) => !manifests.includes(file));
  const [manifest] = manifests;
  if (!weights) throw new Error(`${manifest?.name}: a manifest says what weights are of; choose or drop it together with them.`);
  if (others.length > 0) throw new Error(`One file of weights at a time, but ${others.length + 1} came.`);
  if (!manifest) return { weights };
  return { weights, manifest: parseManifest(parsed(await manifest.text(), manifest.name), manifest.name) };
}

function parsed(json: string, name: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new Error(`${name}: not JSON (${(cause as Error).message}).`, { cause });
  }
}
