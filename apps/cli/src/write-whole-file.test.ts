import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from './places.testing.ts';
import { growingFile, writeWholeFile } from './write-whole-file.ts';

const folder = temporaryFolder();

describe('a file that grows', () => {
  test('is there when it is finished, and not before', async () => {
    const path = join(folder, 'grown.txt');
    writeFileSync(path, 'from before');
    const file = await growingFile(path);
    await file.append('one ');
    await file.append('two');
    expect(readFileSync(path, 'utf8')).toBe('from before');
    await file.finish();
    await file.discard();
    expect(readFileSync(path, 'utf8')).toBe('one two');
  });

  test('leaves what was there, and nothing beside it, when it is given up', async () => {
    const path = join(folder, 'given-up.txt');
    writeFileSync(path, 'from before');
    const file = await growingFile(path);
    await file.append('one');
    await file.discard();
    expect(readFileSync(path, 'utf8')).toBe('from before');
    expect(readdirSync(folder).filter((name) => name.includes('given-up'))).toEqual(['given-up.txt']);
  });

  test.each([
    ['a folder that is not there', join(folder, 'nowhere', 'a.txt'), 'there is no folder'],
    ['the place of a folder', join(folder, 'a-folder'), 'it is a folder'],
  ])('is refused in %s, at once', async (_, path, message) => {
    mkdirSync(join(folder, 'a-folder'), { recursive: true });
    await expect(growingFile(path)).rejects.toThrow(`${path}: cannot be written: ${message}`);
    await expect(writeWholeFile(path, 'x')).rejects.toThrow(`${path}: cannot be written: `);
  });

  test.skipIf(process.platform === 'win32')('does not take the place of a device', async () => {
    await expect(growingFile('/dev/null')).rejects.toThrow('/dev/null: cannot be written: it is a device or pipe');
  });
});
