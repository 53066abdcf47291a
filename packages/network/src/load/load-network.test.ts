import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, optimizeForInference, parameters, stateDict } from '@resnetjs/core';
import { failure, leakedTensors } from '@resnetjs/testing';
import { type TestHub, testHub, timmConfig } from '@resnetjs/testing/test-hub';
import { loadCheckpoint, writeSafetensors } from '@resnetjs/weights';
import { createModel, publishedWeights } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadNetwork } from './load-network.ts';
import type { LoadProgress } from './read-source.ts';
import { sourceKind } from './source-kind.ts';

const photo = fileURLToPath(new URL('../../../testing/photos/chelsea.png', import.meta.url));
const { repository } = publishedWeights('resnet10t') as { repository: string };

let weights: Uint8Array;
let folder: string;
let hub: TestHub;
beforeAll(async () => {
  await useWasm({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'resnetjs-network-'));
  const model = createModel('resnet10t', { seed: 1 });
  initialize(model, { seed: 1 });
  weights = writeSafetensors(await stateDict(model));
  dispose(model);
  await writeFile(join(folder, 'net.safetensors'), weights);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  hub = await testHub();
  hub.files.set(`${repository}/config.json`, timmConfig('resnet10t', 64));
  hub.files.set(`${repository}/model.safetensors`, weights);
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_HOME', await mkdtemp(join(folder, 'home-')));
  for (const name of ['HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE']) vi.stubEnv(name, '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

/** What a network is and says, to be the same from wherever it comes. */
async function essence(source: Parameters<typeof loadNetwork>[0], options: Parameters<typeof loadNetwork>[1] = {}) {
  const network = await loadNetwork(source, options);
  try {
    const [best] = await network.classify(photo, { top: 1 });
    return { name: network.name, classes: network.classes, labels: network.labels?.length, best, preprocessing: network.preprocessing };
  } finally {
    network.dispose();
  }
}

describe('a source', () => {
  test('by name, by repository and from a revision is the same network, downloaded once', async () => {
    const byName = await essence('resnet10t');
    expect(byName).toMatchObject({ name: 'resnet10t', classes: 1000, labels: 1000, preprocessing: { crop: 64 } });
    const downloads: string[] = [];
    const onProgress = ({ stage, name }: LoadProgress) => void (stage === 'download' && downloads.push(name));
    for (const source of [repository, `hf-hub:${repository}`, repository.slice('timm/'.length)])
      expect(await essence(source, { onProgress })).toEqual(byName);
    const requests = hub.requests.length;
    expect(await essence(repository, { onProgress, offline: true })).toEqual(byName);
    expect([downloads, hub.requests.length]).toEqual([[], requests]);
    expect(await essence(`${repository}@v1`)).toEqual(byName);
    expect(hub.requests.some((request) => request.includes('/resolve/v1/'))).toBe(true);
  });

  test('as a path, a URL, a blob and bytes is the same network', async () => {
    const options = {
      preprocessing: { resize: 64, crop: 64, interpolation: 'bilinear', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    } as const;
    const path = join(folder, 'net.safetensors');
    const fromPath = await essence(path, options);
    expect(fromPath.name).toBe('resnet10t');
    for (const source of [
      new URL(`file://${path}`),
      `${hub.url}/${repository}/resolve/main/model.safetensors`,
      new Blob([weights as Uint8Array<ArrayBuffer>]),
      weights,
    ])
      expect(await essence(source, options)).toEqual(fromPath);
  });

  test('a download that is cut off goes on where it stopped', async () => {
    hub.cuts.push(5_000_000);
    const seen: LoadProgress[] = [];
    const { name } = await essence('resnet10t', { onProgress: (progress) => seen.push(progress) });
    expect(name).toContain('resnet10t');
    const ranges = hub.requests
      .filter((request) => request.includes('X-Signature'))
      .map((request) => Number(/bytes=(\d+)/.exec(request)?.[1]));
    expect(ranges[0]).toBe(0);
    expect(ranges[1]).toBeGreaterThan(0);
    const last = seen.filter(({ stage, name: file }) => stage === 'download' && file === 'model.safetensors').at(-1);
    expect(last).toMatchObject({ doneBytes: weights.length, totalBytes: weights.length });
  });

  test('that comes slowly is told of as it comes', async () => {
    hub.pieces = 12;
    const seen: number[] = [];
    await essence('resnet10t', { onProgress: ({ name, doneBytes }) => void (name === 'model.safetensors' && seen.push(doneBytes)) });
    expect(seen.length).toBeGreaterThan(11);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(weights.length);
  });

  test('whose bytes are not those of its SHA-256 is refused and not kept, and the next try is whole', async () => {
    hub.wrongs.push(weights.length - 1);
    const { error, leaked } = await failure(() => loadNetwork('resnet10t'));
    expect(error.message).toMatch(/model\.safetensors: its SHA-256 is [0-9a-f]{64} but should be [0-9a-f]{64}.*fetch it again/);
    expect(leaked).toBe(0);
    await expect(loadNetwork('resnet10t', { offline: true })).rejects.toThrow('offline is set');
    expect((await essence('resnet10t')).classes).toBe(1000);
  });

  test("that Hugging Face's own tools have downloaded is not downloaded again", async () => {
    const place = join(process.env.HF_HOME as string, 'hub', `models--${repository.replace('/', '--')}`);
    const commit = 'c'.repeat(40);
    await mkdir(join(place, 'snapshots', commit), { recursive: true });
    await mkdir(join(place, 'refs'));
    await writeFile(join(place, 'refs/main'), commit);
    for (const name of ['config.json', 'model.safetensors'])
      await writeFile(join(place, 'snapshots', commit, name), hub.files.get(`${repository}/${name}`) as Uint8Array);
    expect((await essence('resnet10t', { offline: true })).classes).toBe(1000);
    expect(hub.requests).toEqual([]);
  });

  test('a gated repository wants a token, and gets it from the environment', async () => {
    hub.gated.add(repository);
    await expect(loadNetwork('resnet10t')).rejects.toThrow(/401.*set HF_TOKEN/);
    vi.stubEnv('HF_TOKEN', 'secret');
    expect((await essence('resnet10t')).classes).toBe(1000);
  });

  test.each([
    ['a repository that is not there', 'timm/nothing', /401/],
    ['a name without published weights', 'resnet200', 'resnet200: no weights of it are published that this knows. Give a file'],
    ['a name that is none', 'resnet5', 'resnet5: there is no such file, and no network of that name. Did you mean resnet50?'],
    ['a file that is not there', './nothing.pth', 'no such file'],
    ['a word that is like no name', 'kitchen', 'kitchen: there is no such file, and no network of that name. 8'],
    ['a folder', 'src', 'src: expected a checkpoint file but this is a folder'],
    ['nothing', undefined, 'no source: name a network'],
    ['an empty name', ' ', 'source: expected a name, a path, a URL, a Blob or bytes, but received " ". Try \'resnet50\'.'],
    ['null', null as unknown as string, 'but received null'],
    ['a number', 42 as unknown as string, 'but received 42'],
    ['a function', (() => 0) as unknown as string, 'but received function'],
  ])('%s is refused with what to do, and leaves nothing behind', async (_, source, message) => {
    const { error, leaked } = await failure(() => loadNetwork(source));
    expect(error.message).toMatch(message);
    expect(leaked).toBe(0);
  });

  test('where there is no network the error names the address and the way out', async () => {
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    await expect(loadNetwork('resnet10t')).rejects.toThrow(
      /http:\/\/127\.0\.0\.1:9\/timm\/resnet10t\..*\/model\.safetensors: .*cannot be reached.*Fetch that file elsewhere and give it instead/,
    );
  });

  test('loading stops when it is told to, and leaves nothing behind', async () => {
    const stop = new AbortController();
    const leaked = await leakedTensors(async () => {
      const loading = loadNetwork('resnet10t', { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
      await expect(loading).rejects.toThrow('enough');
    });
    expect(leaked).toBe(0);
  });

  test('runs on the backend that is running', async () => {
    expect(tf.getBackend()).toBe('wasm');
    const network = await loadNetwork(join(folder, 'net.safetensors'));
    expect(tf.getBackend()).toBe('wasm');
    network.dispose();
  });
});

test('what is folded out of the checkpoint is what is folded on the backend, to the last bit', async () => {
  const { stateDict: dict } = await loadCheckpoint(weights);
  // Norms that do something, none of whose numbers is round.
  for (const { shape, data } of dict.values()) if (shape.length === 1) data.set(data.map((value, i) => value + Math.cos(i) ** 2));
  const network = await loadNetwork(writeSafetensors(dict));
  const x = tf.tensor(
    Float32Array.from({ length: 64 * 64 * 3 }, (_, i) => Math.sin(i)),
    [1, 64, 64, 3],
  );
  const bits = (logits: tf.Tensor) => Array.from(new Int32Array((logits.dataSync() as Float32Array).slice().buffer));
  const fromCheckpoint = bits(tf.tidy(() => network.predictor.forward(x, 'eval')));
  for (const { variable } of parameters(network.model).values()) expect(variable.isDisposed).toBe(false); // brings them to the backend
  const onBackend = optimizeForInference(network.model, [1, 64, 64, 3]);
  expect(fromCheckpoint).toEqual(bits(tf.tidy(() => onBackend.forward(x, 'eval'))));
  tf.dispose(x);
  onBackend.dispose();
  network.dispose();
});

test.each([
  ['resnet50', { kind: 'network', name: 'resnet50' }],
  ['timm/resnet50.a1_in1k', { kind: 'repository', id: 'timm/resnet50.a1_in1k' }],
  ['timm/resnet50.a1_in1k@main', { kind: 'repository', id: 'timm/resnet50.a1_in1k@main' }],
  ['hf-hub:timm/resnet50.a1_in1k', { kind: 'repository', id: 'timm/resnet50.a1_in1k' }],
  ['resnet50.a1_in1k', { kind: 'repository', id: 'timm/resnet50.a1_in1k' }],
  ['https://example.org/net.pth', { kind: 'url', place: 'https://example.org/net.pth' }],
  ['runs/net.safetensors', { kind: 'file', place: 'runs/net.safetensors' }],
  ['./resnet50', { kind: 'file', place: './resnet50' }],
  ['/nets/resnet50', { kind: 'file', place: '/nets/resnet50' }],
  ['nets\\net.pth', { kind: 'file', place: 'nets\\net.pth' }],
  ['C:\\nets\\net', { kind: 'file', place: 'C:\\nets\\net' }],
  ['package.json', { kind: 'file', place: 'package.json' }],
  ['resnet5', { kind: 'file', place: 'resnet5' }],
])('%s means %j', async (text, kind) => {
  expect(await sourceKind(text)).toEqual(kind);
});
