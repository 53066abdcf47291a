import { DownloadError, receive } from '@resnetjs/download';
import { CheckpointError } from '../checkpoint-error.ts';
import { discardBody } from '../sources/discard-body.ts';
import type { HubFileInfo, PartialFile } from './hub-cache.ts';
import { ConnectionError, type HubResponse, type RequestOptions, requestFile } from './request.ts';

/** Larger files are refused before the disk is full. */
export const MAX_HUB_FILE_BYTES = 16 * 2 ** 30;

export interface DownloadOptions extends RequestOptions {
  /** How often to go on after a broken connection that brought nothing new; every byte gained starts the count again. */
  readonly retries?: number;
  /** How long to wait before that. */
  readonly retryDelayMs?: number;
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number | null }) => void;
}

/**
 * Brings the rest of a file into `partial`, going on where it stops as often as it helps.
 *
 * @param first the answer to a request for the whole file; used if nothing is there yet.
 * @returns what the hub said of the file, with its size.
 * @throws ConnectionError if the server keeps breaking off; what came is kept. CheckpointError if it sends another file than it said.
 */
export async function download(url: string, first: HubResponse, partial: PartialFile, options: DownloadOptions): Promise<HubFileInfo> {
  const { retries = 3, retryDelayMs = 500 } = options;
  const { info } = first;
  if ((info.sizeBytes ?? 0) > MAX_HUB_FILE_BYTES)
    throw new CheckpointError(`${url}: ${info.sizeBytes} bytes; at most ${MAX_HUB_FILE_BYTES} are fetched.`);
  if (info.sizeBytes !== null && partial.doneBytes > info.sizeBytes) await partial.restart();
  let next: HubResponse | undefined = first;
  for (let failures = 0; ; ) {
    const before = partial.doneBytes;
    try {
      if (before > 0 || !next) {
        discardBody(next?.response);
        next = undefined;
        if (before === info.sizeBytes) return info;
        next = await requestFile(url, `bytes=${before}-`, options);
        agree(url, info, next);
      }
      await add(url, next.response, partial, info.sizeBytes, options);
      return { ...info, sizeBytes: partial.doneBytes };
    } catch (cause) {
      if (!(cause instanceof ConnectionError) || options.signal?.aborted) throw cause;
      failures = partial.doneBytes > before ? 0 : failures + 1;
      if (failures > retries) throw cause;
      next = undefined;
      await new Promise((resolve) => setTimeout(resolve, failures && retryDelayMs));
    }
  }
}

/** The file may be replaced while it is fetched: parts of two are worth nothing. */
function agree(url: string, info: HubFileInfo, { response, info: now }: HubResponse): void {
  if (now.etag === info.etag && (now.sizeBytes ?? info.sizeBytes) === (info.sizeBytes ?? now.sizeBytes)) return;
  discardBody(response);
  throw new CheckpointError(`${url}: the file changed while it was fetched. Fetch it again.`);
}

async function add(
  url: string,
  response: Response,
  partial: PartialFile,
  sizeBytes: number | null,
  { onProgress, signal }: DownloadOptions,
): Promise<void> {
  const progressed = (doneBytes: number) => onProgress?.({ doneBytes, totalBytes: sizeBytes });
  try {
    await receive(response, partial, { sizeBytes, maxBytes: MAX_HUB_FILE_BYTES, onProgress: progressed, signal });
  } catch (cause) {
    if (!(cause instanceof DownloadError)) throw cause;
    if (cause.isConnection) throw new ConnectionError(`${url}: ${cause.message}. Fetch it again to go on from there.`, { cause });
    throw new CheckpointError(`${url}: ${cause.message}. Fetch it again.`, { cause });
  }
}
