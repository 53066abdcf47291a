import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const script: string = '../../scripts/build-kernels.mjs';
const { compileKernel, kernels } = (await import(script)) as { compileKernel: (name: string) => Promise<string>; kernels: string[] };

test.each(kernels)('the binary of %s in git is what its source compiles to (else: node scripts/build-kernels.mjs)', async (name) => {
  expect(await compileKernel(name)).toBe(readFileSync(new URL(`./${name}.generated.ts`, import.meta.url), 'utf8'));
});
