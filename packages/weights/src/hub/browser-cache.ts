import type { ByteSource } from '../sources/byte-source.ts';
import { type HubCache, type HubFileInfo, type HubKey, keySegments, type PartialFile, versionTag } from './hub-cache.ts';

/** Files are kept in pieces of this size, so that a download can go on and reading takes little memory. */
export const PIECE_BYTES = 4 * 2 ** 20;

/** What is used of the browser's `Cache`. */
export interface CacheLike {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
}

interface Meta {
  readonly info: HubFileInfo;
  readonly sizeBytes: number;
  readonly folder: string;
  readonly isVerified?: boolean;
}

/** Keeps downloads in a `Cache`, as `caches.open(name)` gives it in browsers and Deno. A cache keeps to one size of pieces. */
export function browserCache(cache: CacheLike, pieceBytes = PIECE_BYTES): HubCache {
  // Cache keys are URLs; .invalid never resolves.
  const place = (key: HubKey): string => `https://cache.invalid/${keySegments(key).join('/')}`;
  const meta = async (key: HubKey): Promise<Meta | undefined> => (await cache.match(`${place(key)}/meta`))?.json();
  return {
    place: "the browser's cache",
    async find(key) {
      const found = await meta(key);
      return found && { info: found.info, source: pieces(cache, found, key.path, pieceBytes), isVerified: found.isVerified ?? false };
    },
    async begin(key, info) {
      const folder = `${place(key)}/${versionTag(info) ?? crypto.randomUUID()}`;
      let full = 0;
      while (await cache.match(`${folder}/${full}`)) full++;
      let rest = new Uint8Array(pieceBytes);
      let restBytes = 0;
      return {
        get doneBytes() {
          return full * pieceBytes + restBytes;
        },
        async write(bytes) {
          for (let at = 0; at < bytes.length; ) {
            const fitting = bytes.subarray(at, at + pieceBytes - restBytes);
            rest.set(fitting, restBytes);
            restBytes += fitting.length;
            at += fitting.length;
            if (restBytes < pieceBytes) continue;
            await cache.put(`${folder}/${full}`, new Response(rest));
            full += 1;
            rest = new Uint8Array(pieceBytes);
            restBytes = 0;
          }
        },
        async restart() {
          for (; full > 0; full--) await cache.delete(`${folder}/${full - 1}`);
          restBytes = 0;
        },
        async finish(received) {
          const sizeBytes = full * pieceBytes + restBytes;
          if (restBytes) await cache.put(`${folder}/rest`, new Response(rest.subarray(0, restBytes)));
          const old = await meta(key);
          await cache.put(`${place(key)}/meta`, Response.json({ info: received, sizeBytes, folder } satisfies Meta));
          if (old && old.folder !== folder) await removePieces(cache, old, pieceBytes);
        },
        close: async () => undefined,
      } satisfies PartialFile;
    },
    async noteVerified(key) {
      const found = await meta(key);
      if (found) await cache.put(`${place(key)}/meta`, Response.json({ ...found, isVerified: true } satisfies Meta));
    },
    async remove(key) {
      const found = await meta(key);
      await cache.delete(`${place(key)}/meta`);
      if (found) await removePieces(cache, found, pieceBytes);
    },
  };
}

function pieces(cache: CacheLike, { sizeBytes, folder }: Meta, name: string, pieceBytes: number): ByteSource {
  const full = Math.floor(sizeBytes / pieceBytes);
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - start);
    for (let index = Math.floor(start / pieceBytes); index * pieceBytes < end; index++) {
      const from = index * pieceBytes;
      const piece = await (await cache.match(`${folder}/${index < full ? index : 'rest'}`))?.blob();
      if (!piece) return bytes.subarray(0, 0); // evicted: readRange() reports it
      const part = await piece.slice(Math.max(start - from, 0), end - from).arrayBuffer();
      bytes.set(new Uint8Array(part), Math.max(from - start, 0));
    }
    return bytes;
  };
  return { name, sizeBytes, read, gives: true };
}

async function removePieces(cache: CacheLike, { sizeBytes, folder }: Meta, pieceBytes: number): Promise<void> {
  for (let index = 0; index * pieceBytes < sizeBytes; index++) await cache.delete(`${folder}/${index}`);
  await cache.delete(`${folder}/rest`);
}
