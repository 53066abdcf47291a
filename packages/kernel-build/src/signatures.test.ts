import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { kernelSignatures } from './signatures.ts';

const folder = mkdtempSync(join(tmpdir(), 'signatures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};

test('parameters are named as the kernels name them, without chunk and thread; what computes no chunk is a function', () => {
  write({
    'index.ts': "export { scale, sum } from './scale';\nexport { size } from './size';\n",
    'scale.ts':
      'export function scale(chunk: i32, _thread: i32, x: usize, by: f32): void {}\n' +
      'export function sum(_chunk: i32, _thread: i32, x: usize): void {}\nexport function part(chunk: i32): void {}\n',
    'size.ts': 'export function size(count: i32): i32 { return count << 2; }\n',
  });
  const module = kernelSignatures('index.ts', folder);
  expect(module).toContain("KERNEL_PARAMETERS = {\n  scale: ['x', 'by'],\n  sum: ['x'],\n} as const;");
  expect(module).toContain("FUNCTION_PARAMETERS = {\n  size: ['count'],\n} as const;");
});

test('a kernel that is exported but not there is named', () => {
  write({ 'index.ts': "export { lost } from './scale';\n", 'scale.ts': '' });
  expect(() => kernelSignatures('index.ts', folder)).toThrow(/index\.ts exports lost from .*scale\.ts, which has no such function/);
});
