import { DatasetError } from '../datasets/dataset-error.ts';

/** One entry of an archive; `chunks` must be read before the next entry is asked for, or is skipped. */
export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly chunks: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
// Long names come as entries of their own.
const MAX_NAME_BYTES = 64 * 1024;

/** Reads a tar (ustar, GNU long names, pax paths) as it streams in. @throws DatasetError if it is broken or ends early. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const input = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();

  /** Up to `most` bytes, as they come; empty at the end. */
  const some = async (most: number): Promise<Uint8Array> => {
    while (rest.length === 0) {
      const { value, done } = await input.next();
      if (done) return rest;
      rest = value;
    }
    const chunk = rest.subarray(0, most);
    rest = rest.subarray(chunk.length);
    return chunk;
  };
  async function* body(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      const chunk = await some(left);
      if (chunk.length === 0) throw new DatasetError('the archive ends within a file');
      left -= chunk.length;
      yield chunk;
    }
  }
  const exactly = async (size: number): Promise<Uint8Array> => {
    const all = new Uint8Array(size);
    let at = 0;
    for await (const chunk of body(size)) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  };

  let longName: string | undefined;
  for (;;) {
    const header = await exactly(BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const { name, size, type } = parseHeader(header);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (type === 'L' || type === 'x' || type === 'g') {
      if (size > MAX_NAME_BYTES) throw new DatasetError(`an entry's extended header has ${size} bytes`);
      const text = new TextDecoder().decode(await exactly(size));
      await exactly(padding);
      if (type === 'L') longName = text.replace(/\0.*$/s, '');
      else if (type === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1] ?? longName;
      continue;
    }
    const content = body(size);
    yield { name: longName ?? name, kind: type === '0' || type === '\0' ? 'file' : type === '5' ? 'folder' : 'other', chunks: content };
    longName = undefined;
    for await (const _ of content); // what the caller left
    await exactly(padding);
  }
}

function parseHeader(header: Uint8Array): { name: string; size: number; type: string } {
  const text = (from: number, length: number) => {
    const field = header.subarray(from, from + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
  };
  const octal = (from: number, length: number) => {
    const digits = text(from, length).trim();
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  const size = octal(124, 12);
  if (octal(148, 8) !== sum || Number.isNaN(size)) throw new DatasetError('a header of the archive is damaged');
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  return { name: prefix ? `${prefix}/${text(0, 100)}` : text(0, 100), size, type: String.fromCharCode(header[156] as number) };
}
