import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { coverageTable, stockKernels, withTable } from './coverage.testing.ts';

test('the README says who computes what: run node scripts/kernel-table.mjs if it does not', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toBe(withTable(readme, coverageTable(await stockKernels())));
});
