import { writeFilesAtomically } from '../atomic-write.ts';
import { CheckpointError } from '../checkpoint-error.ts';
import { nodeModule } from '../node-modules.ts';
import { fileSource } from '../sources/file-source.ts';
import { hubHome } from './environment.ts';
import { type HubCache, type HubFileInfo, type HubKey, keySegments, type PartialFile, versionTag } from './hub-cache.ts';

/** `$HF_HOME/resnetjs` or `$XDG_CACHE_HOME/resnetjs`, or what the system has instead. */
export function defaultCacheDir(): string {
  const [path, os] = [nodeModule('node:path'), nodeModule('node:os')];
  if (!path || !os) throw new CheckpointError('There is no file system here to cache in.');
  const { XDG_CACHE_HOME, LOCALAPPDATA } = globalThis.process.env;
  return path.join(hubHome() || XDG_CACHE_HOME || LOCALAPPDATA || path.join(os.homedir(), '.cache'), 'resnetjs');
}

/**
 * Keeps downloads in a folder (Node only), as `host/owner--name/revision/file`, each with a `.meta` beside it and,
 * while it is downloaded, as `….part`. Several processes may download one file at once: all write the same bytes
 * to the same places.
 */
export function diskCache(folder: string = defaultCacheDir()): HubCache {
  const [fs, { join, dirname }] = [required('node:fs/promises'), required('node:path')];
  const place = (key: HubKey): string => join(folder, ...keySegments(key));
  return {
    place: folder,
    async find(key) {
      const meta = await readMeta(`${place(key)}.meta`);
      const source = meta && (await fileSource(place(key)).catch(() => undefined));
      if (!source) return undefined;
      const { verifiedMs, ...info } = meta;
      if (source.sizeBytes === info.sizeBytes) return { info, source, isVerified: verifiedMs === (await changedMs(place(key))) };
      await source.close?.();
      return undefined;
    },
    async begin(key, info) {
      const tag = versionTag(info);
      const part = `${place(key)}.${tag ?? crypto.randomUUID()}.part`;
      await fs.mkdir(dirname(part), { recursive: true });
      const handle = await fs.open(part, 'r+').catch(() => fs.open(part, 'w+'));
      let doneBytes = (await handle.stat()).size;
      return {
        get doneBytes() {
          return doneBytes;
        },
        async write(bytes) {
          await handle.write(bytes, 0, bytes.length, doneBytes);
          doneBytes += bytes.length;
        },
        async restart() {
          await handle.truncate(0);
          doneBytes = 0;
        },
        async finish(received) {
          await handle.sync();
          // Another process may have been first, with the same bytes.
          await fs.rename(part, place(key)).catch((cause) => fs.access(place(key)).catch(() => Promise.reject(cause)));
          await writeMeta(`${place(key)}.meta`, received);
        },
        async close() {
          await handle.close();
          if (tag === undefined) await fs.rm(part, { force: true }); // cannot be continued
        },
      } satisfies PartialFile;
    },
    async noteVerified(key) {
      const path = `${place(key)}.meta`;
      const meta = await readMeta(path);
      // A folder that may only be read is compared each time.
      if (meta) await writeMeta(path, { ...meta, verifiedMs: await changedMs(place(key)) }).catch(() => undefined);
    },
    async remove(key) {
      await fs.rm(`${place(key)}.meta`, { force: true });
      await fs.rm(place(key), { force: true });
    },
  };
}

/** What is known of a file: also when it was written as it was compared with its SHA-256. */
interface Meta extends HubFileInfo {
  readonly verifiedMs?: number;
}

const changedMs = async (path: string): Promise<number> => (await required('node:fs/promises').stat(path)).mtimeMs;

const writeMeta = (path: string, meta: Meta): Promise<void> =>
  writeFilesAtomically([{ path, parts: [new TextEncoder().encode(JSON.stringify(meta))] }]);

/** What we wrote; something else in its place counts as nothing cached. */
const readMeta = (path: string): Promise<Meta | undefined> =>
  required('node:fs/promises')
    .readFile(path, 'utf8')
    .then((json) => JSON.parse(json) as Meta)
    .catch(() => undefined);

function required<Name extends Parameters<typeof nodeModule>[0]>(name: Name) {
  const found = nodeModule(name);
  if (!found) throw new CheckpointError('There is no file system here to cache in.');
  return found;
}
