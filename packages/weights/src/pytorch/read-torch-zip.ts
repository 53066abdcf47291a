import { CheckpointError, quote } from '../checkpoint-error.ts';
import { sizeBytes } from '../dtype.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import type { ReadStorage } from './materialize.ts';
import type { HostileGlobals } from './pickle-globals.ts';
import type { PickleValue } from './pickle-values.ts';
import { readPickle } from './read-pickle.ts';
import { readScriptClasses, type ScriptClasses } from './script-classes.ts';
import { readZipDirectory, type ZipEntry } from './zip-directory.ts';
import { readZipEntry } from './zip-entry.ts';

/** Longest pickle: names, shapes and numbers of training, 40 kB for a ResNet-50; but numpy's arrays lie within, as text. */
export const MAX_PICKLE_BYTES = 2 ** 30;
/** How much larger than the file its unpacked contents may be, beside 16 MiB. Weights hardly shrink. */
export const MAX_INFLATION = 20;

/** What a PyTorch file holds: the pickled value, with its tensors still in the file. */
export interface TorchFile {
  readonly value: PickleValue;
  readonly readStorage: ReadStorage;
  /** Every class and function that the pickle names. None was looked up. */
  readonly globals: ReadonlySet<string>;
  /** Of a TorchScript archive: what its program, which is not run, says about its modules. */
  readonly classes?: ScriptClasses;
}

export interface TorchFileOptions {
  readonly hostile?: HostileGlobals | undefined;
}

/**
 * Opens a checkpoint that `torch.save` of PyTorch 1.6 or later wrote: a zip archive of one pickle and one file a storage.
 *
 * @throws CheckpointError if it is not one, or is forged.
 */
export async function readTorchZip(source: ByteSource, { hostile = 'refuse' }: TorchFileOptions = {}): Promise<TorchFile> {
  const entries = await readZipDirectory(source);
  checkInflation(entries, source.sizeBytes);
  const pickles = [...entries.keys()].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [pickle, another] = pickles;
  if (pickle === undefined || another !== undefined)
    throw new CheckpointError(
      `a zip archive with ${pickles.length} data.pkl; a checkpoint of torch.save has one. It holds ${listSome(entries)}.`,
    );
  const folder = pickle.slice(0, -'data.pkl'.length);
  const byteorder = entries.get(`${folder}byteorder`);
  if (byteorder && byteorder.sizeBytes < 16 && new TextDecoder().decode(await readZipEntry(source, byteorder)) === 'big')
    throw new CheckpointError('a checkpoint of a big-endian machine. Save it again on a common one.');
  const entry = entries.get(pickle) as ZipEntry;
  if (entry.sizeBytes > MAX_PICKLE_BYTES)
    throw new CheckpointError(`its pickle takes ${entry.sizeBytes} bytes; at most ${MAX_PICKLE_BYTES} are read.`);
  const { value, globals } = readPickle(await readZipEntry(source, entry), 0, { hostile });
  const readStorage: ReadStorage = async (storage) => {
    const file = entries.get(`${folder}data/${storage.key}`);
    const expected = sizeBytes(storage.dtype, storage.elements);
    if (file?.sizeBytes !== expected)
      throw new CheckpointError(
        `storage ${quote(storage.key)} should have ${expected} bytes but ${file ? `has ${file.sizeBytes}` : 'is missing'}. The file is damaged.`,
      );
    return readZipEntry(source, file);
  };
  const isScript = entries.has(`${folder}constants.pkl`);
  return { value, readStorage, globals, ...(isScript && { classes: await readScriptClasses(source, entries, folder) }) };
}

function checkInflation(entries: ReadonlyMap<string, ZipEntry>, fileBytes: number): void {
  const unpacked = [...entries.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const limit = MAX_INFLATION * fileBytes + 16 * 2 ** 20;
  if (unpacked > limit)
    throw new CheckpointError(`${fileBytes} bytes that say they unpack into ${unpacked}; at most ${limit} are believed. It is a zip bomb.`);
}

const listSome = (entries: ReadonlyMap<string, ZipEntry>): string =>
  [...entries.keys()].slice(0, 5).map(quote).join(', ') + (entries.size > 5 ? ` and ${entries.size - 5} more` : '');
