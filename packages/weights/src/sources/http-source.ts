import { CheckpointError } from '../checkpoint-error.ts';
import type { ByteSource } from './byte-source.ts';
import { bytesSource } from './bytes-source.ts';
import { discardBody } from './discard-body.ts';

/** The first request asks for this much: a ResNet's safetensors header fits, so small files take one request. */
export const FIRST_RANGE_BYTES = 1 << 16;

/** A server that ignores ranges makes us hold the whole file; a larger one is refused. */
export const MAX_WHOLE_BODY_BYTES = 2 ** 31;

export interface HttpSourceOptions {
  readonly fetch?: typeof globalThis.fetch;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * A file behind HTTP, read by `Range` requests; where the server knows no ranges, downloaded whole.
 *
 * @throws CheckpointError on any status but 200 and 206, and if the file changes between two reads.
 */
export async function httpSource(url: string, options: HttpSourceOptions = {}): Promise<ByteSource> {
  const { fetch = globalThis.fetch, headers = {}, signal } = options;
  const request = async (range?: string): Promise<Response> => {
    const init = { headers: { ...headers, ...(range && { range }) }, ...(signal && { signal }) };
    const response = await fetch(url, init).catch((cause: unknown) => {
      throw signal?.aborted ? cause : new CheckpointError(`${url}: the server cannot be reached (${reason(cause)}).`, { cause });
    });
    if (response.status !== 200 && response.status !== 206) {
      discardBody(response);
      const isAbsent = response.status === 404 || response.status === 410;
      const advice = isAbsent ? ' Check the address.' : '';
      throw new CheckpointError(`${url}: the server answered ${response.status} ${response.statusText}.${advice}`, { isAbsent });
    }
    return response;
  };
  const first = await request(`bytes=0-${FIRST_RANGE_BYTES - 1}`);
  if (first.status === 200) return bytesSource(await wholeBody(first, url), url);
  const total = /^bytes 0-\d+\/(\d+)$/.exec(first.headers.get('content-range') ?? '')?.[1];
  if (total === undefined) {
    discardBody(first); // browsers hide Content-Range of other origins that do not expose it
    return bytesSource(await wholeBody(await request(), url), url);
  }
  const head = new Uint8Array(await first.arrayBuffer());
  const etag = first.headers.get('etag');
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    if (end <= head.byteLength) return head.subarray(start, end);
    const response = await request(`bytes=${start}-${end - 1}`);
    const range = response.headers.get('content-range');
    if (response.status !== 206 || range !== `bytes ${start}-${end - 1}/${total}` || response.headers.get('etag') !== etag) {
      discardBody(response);
      throw new CheckpointError(`${url}: the file changed while it was read. Load it again.`);
    }
    return new Uint8Array(await response.arrayBuffer());
  };
  return { name: url, sizeBytes: Number(total), read };
}

async function wholeBody(response: Response, url: string): Promise<Uint8Array> {
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > MAX_WHOLE_BODY_BYTES) {
    discardBody(response);
    throw new CheckpointError(
      `${url}: ${declared} bytes from a server without range requests; at most ${MAX_WHOLE_BODY_BYTES} are held in memory.`,
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** What fetch() says is "fetch failed"; why is in its cause. */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};
