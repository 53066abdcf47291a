import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StateDict } from '@resnetjs/core';
import { notShared, shared } from '@resnetjs/testing/shared';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixturePath } from '../fixtures/forge.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import { createManifest } from './manifest/manifest.ts';
import { readSafetensors } from './safetensors/read-safetensors.ts';
import { encodeCheckpoint, saveCheckpoint } from './save-checkpoint.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resnetjs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const stateDict: StateDict = new Map([
  ['bn1.weight', { shape: [2], data: new Float32Array([1, 2]) }],
  ['bn1.running_var', { shape: [2], data: new Float32Array([3, 4]) }],
]);
const manifest = createManifest({ architecture: 'resnet20_cifar', labels: ['cat', 'größer 猫'] });

test('what is saved is loaded, with its manifest from within the file alone', async () => {
  const path = join(folder, 'new/folder/net.safetensors');
  const saved = await saveCheckpoint(path, { stateDict, manifest, metadata: { note: 'x' } });
  expect(saved).toEqual({ ...manifest, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(JSON.parse(await readFile(join(folder, 'new/folder/net.json'), 'utf8'))).toEqual(saved);
  const loaded = await loadCheckpoint(await readFile(path));
  expect(loaded.manifest).toEqual(saved);
  expect(loaded.stateDict).toEqual(stateDict);
  expect(loaded.extras.get('note')).toBe('x');
  expect(await readdir(join(folder, 'new/folder'))).toEqual(['net.json', 'net.safetensors']);
});

test('a counter of int64 0 lies beside every running_var', async () => {
  const { parts } = await encodeCheckpoint({ stateDict });
  const { tensors } = await readSafetensors(new Blob(parts));
  expect([...tensors.keys()]).toEqual(['bn1.weight', 'bn1.running_var', 'bn1.num_batches_tracked']);
  expect(tensors.get('bn1.num_batches_tracked')).toEqual({ shape: [], data: new Float32Array([0]) });
});

test('the manifest beside the file is the one that counts, so that it can be edited', async () => {
  const path = join(folder, 'edited.safetensors');
  const saved = await saveCheckpoint(path, { stateDict, manifest });
  await writeFile(join(folder, 'edited.json'), JSON.stringify({ ...saved, labels: ['dog'] }));
  expect((await loadCheckpoint(path)).manifest?.labels).toEqual(['dog']);
  await writeFile(join(folder, 'edited.json'), JSON.stringify({ ...saved, labels: 'dog' }));
  await expect(loadCheckpoint(path)).rejects.toThrow(/edited\.json: 1 problem in the manifest: labels: expected/);
  await writeFile(join(folder, 'edited.json'), '{ "some": "other file" }');
  expect((await loadCheckpoint(path)).manifest).toEqual(saved);
});

test('weights that changed since the manifest was written are refused, unless asked for', async () => {
  const path = join(folder, 'changed.safetensors');
  await saveCheckpoint(path, { stateDict, manifest });
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = 0x7f;
  await writeFile(path, bytes);
  await expect(loadCheckpoint(path)).rejects.toThrow(/changed\.safetensors: its SHA-256 is [0-9a-f]{64} but its manifest says/);
  expect((await loadCheckpoint(path, { verify: false })).stateDict.size).toBe(2);
});

test('a manifest beside a .th counts too, with the SHA-256 of the whole file', async () => {
  const bytes = await readFile(fixturePath('run.th'));
  await writeFile(join(folder, 'run.th'), bytes);
  const sha256 = execFileSync('sha256sum', [join(folder, 'run.th')], { encoding: 'utf8' }).slice(0, 64);
  await writeFile(join(folder, 'run.json'), JSON.stringify({ ...manifest, sha256 }));
  expect((await loadCheckpoint(join(folder, 'run.th'))).manifest?.architecture).toBe('resnet20_cifar');
  await writeFile(join(folder, 'run.json'), JSON.stringify({ ...manifest, sha256: '0'.repeat(64) }));
  await expect(loadCheckpoint(join(folder, 'run.th'))).rejects.toThrow('SHA-256');
});

test('what cannot be written leaves the old file and nothing beside it', async () => {
  const path = join(folder, 'kept/net.safetensors');
  await saveCheckpoint(path, { stateDict });
  const before = await readFile(path);
  const bad: StateDict = new Map([['w', { shape: [3], data: new Float32Array(2) }]]);
  await expect(saveCheckpoint(path, { stateDict: bad, manifest })).rejects.toThrow('shape [3] needs 3 numbers');
  await mkdir(join(folder, 'kept/net.json')); // the manifest cannot take this place
  await expect(saveCheckpoint(path, { stateDict: new Map(), manifest })).rejects.toThrow('cannot be written');
  expect(await readFile(path)).toEqual(before);
  expect(await readdir(join(folder, 'kept'))).toEqual(['net.json', 'net.safetensors']);
  await expect(saveCheckpoint(join(folder, 'net.pth'), { stateDict })).rejects.toThrow('Let the name end in .safetensors');
});

const python = process.env.RESNETJS_PYTHON ?? '/usr/bin/python3';

/** PyTorch is asked, not trusted to be there. */
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;

test.for(['akamaster/resnet20-12fca82f.th', 'akamaster/resnet32-d509ac18.th', 'ehanw/resnet20.pth'])(
  '%s, converted, is byte for byte what PyTorch loads from the original',
  async (name, { skip }) => {
    skip(!hasTorch, `${python} has no torch; set RESNETJS_PYTHON to one that has`);
    const missing = notShared(`checkpoints/${name}`);
    if (missing) skip(missing);
    const original = shared(`checkpoints/${name}`);
    const converted = join(folder, `${name.replace('/', '-')}.safetensors`);
    const { stateDict: weights } = await loadCheckpoint(original);
    await saveCheckpoint(converted, { stateDict: weights, manifest });
    const equal = execFileSync(python, [fixturePath('safetensors_equal.py'), converted, original], { encoding: 'utf8' });
    const counters = [...weights.keys()].filter((key) => key.endsWith('running_var')).length;
    // PyTorch before 0.4.1, which wrote akamaster's, had no counters.
    expect(Number(equal)).toBe(weights.size + (name.startsWith('ehanw') ? counters : 0));
  },
);
