import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { examineBackends, examineMachine, useBackend, useBest } from './index.ts';

test('on a machine without a GPU and libtensorflow, WebAssembly is the best, and it is said why', async () => {
  const choice = await useBest({ prefer: ['wasm'] });
  expect(choice.chosen).toBe('wasm');
  expect(choice.description).toMatch(/threads?, (relaxed )?SIMD/);
  expect(tf.getBackend()).toBe('wasm');
  choice.dispose();
});

test('a backend can be had by its name, or the reason why not', async () => {
  const choice = await useBackend('cpu');
  expect([choice.chosen, tf.getBackend()]).toEqual(['cpu', 'cpu']);
  await expect(useBackend('webgl')).rejects.toThrow('webgl: there is no such backend on this platform');
});

test('every backend of this platform is examined, with a reason each', async () => {
  const found = await examineBackends();
  expect(found.map(({ backend }) => backend)).toEqual(['node-gpu', 'webgpu', 'node', 'wasm', 'cpu']);
  for (const { reason } of found) expect(reason).not.toBe('');
  expect(found.find(({ backend }) => backend === 'wasm')).toMatchObject({ works: true });
  expect(found.find(({ backend }) => backend === 'cpu')).toMatchObject({ works: true });
  const native = found.find(({ backend }) => backend === 'node');
  if (!native?.works) expect(native?.reason).toMatch(/Run: |cannot/);
});

test('the machine is described as data', async () => {
  const machine = await examineMachine();
  expect(machine.runtime).toBe(`Node ${process.versions.node}`);
  expect(machine.cores).toBeGreaterThan(0);
  expect(machine.webAssembly).toMatchObject({ simd: true, threads: true });
  expect(machine.versions['@tensorflow/tfjs-core']).toBe(tf.version_core);
  expect(JSON.parse(JSON.stringify(machine))).toEqual(machine);
});
