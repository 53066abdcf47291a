import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeFault } from './file-fault.ts';
import { temporaryFolder } from './places.testing.ts';
import { recorded } from './recorded-terminal.testing.ts';

const folder = temporaryFolder();
const data = join(folder, 'data');
for (const [label, level] of [
  ['cat', 40],
  ['dog', 200],
] as const) {
  mkdirSync(join(data, label), { recursive: true });
  for (let i = 0; i < 6; i++) writeFileSync(join(data, label, `${i}.pgm`), `P2 8 8 255 ${`${level + i} `.repeat(64)}`);
}
writeFileSync(join(folder, 'a-file'), '');
mkdirSync(join(folder, 'a-folder.csv'));

describe('what cannot be written is said in words, before the work, and leaves nothing', () => {
  const small = ['--size', '8', '--batch-size', '4'];
  test.each([
    [['predict', data, '--out'], 'nowhere/a.csv', /cannot be written: there is no folder .*nowhere\./],
    [['predict', data, '--out'], 'a-folder.csv', /cannot be written: it is a folder, but a file is needed\./],
    [['evaluate', data, '--report'], 'nowhere/a.html', /cannot be written: there is no folder .*nowhere\./],
    [['lr-find', data, ...small, '--steps', '20', '--out'], 'nowhere/a.svg', /cannot be written: there is no folder .*nowhere\./],
    [
      ['train', data, ...small, '--epochs', '1', '--out'],
      'a-file',
      /the folder cannot be made: a part of the path is a file, not a folder\./,
    ],
    [['finetune', data, ...small, '--epochs', '1', '--out'], 'a-file/run', /the folder cannot be made: a part of the path is a file/],
  ])('%j %s', async (args, path, message) => {
    const before = readdirSync(folder);
    const { code, stdout, stderr, leaked } = await recorded([...args, join(folder, path)]);
    expect({ code, stdout, leaked }).toEqual({ code: 1, stdout: '', leaked: 0 });
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`error: ${join(folder, path)}: `);
    expect(readdirSync(folder)).toEqual(before);
  });
});

test.each([
  ['EACCES', 'this user may not write there'],
  ['EROFS', 'nothing can be written on that disk'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', "this user's share of the disk is full"],
  ['ENOENT', 'there is no folder runs'],
  ['EWHATEVER', 'the words of the system'],
])('%s means for writing: %s', (code, words) => {
  expect(writeFault('runs/a.csv', Object.assign(new Error('the words of the system'), { code }))).toBe(words);
});
