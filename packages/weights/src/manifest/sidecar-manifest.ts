import { nodeModule } from '../node-modules.ts';
import { parseJson } from './embedded-manifest.ts';
import { looksLikeManifest, type Manifest, parseManifest } from './manifest.ts';

/** Where the manifest of `NAME.safetensors` (or `.pth`, `.th`) lies: `NAME.json`, beside it. */
export const sidecarPath = (path: string): string => `${path.replace(/\.[^./\\]+$/, '')}.json`;

/**
 * Reads the manifest beside a checkpoint file (Node only). A JSON file of that name without a
 * `manifestVersion` is someone else's and passed over.
 *
 * @throws CheckpointError if it is ours and not valid.
 */
export async function sidecarManifest(path: string): Promise<Manifest | undefined> {
  const file = sidecarPath(path);
  const json = await nodeModule('node:fs/promises')
    ?.readFile(file, 'utf8')
    .catch(() => undefined);
  if (!json?.includes('"manifestVersion"')) return undefined;
  const value = parseJson(json, file);
  return looksLikeManifest(value) ? parseManifest(value, file) : undefined;
}
