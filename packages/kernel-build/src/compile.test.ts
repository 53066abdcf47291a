import { expect, test } from 'vitest';
import { compileAssemblyScript } from './compile.ts';

const compile = (code: string, options: readonly string[] = []) =>
  compileAssemblyScript('kernel.ts', { folder: '.', options, sources: { 'kernel.ts': code } });

const TABLE = 'export function grow(x: f64): f64 { return Math.exp(x); }';

test('a kernel on the memory of another module may bring no data, which would be written over what is there', async () => {
  await expect(compile(TABLE, ['--importMemory'])).rejects.toThrow(/kernel\.ts: it has data of its own, such as a table of Math\.exp/);
});

test('data in memory of its own, or no data, is fine', async () => {
  expect((await compile(TABLE)).length).toBeGreaterThan(2048);
  expect((await compile('export function twice(x: f64): f64 { return x + x; }', ['--importMemory'])).length).toBeGreaterThan(0);
});

test('what the compiler says is told', async () => {
  await expect(compile('export function wrong(): i32 { return "text"; }')).rejects.toThrow(/kernel\.ts: .*\n[\s\S]*Type/);
});
