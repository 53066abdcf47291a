import { CheckpointError, quote } from '../checkpoint-error.ts';
import { sizeBytes } from '../dtype.ts';
import { type ByteSource, readRange } from '../sources/byte-source.ts';
import { PickleEndError } from './pickle-input.ts';
import type { StorageRef } from './pickle-values.ts';
import { type Pickle, readPickle } from './read-pickle.ts';
import { MAX_PICKLE_BYTES, type TorchFile, type TorchFileOptions } from './read-torch-zip.ts';

/** The first pickle of the file. */
const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;
/** The pickles of a ResNet-152 fit the first attempt. */
const FIRST_PICKLE_BYTES = 2 ** 18;

/**
 * Opens a checkpoint that `torch.save` before PyTorch 1.6 wrote: five pickles in a row (a magic number, a
 * version, the machine, the value, the keys of the storages), then each storage's element count and bytes.
 *
 * @throws CheckpointError if it is not one, or is truncated.
 */
export async function readTorchLegacy(source: ByteSource, options: TorchFileOptions = {}): Promise<TorchFile> {
  const pickles = await readPickles(source, 5, options);
  const [magic, version, machine, value, keys] = pickles.map((pickle) => pickle.value);
  const { globals, storages } = pickles[3] as Pickle;
  if (magic !== MAGIC_NUMBER || version !== PROTOCOL_VERSION)
    throw new CheckpointError(`a pickle, but not of torch.save (version ${typeof version === 'number' ? version : 'unknown'}).`);
  if (machine instanceof Map && machine.get('little_endian') === false)
    throw new CheckpointError('a checkpoint of a big-endian machine. Save it again on a common one.');
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string'))
    throw new CheckpointError('the list of storages is missing. The file is damaged.');
  const places = await locateStorages(source, keys, storages, (pickles[4] as Pickle).end);
  const readStorage = async ({ key, dtype, elements }: StorageRef): Promise<Uint8Array> => {
    const start = places.get(key);
    if (start === undefined) throw new CheckpointError(`storage ${quote(key)} is not in the file. It is damaged.`);
    return readRange(source, start, start + sizeBytes(dtype, elements));
  };
  return { value: value ?? null, readStorage, globals };
}

/** Reads the first pickles; nothing says how long they are, so more of the file is fetched as needed. */
async function readPickles(source: ByteSource, count: number, { hostile = 'refuse' }: TorchFileOptions): Promise<Pickle[]> {
  for (let length = FIRST_PICKLE_BYTES; ; length *= 4) {
    const bytes = await readRange(source, 0, Math.min(length, source.sizeBytes, MAX_PICKLE_BYTES));
    try {
      const pickles: Pickle[] = [];
      while (pickles.length < count) pickles.push(readPickle(bytes, pickles.at(-1)?.end ?? 0, { hostile }));
      return pickles;
    } catch (cause) {
      if (!(cause instanceof PickleEndError) || bytes.byteLength < length) throw cause;
    }
  }
}

/** Where each storage's numbers begin. The element counts in the file must be those of the pickle. */
async function locateStorages(
  source: ByteSource,
  keys: readonly string[],
  storages: ReadonlyMap<string, StorageRef>,
  start: number,
): Promise<Map<string, number>> {
  const places = new Map<string, number>();
  let offset = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (!storage) throw new CheckpointError(`storage ${quote(key)} belongs to no tensor, so its length is unknown. The file is damaged.`);
    if (places.has(key)) throw new CheckpointError(`storage ${quote(key)} is there twice. The file is damaged.`);
    const head = await readRange(source, offset, offset + 8);
    const elements = new DataView(head.buffer, head.byteOffset).getBigInt64(0, true);
    if (elements !== BigInt(storage.elements))
      throw new CheckpointError(
        `storage ${quote(key)} has ${elements} elements at offset ${offset}, but ${storage.elements} in the pickle. The file is damaged.`,
      );
    places.set(key, offset + 8);
    offset += 8 + sizeBytes(storage.dtype, storage.elements);
    if (offset > source.sizeBytes)
      throw new CheckpointError(
        `storage ${quote(key)} ends at ${offset} but the file at ${source.sizeBytes}. It is truncated: fetch it again.`,
      );
  }
  return places;
}
