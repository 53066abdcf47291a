import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ForgedFile, fixture, forgeZip, join, le } from '../../fixtures/forge.ts';
import { bytesSource } from '../sources/bytes-source.ts';
import { readTorchZip } from './read-torch-zip.ts';
import { readZipDirectory, type ZipEntry } from './zip-directory.ts';
import { readZipEntry } from './zip-entry.ts';

const data = join('hello, hello, hello, hello');
const file = (changes: Partial<ForgedFile> = {}): ForgedFile => ({ name: 'a/data.pkl', data, ...changes });

const list = (zip: Uint8Array) => readZipDirectory(bytesSource(zip));
async function extract(...files: ForgedFile[]): Promise<Uint8Array> {
  const zip = forgeZip(files);
  const entries = await list(zip);
  return readZipEntry(bytesSource(zip), [...entries.values()][0] as ZipEntry);
}

test('stored and deflated files are read', async () => {
  expect(await extract(file())).toEqual(data);
  expect(await extract(file({ data: new Uint8Array(deflateRawSync(data)), method: 8, sizeBytes: data.length }))).toEqual(data);
});

test("torch's own archives list their files", async () => {
  const names = [...(await list(fixture('bare.pth'))).keys()];
  expect(names).toContain('bare/data.pkl');
  expect(names).toContain('bare/data/0');
});

test('a comment behind the archive is passed over', async () => {
  const zip = forgeZip([file()]);
  const comment = join(zip.subarray(0, -2), le(5, 2), 'PK\x05\x06!');
  expect((await list(comment)).size).toBe(1);
});

test('zip64 sizes and end records are read', async () => {
  const zip = forgeZip([file()]);
  const end = zip.length - 22;
  const view = new DataView(zip.buffer);
  const [bytes, start] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  const record = join('PK\x06\x06', le(44, 8), le(45, 2), le(45, 2), le(0, 8), le(1, 8), le(1, 8), le(bytes, 8), le(start, 8));
  const locator = join('PK\x06\x07', le(0, 4), le(end, 8), le(1, 4));
  const classic = join('PK\x05\x06', le(0, 4), le(0xffff, 2), le(0xffff, 2), le(0xffffffff, 4), le(0xffffffff, 4), le(0, 2));
  expect([...(await list(join(zip.subarray(0, end), record, locator, classic))).values()]).toEqual([
    { name: 'a/data.pkl', method: 0, storedBytes: data.length, sizeBytes: data.length, headerOffset: 0, next: bytes },
  ]);
});

describe('an archive is refused that', () => {
  test.each(['../../etc/passwd', 'a/../../b', '/etc/passwd', 'C:\\windows', 'a\\..\\b', '\\\\host\\share'])('holds %s', async (name) => {
    await expect(list(forgeZip([file({ name })]))).rejects.toThrow(/leaves the archive|absolute path/);
  });
  test('holds a name with a NUL', async () => {
    await expect(list(forgeZip([file({ name: 'a\0b' })]))).rejects.toThrow('NUL');
  });
  test('holds a file twice', async () => {
    await expect(list(forgeZip([file(), file()]))).rejects.toThrow('"a/data.pkl" twice');
  });
  test('lays files on top of each other', async () => {
    await expect(list(forgeZip([file(), file({ name: 'b', headerOffset: 0 })]))).rejects.toThrow('overlaps another file');
    await expect(list(forgeZip([file({ storedBytes: 1e6, sizeBytes: 1e6 })]))).rejects.toThrow('reaches beyond the end');
  });
  test('is encrypted, or packed by an unknown method', async () => {
    await expect(list(forgeZip([file({ flags: 1 })]))).rejects.toThrow('encrypted');
    await expect(extract(file({ method: 12 }))).rejects.toThrow('method 12');
  });
  test('is truncated anywhere', async () => {
    const zip = fixture('bare.pth');
    for (let length = 64; length < zip.length; length += 97)
      await expect(readTorchZip(bytesSource(zip.subarray(0, length)))).rejects.toThrow('truncated');
  });
  test('lists more files than there are', async () => {
    await expect(list(forgeZip([file()], { count: 7 }))).rejects.toThrow('breaks off');
  });
  test('calls a file differently in its two headers', async () => {
    await expect(extract(file({ localName: 'a/data.PKL' }))).rejects.toThrow('another file, "a/data.PKL", in its own header');
  });
  test('lies about the size of a stored file', async () => {
    await expect(extract(file({ sizeBytes: 9 }))).rejects.toThrow('says it holds 9');
  });
  test('unpacks into more or less than it declares', async () => {
    const packed = new Uint8Array(deflateRawSync(new Uint8Array(1e6)));
    await expect(extract(file({ data: packed, method: 8, sizeBytes: 1000 }))).rejects.toThrow('more than the 1000 bytes it declares');
    await expect(extract(file({ data: packed, method: 8, sizeBytes: 1e6 + 1 }))).rejects.toThrow('declares 1000001');
    await expect(extract(file({ data, method: 8, sizeBytes: 5 }))).rejects.toThrow('cannot be unpacked');
  });
  test('is a bomb by its own account: nothing is unpacked', async () => {
    const zip = forgeZip([file({ method: 8, sizeBytes: 4e9 })]);
    await expect(readTorchZip(bytesSource(zip))).rejects.toThrow('It is a zip bomb');
  });
  test('holds no pickle, or two', async () => {
    await expect(readTorchZip(bytesSource(forgeZip([file({ name: 'photo.jpg' })])))).rejects.toThrow(
      'with 0 data.pkl; a checkpoint of torch.save has one. It holds "photo.jpg"',
    );
    await expect(readTorchZip(bytesSource(forgeZip([file(), file({ name: 'b/data.pkl' })])))).rejects.toThrow('with 2 data.pkl');
  });
  test('comes from a big-endian machine', async () => {
    const files = [file(), file({ name: 'a/byteorder', data: join('big') })];
    await expect(readTorchZip(bytesSource(forgeZip(files)))).rejects.toThrow('big-endian');
  });
});
