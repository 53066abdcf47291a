import { nodeModule } from '../node-modules.ts';
import type { ByteSource } from './byte-source.ts';
import { blobSource, bytesSource } from './bytes-source.ts';
import { fileSource } from './file-source.ts';
import { type HttpSourceOptions, httpSource } from './http-source.ts';

/** Where a checkpoint can come from. A string is an `http(s):` URL or a path; in a browser always a URL, which may be relative. */
export type CheckpointSource = string | URL | Uint8Array | ArrayBuffer | Blob | ByteSource;

/** Opens `source`, lends it to `use` and closes it again, unless the caller opened it. */
export async function withSource<T>(
  source: CheckpointSource,
  options: HttpSourceOptions,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const opened = await openSource(source, options);
  try {
    return await use(opened);
  } finally {
    if (opened !== source) await opened.close?.();
  }
}

async function openSource(source: CheckpointSource, options: HttpSourceOptions): Promise<ByteSource> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return bytesSource(source);
  if (source instanceof Blob) return blobSource(source);
  if (typeof source === 'string' || source instanceof URL) {
    const path = localPath(source);
    return path === undefined ? httpSource(String(source), options) : fileSource(path);
  }
  return source;
}

/** The path in the file system that `source` means, or `undefined` if it is a URL of the web. */
export function localPath(source: string | URL): string | undefined {
  const text = String(source);
  if (/^(https?|blob|data):/i.test(text)) return undefined;
  if (/^file:/i.test(text)) return nodeModule('node:url')?.fileURLToPath(text) ?? text;
  return nodeModule('node:fs/promises') ? text : undefined;
}
