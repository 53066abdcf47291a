import { CheckpointError } from '../checkpoint-error.ts';

/** Random access to the bytes of one file, so that a large checkpoint is never held twice. */
export interface ByteSource {
  /** What messages call it: a path, a URL or `bytes`. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * The bytes from `start` up to, not including, `end`; all of them, or it rejects.
   * The result may be a view of memory that the source keeps: do not write into it, unless {@link ByteSource.gives} says otherwise.
   */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Whether each read gives memory of its own, from its first byte to its last, which is the reader's to keep. */
  readonly gives?: true;
  /** Frees what the source holds (a file handle). Whoever opened the source closes it. */
  close?(): Promise<void>;
}

/** @throws CheckpointError if `[start, end)` is not within the source. */
export async function readRange(source: ByteSource, start: number, end: number): Promise<Uint8Array> {
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end && end <= source.sizeBytes))
    throw new CheckpointError(
      `${source.name}: bytes ${start} to ${end} are needed, but the file has ${source.sizeBytes}. It is truncated or damaged: fetch it again.`,
    );
  const bytes = await source.read(start, end);
  if (bytes.byteLength !== end - start)
    throw new CheckpointError(
      `${source.name}: reading bytes ${start} to ${end} gave ${bytes.byteLength} bytes. The file changed while it was read.`,
    );
  return bytes;
}
