import { expect, test } from 'vitest';
import { forgeZip, join, le, pickle, tensorDict, text } from '../../fixtures/forge.ts';
import { bytesSource } from '../sources/bytes-source.ts';
import { findStateDict } from './find-state-dict.ts';
import { materialize } from './materialize.ts';
import { readTorchLegacy } from './read-torch-legacy.ts';
import { readTorchZip, type TorchFile } from './read-torch-zip.ts';

const weights = (elements = 2): Uint8Array => pickle(tensorDict('w', elements));
const numbers = join(new Uint8Array(new Float32Array([1.5, -2]).buffer));

const zip = (data: Uint8Array, key = '0'): Uint8Array =>
  forgeZip([
    { name: 'a/data.pkl', data: weights() },
    { name: `a/data/${key}`, data },
  ]);

interface Legacy {
  readonly machine?: Uint8Array;
  readonly keys?: Uint8Array;
  readonly count?: number;
  readonly version?: number;
}
// 160 bytes: 144 of pickles, 8 of the count, 8 of numbers.
const legacy = ({ machine = join('}'), keys = join(']', text('0'), 'a'), count = 2, version = 1001 }: Legacy = {}): Uint8Array =>
  join(
    pickle([0x8a, 10], le(0x1950a86a20f9469cfc6cn, 10)),
    pickle('M', le(version, 2)),
    pickle(machine),
    weights(),
    pickle(keys),
    le(count, 8),
    numbers,
  );

async function read(file: TorchFile | Promise<TorchFile>): Promise<number[]> {
  const { value, readStorage } = await file;
  return [...((await materialize(findStateDict(value).tensors, readStorage)).get('w')?.data ?? [])];
}

test('the forgeries below differ from files that are read by one thing each', async () => {
  expect(await read(readTorchZip(bytesSource(zip(numbers))))).toEqual([1.5, -2]);
  expect(await read(readTorchLegacy(bytesSource(legacy())))).toEqual([1.5, -2]);
});

test('a storage that is missing from the archive, or has another length than the pickle says, is refused', async () => {
  await expect(read(readTorchZip(bytesSource(zip(numbers, '1'))))).rejects.toThrow('storage "0" should have 8 bytes but is missing');
  await expect(read(readTorchZip(bytesSource(zip(numbers.subarray(0, 4)))))).rejects.toThrow('storage "0" should have 8 bytes but has 4');
  await expect(read(readTorchZip(bytesSource(zip(join(numbers, numbers)))))).rejects.toThrow('should have 8 bytes but has 16');
});

test('a legacy storage whose own count differs from the pickle is refused', async () => {
  await expect(read(readTorchLegacy(bytesSource(legacy({ count: 3 }))))).rejects.toThrow(
    'storage "0" has 3 elements at offset 144, but 2 in the pickle',
  );
});

test('a legacy file that is cut off, lacks a storage or lists a strange one is refused', async () => {
  await expect(read(readTorchLegacy(bytesSource(legacy().subarray(0, -1))))).rejects.toThrow('storage "0" ends at 160 but the file at 159');
  await expect(read(readTorchLegacy(bytesSource(legacy({ keys: join(']') }))))).rejects.toThrow('storage "0" is not in the file');
  await expect(read(readTorchLegacy(bytesSource(legacy({ keys: join(']', text('9'), 'a') }))))).rejects.toThrow(
    'storage "9" belongs to no tensor',
  );
  await expect(read(readTorchLegacy(bytesSource(legacy({ keys: join('}') }))))).rejects.toThrow('list of storages is missing');
});

test('a legacy file of a big-endian machine or another version is refused', async () => {
  const machine = join('}', text('little_endian'), [0x89], 's');
  await expect(read(readTorchLegacy(bytesSource(legacy({ machine }))))).rejects.toThrow('big-endian');
  await expect(read(readTorchLegacy(bytesSource(legacy({ version: 1000 }))))).rejects.toThrow('not of torch.save (version 1000)');
});
