import { CheckpointError, quote } from '../checkpoint-error.ts';
import { type ByteSource, readRange } from '../sources/byte-source.ts';

/** Most files in one archive: torch writes one a tensor. */
export const MAX_ZIP_ENTRIES = 200_000;
/** Longest list of files, in bytes. */
export const MAX_ZIP_DIRECTORY_BYTES = 64 * 2 ** 20;

/** One file of a zip archive, as its central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly storedBytes: number;
  readonly sizeBytes: number;
  readonly headerOffset: number;
}

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;

/**
 * Lists a zip archive and refuses what an honest one never has: names that leave the archive, names that
 * occur twice, encryption, entries that lie outside the file or on top of each other.
 *
 * @throws CheckpointError saying which.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readZipDirectory(source: ByteSource): Promise<Map<string, ZipEntry>> {
  const { count, start, bytes } = await findDirectory(source);
  if (count > MAX_ZIP_ENTRIES || bytes > MAX_ZIP_DIRECTORY_BYTES)
    throw new CheckpointError(
      `an archive of ${count} files, listed in ${bytes} bytes; at most ${MAX_ZIP_ENTRIES} files and ${MAX_ZIP_DIRECTORY_BYTES} bytes are read.`,
    );
  const view = dataView(await readRange(source, start, start + bytes));
  const entries = new Map<string, ZipEntry>();
  let offset = 0;
  for (let i = 0; i < count; i++) {
    const entry = readEntry(view, offset);
    if (entries.has(entry.name)) throw new CheckpointError(`the archive has ${quote(entry.name)} twice. It is damaged or forged.`);
    entries.set(entry.name, entry);
    offset = entry.next;
  }
  checkLayout([...entries.values()], start);
  return entries;
}

/** Where the central directory lies: said at the very end of the file, in front of a comment. */
async function findDirectory(source: ByteSource): Promise<{ count: number; start: number; bytes: number }> {
  const tailStart = Math.max(0, source.sizeBytes - END_BYTES - MAX_COMMENT_BYTES);
  const tail = dataView(await readRange(source, tailStart, source.sizeBytes));
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END_SIGNATURE || at + END_BYTES + tail.getUint16(at + 20, true) !== tail.byteLength) continue;
    const found = { count: tail.getUint16(at + 10, true), bytes: tail.getUint32(at + 12, true), start: tail.getUint32(at + 16, true) };
    const beyond32 = found.count === 0xffff || found.bytes === 0xffffffff || found.start === 0xffffffff;
    return beyond32 ? findDirectory64(source, tailStart + at) : found;
  }
  throw new CheckpointError('a zip archive without its list of files, which comes last. It is truncated: fetch it again.');
}

/** Archives beyond 4 GiB or 65,535 files say it in 64 bits. */
async function findDirectory64(source: ByteSource, end: number): Promise<{ count: number; start: number; bytes: number }> {
  const locator = dataView(await readRange(source, Math.max(0, end - 20), end));
  if (locator.byteLength < 20 || locator.getUint32(0, true) !== LOCATOR64_SIGNATURE)
    throw new CheckpointError('a zip64 archive without its locator. It is damaged.');
  const at = safe(locator.getBigUint64(8, true));
  const record = dataView(await readRange(source, at, at + 56));
  if (record.getUint32(0, true) !== END64_SIGNATURE) throw new CheckpointError('a zip64 archive without its end record. It is damaged.');
  return {
    count: safe(record.getBigUint64(32, true)),
    bytes: safe(record.getBigUint64(40, true)),
    start: safe(record.getBigUint64(48, true)),
  };
}

function readEntry(view: DataView, offset: number): ZipEntry & { next: number } {
  if (offset + 46 > view.byteLength || view.getUint32(offset, true) !== ENTRY_SIGNATURE)
    throw new CheckpointError("the archive's list of files breaks off. It is damaged.");
  const [flags, method] = [view.getUint16(offset + 8, true), view.getUint16(offset + 10, true)];
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((at) => view.getUint16(offset + at, true)) as [number, number, number];
  const extraStart = offset + 46 + nameBytes;
  const next = extraStart + extraBytes + commentBytes;
  if (next > view.byteLength) throw new CheckpointError("the archive's list of files breaks off. It is damaged.");
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + offset + 46, nameBytes));
  const fault = pathFault(name);
  if (fault) throw new CheckpointError(`the archive holds ${quote(name)}: ${fault}. It is forged.`);
  if (flags & 1) throw new CheckpointError(`${quote(name)} in the archive is encrypted. Save the checkpoint without a password.`);
  const sizes = {
    sizeBytes: view.getUint32(offset + 24, true),
    storedBytes: view.getUint32(offset + 20, true),
    headerOffset: view.getUint32(offset + 42, true),
  };
  return { name, method, ...zip64Sizes(sizes, view, extraStart, extraBytes), next };
}

/** Sizes that do not fit 32 bits are 0xffffffff, and follow in an extra field, in this order. */
function zip64Sizes<Sizes extends Record<string, number>>(sizes: Sizes, view: DataView, start: number, length: number): Sizes {
  const large = Object.keys(sizes).filter((key) => sizes[key] === 0xffffffff);
  for (let at = start; large.length && at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1 || view.getUint16(at + 2, true) < large.length * 8 || at + 4 + large.length * 8 > start + length)
      continue;
    return { ...sizes, ...Object.fromEntries(large.map((key, i) => [key, safe(view.getBigUint64(at + 4 + i * 8, true))])) };
  }
  return sizes;
}

/** Nothing is unpacked to disk here, but a name that tries to leave its folder shows what the archive is for. */
function pathFault(name: string): string | undefined {
  if (name.includes('\0')) return 'its name holds a NUL character';
  if (/^([a-z]:|[/\\])/i.test(name)) return 'its name is an absolute path';
  if (name.split(/[/\\]/).includes('..')) return 'its name leaves the archive';
  return undefined;
}

/** Overlapping entries are how a few kilobytes unpack into petabytes. */
function checkLayout(entries: readonly ZipEntry[], directoryStart: number): void {
  let free = 0;
  for (const { name, headerOffset, storedBytes } of entries.toSorted((a, b) => a.headerOffset - b.headerOffset)) {
    if (headerOffset < free) throw new CheckpointError(`${quote(name)} overlaps another file of the archive. It is forged.`);
    free = headerOffset + LOCAL_HEADER_BYTES + storedBytes;
    if (free > directoryStart)
      throw new CheckpointError(`${quote(name)} reaches beyond the end of the archive's files. It is truncated or forged.`);
  }
}

/** Without the name and extra field that follow. */
export const LOCAL_HEADER_BYTES = 30;

export const dataView = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function safe(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER) throw new CheckpointError(`the archive speaks of ${value} bytes. It is damaged or forged.`);
  return Number(value);
}
