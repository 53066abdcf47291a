import { CheckpointError } from '../checkpoint-error.ts';
import { nodeModule } from '../node-modules.ts';
import { hashSource } from '../sha256.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { discardBody } from '../sources/discard-body.ts';
import { browserCache, type CacheLike } from './browser-cache.ts';
import { diskCache } from './disk-cache.ts';
import { type DownloadOptions, download } from './download.ts';
import { hubEnvironment } from './environment.ts';
import type { CachedFile, HubCache, HubFileInfo, HubKey } from './hub-cache.ts';
import { huggingFaceCacheDir, huggingFaceFile } from './hugging-face-cache.ts';
import { memoryCache } from './memory-cache.ts';
import { ConnectionError, requestFile } from './request.ts';

export interface HubFileOptions extends Omit<DownloadOptions, 'onProgress'> {
  /** Where the repositories are: a mirror with the same paths. Default `HF_ENDPOINT`, else the Hugging Face hub. */
  readonly baseUrl?: string;
  /** Branch, tag or commit. A file of a whole commit hash is asked for once only. */
  readonly revision?: string;
  /** `true` makes no request: what is not cached is an error. Default: whether `HF_HUB_OFFLINE` is set. */
  readonly offline?: boolean;
  /** Where downloads are kept: a folder in Node (default `$HF_HOME/resnetjs`, else `$XDG_CACHE_HOME/resnetjs`), or a cache. */
  readonly cache?: string | HubCache;
  readonly onProgress?: (progress: { readonly file: string; readonly doneBytes: number; readonly totalBytes: number | null }) => void;
}

/** Offline, and not in the cache. */
export class NotCachedError extends CheckpointError {}

export const DEFAULT_BASE_URL = 'https://huggingface.co';

export interface HubFile {
  readonly info: HubFileInfo;
  /** To be closed by the caller. */
  readonly source: ByteSource;
}

/**
 * One file of a repository: out of the cache, or that of Hugging Face's own tools, where the hub says it is unchanged, or cannot be
 * reached; else downloaded, going on where an earlier download stopped. What the hub knows the SHA-256 of is compared with it, out of the cache too
 * where the file was written since.
 *
 * @param repo `owner/name`
 * @throws CheckpointError saying what the hub answered, or that the file is not what it should be.
 */
export async function hubFile(repo: string, path: string, given: HubFileOptions = {}): Promise<HubFile> {
  const options = await withEnvironment(given);
  const { revision = 'main', offline = false, onProgress } = options;
  const key: HubKey = { baseUrl: (options.baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, ''), repo: checkedRepo(repo), revision, path };
  const url = `${key.baseUrl}/${repo}/resolve/${encodeURIComponent(revision)}/${path}`;
  const cache = await openCache(options.cache);
  // Hugging Face's own cache is that of the hub that the environment names, and of whoever has not chosen another.
  const shared = given.cache === undefined && given.baseUrl === undefined ? huggingFaceCacheDir() : undefined;
  const places = [
    async () => intact(key, cache, await cache.find(key), offline),
    ...(shared === undefined ? [] : [() => huggingFaceFile(shared, key)]),
  ];
  if (offline || /^[0-9a-f]{40}$/.test(revision))
    for (const find of places) {
      const cached = await find();
      if (cached) return cached;
    }
  if (offline)
    throw new NotCachedError(
      `${repo}: ${path} is not in ${[cache.place, ...(shared === undefined ? [] : [shared])].join(' or ')}, and offline is set. Load it once without offline, or fetch ${url} and give the file.`,
    );
  const first = await requestFile(url, 'bytes=0-', options).catch((cause) => {
    if (cause instanceof ConnectionError) return cause;
    throw cause;
  });
  for (const find of places) {
    const cached = await find();
    // Where the hub does not answer, better an old file than none.
    if (cached && (first instanceof ConnectionError || isSame(cached.info, first.info))) {
      if (!(first instanceof ConnectionError)) discardBody(first.response);
      return cached;
    }
    await cached?.source.close?.();
  }
  if (first instanceof ConnectionError) throw first;
  const partial = await cache.begin(key, first.info);
  try {
    const report = onProgress && ((progress: { doneBytes: number; totalBytes: number | null }) => onProgress({ file: path, ...progress }));
    const { onProgress: _, ...rest } = options;
    await partial.finish(await download(url, first, partial, { ...rest, ...(report && { onProgress: report }) }));
  } finally {
    await partial.close();
  }
  const found = await cache.find(key);
  if (!found) throw new CheckpointError(`${url}: downloaded, but ${cache.place} did not keep it. Is there space left?`);
  await verify(url, key, cache, found);
  return found;
}

/** A cached file whose bytes are still those of its SHA-256; a damaged one is removed, or reported where it cannot be fetched again. */
async function intact(key: HubKey, cache: HubCache, cached: CachedFile | undefined, offline: boolean): Promise<CachedFile | undefined> {
  if (!cached) return undefined;
  return verify(`${key.repo}/${key.path} in ${cache.place}`, key, cache, cached).then(
    () => cached,
    (cause) => {
      if (offline) throw cause;
      return undefined;
    },
  );
}

async function verify(what: string, key: HubKey, cache: HubCache, { info, source, isVerified }: CachedFile): Promise<void> {
  if (info.sha256 === null || isVerified) return;
  const sha256 = await hashSource(source);
  if (sha256 === info.sha256) return cache.noteVerified(key);
  await source.close?.();
  await cache.remove(key);
  throw new CheckpointError(
    `${what}: its SHA-256 is ${sha256} but should be ${info.sha256}. It was removed from the cache; fetch it again.`,
  );
}

/** What is not given is as the environment says. Its token is for its own hub, never for another that was given. */
async function withEnvironment(given: HubFileOptions): Promise<HubFileOptions> {
  const { baseUrl, accessToken, offline } = await hubEnvironment();
  return {
    ...given,
    offline: given.offline ?? offline,
    ...(given.baseUrl === undefined && baseUrl !== undefined && { baseUrl }),
    ...(given.baseUrl === undefined && given.accessToken === undefined && accessToken !== undefined && { accessToken }),
  };
}

/** Whether what is there is what the hub has, and whole: by the ETag, or by the commit where none is known here. */
function isSame(there: HubFileInfo, hubs: HubFileInfo): boolean {
  if (there.sizeBytes !== null && hubs.sizeBytes !== null && there.sizeBytes !== hubs.sizeBytes) return false;
  if (there.etag === null && there.commit !== null) return there.commit === hubs.commit;
  return there.etag !== null || hubs.etag !== null ? there.etag === hubs.etag : there.sizeBytes === hubs.sizeBytes;
}

function checkedRepo(repo: string): string {
  if (/^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(repo)) return repo;
  throw new CheckpointError(`${JSON.stringify(repo)} is not the name of a repository, such as timm/resnet50.a1_in1k.`);
}

/** The disk in Node, the browser's own cache, or memory for pages without one. */
async function openCache(cache: HubFileOptions['cache']): Promise<HubCache> {
  if (typeof cache === 'object') return cache;
  if (nodeModule('node:fs/promises')) return diskCache(cache);
  const { caches } = globalThis as { caches?: { open(name: string): Promise<CacheLike> } };
  return browserCache(caches ? await caches.open(cache ?? 'resnetjs') : PAGE_CACHE);
}

const PAGE_CACHE = memoryCache();
