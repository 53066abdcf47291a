import { CheckpointError } from '../checkpoint-error.ts';
import { nodeModule } from '../node-modules.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Opens a file for reading by range (Node only). The caller closes it.
 *
 * @throws CheckpointError if it is absent, not a regular file, or there is no file system here.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const fs = nodeModule('node:fs/promises');
  if (!fs) throw new CheckpointError(`${path}: there is no file system here. Pass a URL, a Blob or the bytes.`);
  const file = await fs.open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    const isAbsent = cause.code === 'ENOENT';
    const why = isAbsent ? 'there is no such file' : `it cannot be opened (${cause.code})`;
    throw new CheckpointError(`${path}: ${why}. Check the path, which is relative to ${globalThis.process.cwd()}.`, { cause, isAbsent });
  });
  const stat = await file.stat();
  if (!stat.isFile()) {
    await file.close();
    throw new CheckpointError(`${path}: expected a checkpoint file but this is a ${stat.isDirectory() ? 'folder' : 'device'}.`);
  }
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - start);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) break; // shrunk while it was read: readRange() reports it
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  };
  return { name: path, sizeBytes: stat.size, read, gives: true, close: () => file.close() };
}
