import { CheckpointError, quote } from '../checkpoint-error.ts';
import { type ByteSource, readRange } from '../sources/byte-source.ts';
import { dataView, LOCAL_HEADER_BYTES, type ZipEntry } from './zip-directory.ts';

const LOCAL_SIGNATURE = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * Reads one file of an archive. torch stores them as they are; one that was packed again is inflated, up to
 * the size it declares and not a byte more.
 *
 * The checksum is not compared: torch can be told not to write one, and its reader ignores it too.
 *
 * @throws CheckpointError if its two headers disagree, or it is not as long as it says.
 */
export async function readZipEntry(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const { name, method, storedBytes, sizeBytes, headerOffset } = entry;
  const nameBytes = new TextEncoder().encode(name).byteLength;
  const head = await readRange(source, headerOffset, headerOffset + LOCAL_HEADER_BYTES + nameBytes);
  const header = dataView(head);
  if (header.getUint32(0, true) !== LOCAL_SIGNATURE)
    throw new CheckpointError(`${quote(name)} is not where the archive says. It is damaged.`);
  const localName = new TextDecoder().decode(head.subarray(LOCAL_HEADER_BYTES));
  if (header.getUint16(26, true) !== nameBytes || localName !== name || header.getUint16(8, true) !== method)
    throw new CheckpointError(`${quote(name)} is another file, ${quote(localName)}, in its own header. The archive is damaged or forged.`);
  const start = headerOffset + LOCAL_HEADER_BYTES + nameBytes + header.getUint16(28, true);
  if (method !== STORED && method !== DEFLATED)
    throw new CheckpointError(`${quote(name)} is packed by method ${method}; stored and deflated files are read.`);
  if (method === STORED && storedBytes !== sizeBytes)
    throw new CheckpointError(
      `${quote(name)} takes ${storedBytes} bytes but says it holds ${sizeBytes}. The archive is damaged or forged.`,
    );
  const bytes = await readRange(source, start, start + storedBytes);
  return method === STORED ? bytes : inflate(bytes, sizeBytes, name);
}

async function inflate(packed: Uint8Array, sizeBytes: number, name: string): Promise<Uint8Array> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = new Uint8Array(sizeBytes);
  let done = 0;
  try {
    for await (const chunk of readChunks(stream)) {
      if (done + chunk.byteLength > sizeBytes)
        throw new CheckpointError(`${quote(name)} unpacks into more than the ${sizeBytes} bytes it declares. The archive is forged.`);
      bytes.set(chunk, done);
      done += chunk.byteLength;
    }
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError(`${quote(name)} cannot be unpacked. The archive is damaged.`, { cause });
  }
  if (done !== sizeBytes)
    throw new CheckpointError(`${quote(name)} unpacks into ${done} bytes but declares ${sizeBytes}. The archive is damaged.`);
  return bytes;
}

/** Safari's streams cannot be iterated yet. Stopping early cancels the stream. */
async function* readChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
