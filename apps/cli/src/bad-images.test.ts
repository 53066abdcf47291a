import { openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { photo, temporaryFolder } from './places.testing.ts';
import { recorded } from './recorded-terminal.testing.ts';

const folder = temporaryFolder();
const chelsea = readFileSync(photo('chelsea.png'));
const rocket = readFileSync(photo('rocket.jpg'));

/** A PNG that says it is this large. */
function hugePng(side: number): Uint8Array {
  const png = new Uint8Array(chelsea);
  new DataView(png.buffer).setUint32(16, side);
  new DataView(png.buffer).setUint32(20, side);
  return png;
}

test.each([
  ['empty.png', new Uint8Array(0), /the file is empty/],
  ['cut.png', chelsea.subarray(0, 1000), /broken, truncated/],
  ['cut.jpg', rocket.subarray(0, 1000), /broken, truncated/],
  ['text.png', Buffer.from('this is not an image'), /not an image/],
  ['huge.png', hugePng(100_000), /100000x100000, more than the \d+ pixels allowed/],
])('%s is refused by name', async (name, bytes, message) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const { code, stdout, stderr, leaked } = await recorded(['predict', path]);
  expect({ code, stdout, leaked }).toEqual({ code: 1, stdout: '', leaked: 0 });
  expect(stderr).toContain(`error: ${path}: `);
  expect(stderr).toMatch(message);
});

test('a file too large to be an image is not even read', async () => {
  const path = join(folder, 'giant.png');
  openSync(path, 'w');
  truncateSync(path, 2 ** 30); // sparse: takes no room
  const { code, stderr } = await recorded(['predict', path]);
  expect(code).toBe(1);
  expect(stderr).toContain('the file has 1073741824 bytes, more than the 104857600 an image may have');
});

test('all in one folder, each is refused by name', async () => {
  const { code, stdout, stderr, leaked } = await recorded(['predict', folder]);
  expect({ code, stdout, leaked }).toEqual({ code: 1, stdout: '', leaked: 0 });
  expect(stderr).toContain('error: 6 of 6 images could not be classified:\n');
});
