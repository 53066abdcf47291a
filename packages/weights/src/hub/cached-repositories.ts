import { nodeModule } from '../node-modules.ts';
import { defaultCacheDir } from './disk-cache.ts';

/** One revision of a repository in the cache on disk. */
export interface CachedRepository {
  /** `owner/name` */
  readonly repo: string;
  readonly revision: string;
  /** The hub's host: `huggingface.co`. */
  readonly host: string;
  readonly sizeBytes: number;
  /** Where it is. */
  readonly folder: string;
}

/** What `fromPretrained` has downloaded, also in part, by host and name; nothing where there is no disk. */
export async function cachedRepositories(folder?: string): Promise<CachedRepository[]> {
  const [fs, path] = [nodeModule('node:fs/promises'), nodeModule('node:path')];
  if (!fs || !path) return [];
  const found: CachedRepository[] = [];
  const root = folder ?? defaultCacheDir();
  for (const [host, repo, revision] of await foldersBelow(root, 3)) {
    const place = path.join(root, host as string, repo as string, revision as string);
    const files = await fs.readdir(place);
    const sizes = await Promise.all(
      files.map((name) =>
        fs.stat(path.join(place, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    found.push({
      repo: (repo as string).replace('--', '/'),
      revision: decodeURIComponent(revision as string),
      host: decodeURIComponent(host as string),
      sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
      folder: place,
    });
  }
  return found;
}

/**
 * Removes what was downloaded.
 *
 * @param repositories those to remove, as {@link cachedRepositories} gives them
 */
export async function clearCache(repositories: readonly CachedRepository[]): Promise<void> {
  const [fs, path] = [nodeModule('node:fs/promises'), nodeModule('node:path')];
  for (const { folder } of repositories) {
    await fs?.rm(folder, { recursive: true, force: true });
    // Folders that are empty now go, too; others stay.
    for (const above of path ? [path.dirname(folder), path.dirname(path.dirname(folder))] : [])
      await fs?.rmdir(above).catch(() => undefined);
  }
}

/** Names of the folders that are so deep below, in order; only those that are named as the cache names them. */
async function foldersBelow(root: string, depth: number): Promise<string[][]> {
  const [fs, path] = [nodeModule('node:fs/promises'), nodeModule('node:path')];
  if (!fs || !path || depth === 0) return [[]];
  const entries = await fs.readdir(root, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && (depth !== 2 || entry.name.includes('--'))).map(({ name }) => name);
  const deeper = await Promise.all(
    names.sort().map(async (name) => (await foldersBelow(path.join(root, name), depth - 1)).map((rest) => [name, ...rest])),
  );
  return deeper.flat();
}
