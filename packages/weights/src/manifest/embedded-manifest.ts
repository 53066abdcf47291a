import { CheckpointError } from '../checkpoint-error.ts';
import { type Manifest, parseManifest } from './manifest.ts';

/** The key in safetensors' `__metadata__`, and in ONNX's `metadata_props`, that holds the manifest as JSON, so that a single file suffices. */
export const MANIFEST_KEY = 'resnetjs.manifest';

export const embedManifest = (manifest: Manifest): Record<string, string> => ({ [MANIFEST_KEY]: JSON.stringify(manifest) });

/**
 * The manifest within a file, of its metadata.
 *
 * @throws CheckpointError if there is one and it is not a manifest.
 */
export function embeddedManifest(metadata: ReadonlyMap<string, string>, file: string): Manifest | undefined {
  const json = metadata.get(MANIFEST_KEY);
  return json === undefined ? undefined : parseManifest(parseJson(json, `${file} (${MANIFEST_KEY})`), `${file} (${MANIFEST_KEY})`);
}

/** @throws CheckpointError naming the file, where JSON.parse names only a position. */
export function parseJson(json: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new CheckpointError(`${file}: not JSON (${(cause as Error).message}).`, { cause });
  }
}
