import { CheckpointError } from './checkpoint-error.ts';

/** Runs `read` and puts the file's name before what it throws, so that parsers need not carry it along. */
export async function inFile<T>(file: string, read: () => Promise<T> | T): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof CheckpointError && !cause.message.startsWith(file))
      throw new CheckpointError(`${file}: ${cause.message}`, { cause });
    throw cause;
  }
}
