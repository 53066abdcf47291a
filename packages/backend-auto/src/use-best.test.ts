import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BackendError } from './backend-error.ts';
import type { Ability, BackendName, Candidate, Started } from './backend-name.ts';
import { probeAll } from './examine.ts';
import { probe } from './probe.ts';
import { chooseFrom } from './use-best.ts';

// Candidates that are made up, each a copy of tfjs' cpu backend by another name.

let log: string[] = [];
const cpu = tf.findBackendFactory('cpu') as () => tf.KernelBackend;

function works(backend: BackendName, abilities: Ability[] = [], options: Partial<Started> = {}): Candidate {
  const registered = `fake-${backend}`;
  return {
    backend,
    registered,
    async start() {
      log.push(`start ${backend}`);
      if (!tf.findBackendFactory(registered)) tf.registerBackend(registered, cpu);
      await tf.setBackend(registered);
      const dispose = () => {
        log.push(`dispose ${backend}`);
        tf.removeBackend(registered);
      };
      return { description: `${backend} here`, abilities, dispose, ...options };
    },
  };
}
const fails = (backend: BackendName, reason: string): Candidate => ({
  backend,
  registered: `fake-${backend}`,
  start: () => Promise.reject(new Error(reason)),
});

beforeEach(async () => {
  log = [];
  await tf.setBackend('cpu');
});
afterEach(async () => {
  for (const name of tf.engine().backendNames()) if (name.startsWith('fake-')) tf.removeBackend(name);
});

test('the first that starts is chosen; those before it have their reasons, those after it are not tried', async () => {
  const { chosen, description, considered } = await chooseFrom([fails('node-gpu', 'no CUDA'), works('wasm'), works('cpu')]);
  expect([chosen, description, tf.getBackend()]).toEqual(['wasm', 'wasm here', 'fake-wasm']);
  expect(considered).toEqual([
    { backend: 'node-gpu', works: false, reason: 'no CUDA' },
    { backend: 'wasm', works: true, reason: 'wasm here' },
    { backend: 'cpu', works: undefined, reason: 'not tried: wasm comes first and works' },
  ]);
  expect(log).toEqual(['start wasm']);
});

test('one that never answers is given up, and one that comes too late is stopped and takes nothing over', async () => {
  let answer: () => void = () => {};
  const slow = works('webgpu');
  const late: Candidate = { ...slow, start: () => new Promise<void>((resolve) => (answer = resolve)).then(() => slow.start()) };
  const { considered, started } = await probe(late, () => undefined, 10);
  expect([considered, started]).toEqual([{ backend: 'webgpu', works: false, reason: 'did not start within 0.01 s' }, undefined]);
  await chooseFrom([works('wasm')]);
  answer();
  await expect.poll(() => log).toEqual(['start wasm', 'start webgpu', 'dispose webgpu']);
  await expect.poll(() => tf.getBackend()).toBe('fake-wasm');
});

test('what is preferred is tried first', async () => {
  const { chosen } = await chooseFrom([works('webgpu'), works('wasm'), works('cpu')], { prefer: ['cpu'] });
  expect(chosen).toBe('cpu');
});

test('what does not have what is required is stopped again and told', async () => {
  const { chosen, considered } = await chooseFrom([works('wasm', ['float32']), works('webgl', ['gpu'])], { require: ['gpu'] });
  expect(chosen).toBe('webgl');
  expect(considered[0]).toEqual({ backend: 'wasm', works: true, reason: 'wasm here; it has not a GPU' });
  expect(log).toEqual(['start wasm', 'dispose wasm', 'start webgl']);
});

test('a GPU in software comes after all others, unless it is preferred', async () => {
  const software = works('webgpu', [], { software: true });
  const { chosen, considered } = await chooseFrom([software, works('wasm')]);
  expect(chosen).toBe('wasm');
  expect(considered[0]?.reason).toBe('webgpu here; a GPU in software is slower than WebAssembly');
  expect((await chooseFrom([software, works('wasm')], { prefer: ['webgpu'] })).chosen).toBe('webgpu');
  const last = await chooseFrom([software, fails('wasm', 'not installed')]);
  expect(last.chosen).toBe('webgpu');
  expect(last.considered).toEqual([
    { backend: 'webgpu', works: true, reason: 'webgpu here', software: true },
    { backend: 'wasm', works: false, reason: 'not installed' },
  ]);
});

test('where none does what is required, the error has the reason against each', async () => {
  const failing = chooseFrom([fails('webgpu', 'no adapter'), works('wasm')], { require: ['gpu', 'threads'], prefer: ['node'] });
  await expect(failing).rejects.toThrow(BackendError);
  await expect(failing).rejects.toThrow(
    'No backend that has gpu, threads works here.\n  node: there is no such backend on this platform\n  webgpu: no adapter\n  wasm: wasm here; it has not a GPU and several threads',
  );
  expect(tf.getBackend()).toBe('cpu');
});

test('examining tries all, and leaves what ran before with its tensors', async () => {
  const mine = works('wasm');
  await mine.start();
  const x = tf.tensor1d([1, 2]);
  const found = await probeAll([works('webgpu', [], { software: true }), mine, fails('cpu', 'not installed')]);
  expect(found).toEqual([
    { backend: 'webgpu', works: true, reason: 'webgpu here; in software', software: true },
    { backend: 'wasm', works: true, reason: 'wasm here' },
    { backend: 'cpu', works: false, reason: 'not installed' },
  ]);
  expect(tf.getBackend()).toBe('fake-wasm');
  expect(Array.from(await x.data())).toEqual([1, 2]);
  x.dispose();
});
