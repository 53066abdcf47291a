/** Where what has come of a file is kept, across interruptions. */
export interface PartialFile {
  /** How much is there, from the start on without a hole. */
  readonly doneBytes: number;
  /** Adds to the end. */
  write(bytes: Uint8Array): Promise<void>;
  /** Forgets what is there. */
  restart(): Promise<void>;
}

export interface ReceiveOptions {
  /** Of the whole file, which is as long as that or an error; null where the server does not say. */
  readonly sizeBytes: number | null;
  /** A server that sends more is cut off. */
  readonly maxBytes: number;
  readonly onProgress?: ((doneBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a server sent is not what follows what is there. Its message is a clause, to be completed by whoever knows the file's name. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  /** The connection ended too soon: what came is kept and right, and the next try goes on from there. */
  readonly isConnection: boolean;

  constructor(message: string, { isConnection = false, cause }: { readonly isConnection?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.isConnection = isConnection;
  }
}

/**
 * Adds to `partial` what a server answered when it was asked for what follows `partial.doneBytes`: status 206, or 200 from one that knows no
 * ranges and sends the file from its start.
 *
 * @throws DownloadError if it sends another part, more than there may be or less than it said; the signal's reason once it is aborted.
 */
export async function receive(response: Response, partial: PartialFile, options: ReceiveOptions): Promise<void> {
  const { sizeBytes, maxBytes, onProgress, signal } = options;
  const reader = response.body?.getReader();
  const limit = Math.min(sizeBytes ?? maxBytes, maxBytes);
  const soFar = () => `${partial.doneBytes} of ${sizeBytes ?? 'unknown'} bytes`;
  try {
    if (response.status !== 206 && partial.doneBytes > 0) await partial.restart();
    // Browsers may not be shown where a part begins: the file's size and sum must do then.
    const range = response.status === 206 ? response.headers.get('content-range') : null;
    if (range !== null && !range.startsWith(`bytes ${partial.doneBytes}-`))
      throw new DownloadError(`asked for what follows byte ${partial.doneBytes}, the server sent another part`);
    for (;;) {
      const next = await reader?.read().catch((cause: unknown) => {
        if (signal?.aborted) throw cause;
        throw new DownloadError(`the connection broke after ${soFar()}`, { isConnection: true, cause });
      });
      if (!next || next.done) break;
      if (partial.doneBytes + next.value.length > limit)
        throw new DownloadError(
          `the server sends more than the ${limit} bytes ${limit === sizeBytes ? 'it announced' : 'that are fetched'}`,
        );
      await partial.write(next.value);
      onProgress?.(partial.doneBytes);
      signal?.throwIfAborted(); // fetch does not see it if the whole body has come
    }
  } finally {
    // Not waited for: Node's fetch may never settle the cancellation of a body whose connection is just ending.
    reader?.cancel().catch(() => undefined);
  }
  if (sizeBytes !== null && partial.doneBytes < sizeBytes)
    throw new DownloadError(`the server stopped after ${soFar()}`, { isConnection: true });
}
