import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatasetError } from '../datasets/dataset-error.ts';
import type { DownloadOptions, RemoteFile } from './dataset-source.ts';

/** More than any dataset here has; a server that sends more is cut off. */
export const MAX_DOWNLOAD_BYTES = 4 * 1024 ** 3;

/**
 * Downloads one file to `folder`, continuing what an earlier try left, and checks its sum.
 *
 * @returns its path
 * @throws DatasetError listing what each URL said, and where to put the file by hand; or that its sum is wrong.
 */
export async function fetchFile(file: RemoteFile, folder: string, options: DownloadOptions): Promise<string> {
  const path = join(folder, file.name);
  const part = `${path}.part`;
  const failures: string[] = [];
  for (const url of file.urls) {
    try {
      await receive(url, part, file.name, options);
      const sum = await md5Of(part);
      if (sum === file.md5) {
        await rename(part, path);
        return path;
      }
      await rm(part, { force: true });
      failures.push(`${url}: expected the MD5 ${file.md5} but received ${sum} (thrown away)`);
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(`${url}: ${reasonOf(error)}`);
    }
  }
  throw new DatasetError(
    `${file.name} could not be downloaded. ${failures.join('; ')}. Try again to continue, or put the file ${file.name} (MD5 ${file.md5}) ` +
      `from one of these addresses into ${resolve(folder)} by hand${file.unpack ? ' and unpack it there' : ''}.`,
  );
}

async function receive(
  url: string,
  part: string,
  name: string,
  { onProgress, signal, fetch = globalThis.fetch }: DownloadOptions,
): Promise<void> {
  const have = (await stat(part).catch(() => undefined))?.size ?? 0;
  const request: RequestInit = { headers: have > 0 ? { range: `bytes=${have}-` } : {}, ...(signal && { signal }) };
  const response = await fetch(url, request);
  if (response.status === 416 && have > 0) return; // nothing is left to send: the sum decides
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  // A server that ignores the range sends everything.
  const continues = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${have}-`);
  let received = continues ? have : 0;
  const announced = response.headers.get('content-length');
  const total = announced ? received + Number(announced) : undefined;
  const file = await open(part, continues ? 'a' : 'w');
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      received += chunk.length;
      if (received > MAX_DOWNLOAD_BYTES) throw new Error(`more than ${MAX_DOWNLOAD_BYTES} bytes came`);
      await file.write(chunk);
      onProgress?.({ file: name, receivedBytes: received, ...(total !== undefined && { totalBytes: total }) });
    }
  } finally {
    await file.close();
  }
  if (total !== undefined && received < total) throw new Error(`the connection ended after ${received} of ${total} bytes`);
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message ? `${message} (${cause.message})` : message;
}
