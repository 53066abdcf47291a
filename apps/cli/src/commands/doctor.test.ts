import { expect, test } from 'vitest';
import { recorded } from '../recorded-terminal.testing.ts';

test('every backend is listed with what it is or lacks, and the machine is described', async () => {
  const { code, stdout, leaked } = await recorded(['doctor']);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^runtime +Node ${process.versions.node}, ${process.platform} `, 'm'));
  expect(stdout).toMatch(/^WebAssembly +SIMD yes, relaxed SIMD (yes|no .*), threads yes$/m);
  for (const backend of ['node-gpu', 'webgpu', 'node', 'wasm', 'cpu'])
    expect(stdout).toMatch(new RegExp(`^${backend} +(yes|no) +\\S`, 'm'));
  expect(stdout).toMatch(/^wasm +yes +\d+ threads?, /m);
  expect(stdout).toMatch(/\nBest here: \S+\.\n$/);
  expect(leaked).toBe(0);
});

test('for programs it is JSON', async () => {
  const { stdout } = await recorded(['doctor', '--json']);
  const { machine, backends, best } = JSON.parse(stdout) as {
    machine: { cores: number };
    backends: { backend: string; works: boolean; reason: string }[];
    best: string;
  };
  expect(machine.cores).toBeGreaterThan(0);
  expect(backends.find(({ backend }) => backend === best)?.works).toBe(true);
});
