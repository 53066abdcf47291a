// Writes the README's table of who computes what.
import { readFile, writeFile } from 'node:fs/promises';
import { onSources } from './on-sources.mjs';

const readme = new URL('../README.md', import.meta.url);
await onSources('/src/routing/coverage.testing.ts', async ({ coverageTable, stockKernels, withTable }) => {
  await writeFile(readme, withTable(await readFile(readme, 'utf8'), coverageTable(await stockKernels())));
});
