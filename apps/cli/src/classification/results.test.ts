import { expect, test, vi } from 'vitest';
import { fileResults } from './results.ts';

const discard = vi.fn(async () => {});
vi.mock('../write-whole-file.ts', () => ({
  growingFile: async () => ({
    append: () => Promise.reject(new Error('the disk is full')),
    finish: async () => {},
    discard,
  }),
}));

test('a table whose first line cannot be written leaves no file', async () => {
  await expect(fileResults('a.csv', 1)).rejects.toThrow('the disk is full');
  expect(discard).toHaveBeenCalledOnce();
});
