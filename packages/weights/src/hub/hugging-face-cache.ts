import { nodeModule } from '../node-modules.ts';
import { fileSource } from '../sources/file-source.ts';
import { huggingFaceHome } from './environment.ts';
import type { CachedFile, HubKey } from './hub-cache.ts';

/** Where Hugging Face's own tools keep what they download: `HF_HUB_CACHE`, else `hub` in their home. `undefined` where there is no disk. */
export function huggingFaceCacheDir(): string | undefined {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE } = globalThis.process?.env ?? {};
  const home = huggingFaceHome();
  return HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || (home && nodeModule('node:path')?.join(home, 'hub'));
}

const COMMIT = /^[0-9a-f]{40}$/;

/**
 * A file that Hugging Face's own tools have downloaded, read where it is and never changed:
 * `models--owner--name/snapshots/COMMIT/path`, a link into `blobs` that is called like the ETag, or on Windows the file itself. Which
 * commit a branch means is in `refs`.
 *
 * @returns `undefined` if it is not there.
 */
export async function huggingFaceFile(folder: string, { repo, revision, path }: HubKey): Promise<CachedFile | undefined> {
  const [fs, paths] = [nodeModule('node:fs/promises'), nodeModule('node:path')];
  if (!fs || !paths || revision.split('/').some((name) => name === '' || /^\.+$/.test(name))) return undefined;
  const place = paths.join(folder, `models--${repo.replace('/', '--')}`);
  const commit = COMMIT.test(revision)
    ? revision
    : await fs.readFile(paths.join(place, 'refs', ...revision.split('/')), 'utf8').then(
        (text) => text.trim(),
        () => '',
      );
  if (!COMMIT.test(commit)) return undefined;
  const file = paths.join(place, 'snapshots', commit, path);
  const source = await fileSource(file).catch(() => undefined);
  if (!source) return undefined;
  const target = await fs.realpath(file);
  const etag = paths.basename(paths.dirname(target)) === 'blobs' ? paths.basename(target) : null;
  const sha256 = etag !== null && /^[0-9a-f]{64}$/.test(etag) ? etag : null;
  // Theirs to look after: they compare no file that they have, and neither is it done here.
  return { info: { sizeBytes: source.sizeBytes, etag, sha256, commit }, source, isVerified: true };
}
