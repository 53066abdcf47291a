import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../places.testing.ts';
import { type FakeS3, fakeS3 } from './fake-s3.testing.ts';
import { createFolder, folderStorage } from './folder-storage.ts';
import { openDestination, openSource, openStorage } from './open-storage.ts';
import { s3Storage } from './s3-storage.ts';
import type { Storage, StoredFile } from './storage.ts';

const root = temporaryFolder();
const folder = join(root, 'folder');
let s3: FakeS3;
const storages = new Map<string, Storage>();
const KEYS = { AWS_ACCESS_KEY_ID: 'KEYNAME', AWS_SECRET_ACCESS_KEY: 'very-secret' };

beforeAll(async () => {
  s3 = await fakeS3('photos');
  Object.assign(process.env, KEYS);
  await createFolder(folder);
  storages.set('a folder', folderStorage(folder));
  storages.set('S3', await s3Storage('s3://photos/2024', { env: { AWS_ENDPOINT_URL: s3.url } }));
});

const listed = async (storage: Storage): Promise<StoredFile[]> => {
  const all: StoredFile[] = [];
  for await (const file of storage.list()) all.push(file);
  return all;
};

describe.each(['a folder', 'S3'])('%s', (kind) => {
  const storage = () => storages.get(kind) as Storage;

  test('lists what was written, in the order of bytes, without what is hidden', async () => {
    for (const name of ['b/2.jpg', 'b/1.jpg', 'Z.jpg', 'a.jpg', 'ä.jpg', 'c.jpg', '.hidden/x.jpg'])
      await storage().write(name, `contents of ${name}`);
    const files = await listed(storage());
    expect(files.map(({ name }) => name)).toEqual(['Z.jpg', 'a.jpg', 'b/1.jpg', 'b/2.jpg', 'c.jpg', 'ä.jpg']);
    expect(files[0]).toMatchObject({ sizeBytes: 17, etag: expect.stringMatching(/./) });
  });

  test('reads what is there, and knows what is not', async () => {
    expect(Buffer.from(await storage().read('b/1.jpg')).toString()).toBe('contents of b/1.jpg');
    expect(await storage().exists('b/1.jpg')).toBe(true);
    expect(await storage().exists('b/3.jpg')).toBe(false);
    await expect(storage().read('b/3.jpg')).rejects.toMatchObject({
      fault: 'refused',
      message: expect.stringContaining('b/3.jpg: there is no such'),
    });
  });

  test('does not take a file for the one that was listed if it was changed or removed since', async () => {
    await storage().write('changing.jpg', 'first');
    const [file] = (await listed(storage())).filter(({ name }) => name === 'changing.jpg') as [StoredFile];
    expect(Buffer.from(await storage().read(file.name, file)).toString()).toBe('first');
    await storage().write('changing.jpg', 'other');
    if (kind === 'a folder') utimesSync(join(folder, 'changing.jpg'), 1, 1); // a clock may be coarse
    await expect(storage().read(file.name, file)).rejects.toMatchObject({
      fault: 'changed',
      message: expect.stringContaining('Start predict again'),
    });
    await expect(storage().read('never.jpg', file)).rejects.toMatchObject({ fault: 'changed' });
  });

  test('overwrites whole', async () => {
    await storage().write('whole.json', 'a'.repeat(1000));
    await storage().write('whole.json', 'b');
    expect(Buffer.from(await storage().read('whole.json')).toString()).toBe('b');
  });
});

describe('a folder', () => {
  test('that vanished is away, and so is one of which only the mount point is left; it is taken up when it is back', async () => {
    const [there, elsewhere] = [join(root, 'shared'), join(root, 'elsewhere')];
    await createFolder(there);
    const storage = folderStorage(there);
    await storage.write('a.jpg', 'a');
    const [file] = (await listed(storage)) as [StoredFile];
    renameSync(there, elsewhere);
    const tries = [() => storage.read('a.jpg'), () => storage.read('a.jpg', file), () => storage.write('b', 'b'), () => listed(storage)];
    for (const tried of tries)
      await expect(tried()).rejects.toMatchObject({ fault: 'away', message: `${there}: the folder is not there.` });
    mkdirSync(there);
    for (const tried of tries.slice(0, 3))
      await expect(tried()).rejects.toMatchObject({ fault: 'away', message: expect.stringContaining('Is the disk mounted?') });
    rmSync(there, { recursive: true });
    renameSync(elsewhere, there);
    expect(Buffer.from(await storage.read('a.jpg', file)).toString()).toBe('a');
  });

  test('follows links, and passes over those that lead nowhere', async () => {
    const own = join(root, 'links');
    mkdirSync(own);
    writeFileSync(join(own, 'real.jpg'), 'real');
    symlinkSync('real.jpg', join(own, 'link.jpg'));
    symlinkSync('nothing.jpg', join(own, 'dangling.jpg'));
    expect((await listed(folderStorage(own))).map(({ name }) => name)).toEqual(['link.jpg', 'real.jpg']);
  });

  test('leaves nothing of what could not be written', async () => {
    await expect(storages.get('a folder')?.write('a.jpg/below', 'x')).rejects.toMatchObject({ fault: 'refused' });
    expect(readdirSync(join(folder, '.unfinished'))).toEqual([]);
  });
});

describe('S3', () => {
  test.each([
    [503, 'SlowDown', 'away'],
    [403, 'AccessDenied', 'refused'],
  ])('that answers %i %s is %s', async (status, code, fault) => {
    // The client tries again by itself, a little later each time.
    const storage = await s3Storage('s3://photos/2024', { env: { AWS_ENDPOINT_URL: s3.url }, maxAttempts: 1 });
    s3.failing = { status, code };
    try {
      await expect(storage.read('a.jpg')).rejects.toMatchObject({ fault, message: expect.stringContaining(`s3://photos/2024/a.jpg: `) });
    } finally {
      s3.failing = undefined;
    }
  });

  test('signs what it asks, and says no secret', async () => {
    expect(s3.authorizations.at(-1)).toContain('KEYNAME');
    expect(s3.authorizations.join()).not.toContain('very-secret');
    await expect(openStorage('s3://KEYNAME:very-secret@photos/x')).rejects.toThrow(/^s3:\/\/…@…: keys belong into/);
  });

  test('of no such bucket is refused', async () => {
    const storage = await s3Storage('s3://others', { env: { AWS_ENDPOINT_URL: s3.url } });
    await expect(listed(storage)).rejects.toMatchObject({ fault: 'refused', message: 's3://others/: there is no such bucket.' });
  });

  test('without its client says what to install', async () => {
    const load = vi.fn().mockRejectedValue(Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' }));
    await expect(s3Storage('s3://photos', { load })).rejects.toThrow('npm install @aws-sdk/client-s3');
  });
});

test.each(['gs://bucket', 'http://host/photos', ''])('%j is neither a folder nor a bucket', async (address) => {
  await expect(openStorage(address)).rejects.toThrow('expected a folder, or s3://bucket/prefix');
});

test('a source has to be there; a destination is made', async () => {
  await expect(openSource(join(root, 'nowhere'))).rejects.toThrow('there is no such folder');
  const out = await openDestination(join(root, 'new/deep'));
  await out.write('a', 'a');
  expect(await out.exists('a')).toBe(true);
});
