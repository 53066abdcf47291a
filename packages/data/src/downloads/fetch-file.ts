import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DownloadError, type PartialFile, receive } from '@resnetjs/download';
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
      await fetchRest(url, part, file.name, options);
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

async function fetchRest(
  url: string,
  part: string,
  name: string,
  { onProgress, signal, fetch = globalThis.fetch }: DownloadOptions,
): Promise<void> {
  let doneBytes = (await stat(part).catch(() => undefined))?.size ?? 0;
  const request: RequestInit = { headers: doneBytes > 0 ? { range: `bytes=${doneBytes}-` } : {}, ...(signal && { signal }) };
  const response = await fetch(url, request);
  if (response.status === 416 && doneBytes > 0) return; // nothing is left to send: the sum decides
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  const announced = response.headers.get('content-length');
  const sizeBytes = announced ? (response.status === 206 ? doneBytes : 0) + Number(announced) : null;
  const file = await open(part, 'a');
  const partial: PartialFile = {
    get doneBytes() {
      return doneBytes;
    },
    async write(bytes) {
      await file.appendFile(bytes);
      doneBytes += bytes.length;
    },
    async restart() {
      await file.truncate();
      doneBytes = 0;
    },
  };
  const progressed = (receivedBytes: number) =>
    onProgress?.({ file: name, receivedBytes, ...(sizeBytes !== null && { totalBytes: sizeBytes }) });
  try {
    await receive(response, partial, { sizeBytes, maxBytes: MAX_DOWNLOAD_BYTES, onProgress: progressed, signal });
  } catch (error) {
    // What does not belong together is not gone on from.
    if (error instanceof DownloadError && !error.isConnection) await partial.restart();
    throw error;
  } finally {
    await file.close();
  }
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
