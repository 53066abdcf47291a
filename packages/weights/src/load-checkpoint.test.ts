import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { notShared, shared } from '@resnetjs/testing/shared';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  fixture,
  fixturePath,
  forgeSafetensors,
  global,
  join,
  pickle,
  seededRandom,
  tensorDict,
  text,
  torchZip,
} from '../fixtures/forge.ts';
import { sendBytes, serve } from '../fixtures/serve.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import { createManifest } from './manifest/manifest.ts';
import type { ExtraObject } from './pytorch/plain-value.ts';
import { writeSafetensors } from './safetensors/write-safetensors.ts';

/** What torch says is in the files, as text: JSON has no infinity. */
interface Expected {
  readonly shape: number[];
  readonly data: string[];
}
let expected: { readonly bare: Record<string, Expected>; readonly run: Record<string, Expected> };
beforeAll(() => {
  expected = JSON.parse(new TextDecoder().decode(fixture('expected.json')));
});

const numbers = (data: readonly string[]): Float32Array => Float32Array.from(data, (text) => Number(text.replace('inf', 'Infinity')));

describe.each(['bare.pth', 'bare.th'])('%s, written by PyTorch 1.13', (file) => {
  test('every tensor is what torch says: strided, shared, half, bfloat16, float64, empty, scalar', async () => {
    const { stateDict } = await loadCheckpoint(fixture(file));
    const { 'bn.num_batches_tracked': counter, ...tensors } = expected.bare;
    expect(counter?.data).toEqual(['12345678.0']);
    expect([...stateDict.keys()]).toEqual(Object.keys(tensors));
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      expect(stateDict.get(name)?.shape, name).toEqual(shape);
      expect(stateDict.get(name)?.data, name).toEqual(numbers(data));
    }
  });
});

describe.each(['run.pth', 'run.th'])('%s, as a training run saves it', (file) => {
  test('the weights are found under state_dict, without DataParallel’s prefix', async () => {
    const { stateDict, extras, manifest } = await loadCheckpoint(fixture(file));
    expect([...stateDict.keys()]).toEqual(['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var']);
    expect(stateDict.get('0.weight')?.data).toEqual(numbers(expected.run['0.weight']?.data ?? []));
    expect(Object.fromEntries(extras)).toMatchObject({ epoch: 12, arch: 'tiny', best_acc1: 91.25, is_best: true, negative: -70000 });
    expect(manifest).toBeUndefined();
  });
  test('another entry is taken by its name, or what is there is listed', async () => {
    await expect(loadCheckpoint(fixture(file), { stateDictKey: 'ema' })).rejects.toThrow(
      /no dict of tensors under stateDictKey "ema".*"epoch" \(a number\).*"state_dict" \(a dict of 7\)/,
    );
  });
});

test('counters beside the weights are not among them, nor in the way of what wrappers put before all names', async () => {
  const one = { shape: [], data: new Float32Array(1) };
  const averaged = new Map(['n_averaged', 'module.bn.weight', 'module.bn.num_batches_tracked'].map((name) => [name, one]));
  const bytes = writeSafetensors(averaged);
  const { stateDict, prefix } = await loadCheckpoint(bytes);
  expect([[...stateDict.keys()], prefix]).toEqual([['bn.weight'], 'module.']);
  expect([...(await loadCheckpoint(bytes, { keyMap: false })).stateDict.keys()]).toEqual(['module.bn.weight']);
});

test('the format is told by the bytes, whatever the source', async () => {
  const path = await loadCheckpoint(fixturePath('bare.th'));
  const blob = await loadCheckpoint(new Blob([fixture('bare.pth') as Uint8Array<ArrayBuffer>]));
  expect([path.format, blob.format]).toEqual(['torch-legacy', 'torch-zip']);
  expect((await loadCheckpoint(writeSafetensors(new Map()))).format).toBe('safetensors');
  expect((await loadCheckpoint(fixture('protocol4.pth'))).stateDict.size).toBe(6);
});

test('a .pth behind HTTP, with its hundred storages, takes a handful of requests', async ({ skip }) => {
  const missing = notShared('checkpoints/ehanw/resnet20.pth');
  if (missing) skip(missing);
  const bytes = await readFile(shared('checkpoints/ehanw/resnet20.pth'));
  const server = await serve((request, response) => sendBytes(request, response, bytes));
  const { stateDict, keyMap } = await loadCheckpoint(server.url);
  await server.close();
  expect([stateDict.size, keyMap]).toEqual([107, 'ehanw']);
  expect(server.requests.length).toBeLessThanOrEqual(3); // the first 64 kB, and two blocks of 1 MiB
});

test.for([
  // Counts of tensors without counters: https://github.com/akamaster/pytorch_resnet_cifar10 (6n+2 layers, n = 3 and 5).
  ['akamaster/resnet20-12fca82f.th', 97, 'akamaster', 91.78],
  ['akamaster/resnet32-d509ac18.th', 157, 'akamaster', 92.78],
] as const)('%s loads under the names of torchvision', async ([name, count, map, best], { skip }) => {
  const missing = notShared(`checkpoints/${name}`);
  if (missing) skip(missing);
  const { stateDict, keyMap, extras } = await loadCheckpoint(shared(`checkpoints/${name}`));
  expect([stateDict.size, keyMap]).toEqual([count, map]);
  expect(extras.get('best_prec1')).toBeCloseTo(best, 4);
  expect(stateDict.get('fc.weight')?.shape).toEqual([10, 64]);
});

describe('refused, saying why and running nothing:', () => {
  test.each(['evil.pth', 'evil.th'])('%s, which calls os.system', async (file) => {
    await expect(loadCheckpoint(fixture(file))).rejects.toThrow(/asks for "posix.system".*Nothing was run.*state_dict\(\)/);
    expect(existsSync('/tmp/resnetjs-was-here')).toBe(false);
  });
  test('a list', async () => {
    await expect(loadCheckpoint(fixture('list.pth'))).rejects.toThrow('it holds a list of 1, not a dict of tensors');
  });
  test.each([
    ['an empty file', new Uint8Array(0), 'the file (0 bytes) is empty'],
    ['a web page', join('<!DOCTYPE html><title>404'), 'a web page'],
    ['a Git LFS pointer', join('version https://git-lfs.github.com/spec/v1\noid sha256:'), 'git lfs pull'],
    ['a bare pickle', join([0x80, 4, 0x95]), 'a bare pickle'],
    ['JSON', join('{"architecture": "resnet18"}'), 'JSON'],
    ['a photo', join([0xff, 0xd8, 0xff, 0xe0], 'JFIF'), 'neither: it starts with'],
    ['a lying safetensors', forgeSafetensors('{}', 0, 2n ** 60n), 'safetensors header of'],
  ])('%s', async (_, bytes, message) => {
    await expect(loadCheckpoint(bytes)).rejects.toThrow(message);
  });
  test('a path that is not there, and a folder', async () => {
    await expect(loadCheckpoint('no/such.pth')).rejects.toThrow('no/such.pth: there is no such file');
    await expect(loadCheckpoint('no/such.pth')).rejects.toMatchObject({ isAbsent: true });
    await expect(loadCheckpoint('.')).rejects.toMatchObject({ isAbsent: false });
    await expect(loadCheckpoint(fixturePath('.'))).rejects.toThrow('this is a folder');
  });
});

describe('a file that is both hostile and whole loads its tensors and runs nothing:', () => {
  test.each(['evil.pth', 'evil.th'])('%s, whose call of os.system is set aside', async (file) => {
    const { stateDict, notes, extras } = await loadCheckpoint(fixture(file), { hostile: 'setAside' });
    expect([...stateDict.keys()]).toEqual(['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var']);
    expect(stateDict.get('0.weight')?.data).toEqual(numbers(expected.run['0.weight']?.data ?? []));
    expect(notes).toEqual(['The file asks for posix.system, which harms whoever opens it in Python. Nothing was run. Do not pass it on.']);
    const extra = extras.get('extra') as ExtraObject;
    expect({ ...extra }).toEqual({ name: 'posix.system', args: ['touch /tmp/resnetjs-was-here'], state: null, items: [] });
    expect([Object.getPrototypeOf(extra), Object.isFrozen(extra)]).toEqual([null, true]);
    expect(existsSync('/tmp/resnetjs-was-here')).toBe(false);
  });
  test('a call of something that no list knows is set aside without being asked', async () => {
    const call = join(global('my_module', 'delete_everything'), text('/'), [0x85], 'R');
    const pickled = pickle('}', text('state_dict'), tensorDict('w'), 's', text('x'), call, 's');
    const { stateDict, notes } = await loadCheckpoint(torchZip(pickled));
    expect([...(stateDict.get('w')?.data ?? [])]).toEqual([1.5, -2]);
    expect(notes).toEqual(['Set aside, neither looked up nor called: my_module.delete_everything.']);
  });
});

test('a whole model loads as its state dict', async () => {
  const { stateDict, notes } = await loadCheckpoint(fixturePath('whole-model.pth'));
  expect([...stateDict.keys()]).toEqual(['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var']);
  expect(stateDict.get('0.weight')?.data).toEqual(numbers(expected.run['0.weight']?.data ?? []));
  expect(notes).toEqual([
    'A whole model, of torch.nn.modules.container.Sequential: its parameters and buffers were read, its program was not run.',
  ]);
});

test('safetensors’ complex numbers beside the weights are set aside, 8-bit floats and unsigned numbers are read', async () => {
  const header = {
    a: { dtype: 'F8_E4M3', shape: [2], data_offsets: [0, 2] },
    b: { dtype: 'U16', shape: [1], data_offsets: [2, 4] },
    c: { dtype: 'C64', shape: [1], data_offsets: [4, 12] },
    d: { dtype: 'F4', shape: [4], data_offsets: [12, 14] },
  };
  const { stateDict, notes } = await loadCheckpoint(join(forgeSafetensors(header), [0x38, 0xc0, 0x40, 0x9c], new Uint8Array(10)));
  expect([...stateDict].map(([name, { data }]) => [name, ...data])).toEqual([
    ['a', 1, -2],
    ['b', 40000],
  ]);
  expect(notes).toEqual(['Set aside, for they are not read: "c" (of C64 numbers), "d" (of F4 numbers).']);
});

test('a file with any byte changed or cut off either loads or is refused by a CheckpointError', async () => {
  const random = seededRandom(7);
  const files = readdirSync(fixturePath('.')).filter((name) => /\.(pth|th|pt)$/.test(name));
  const tensors = writeSafetensors(new Map([['bn.running_var', { shape: [2], data: new Float32Array(2) }]]), { counters: true });
  const ways = readdirSync(fixturePath('ways')).filter((name) => !name.endsWith('.json'));
  const all = [...files.map(fixture), tensors, ...ways.map((name) => fixture(`ways/${name}`))];
  for (const [i, whole] of all.entries())
    for (let round = 0; round < (i > files.length ? 40 : 150); round++) {
      const bytes = whole.slice(0, round % 3 ? whole.length : random(whole.length));
      for (let i = 0; i <= round % 4 && bytes.length; i++) bytes[random(bytes.length)] = random(256);
      await loadCheckpoint(bytes).catch((error) => expect(error).toBeInstanceOf(CheckpointError));
    }
});

test("the caller's key map replaces the known ones", async () => {
  const file = writeSafetensors(
    new Map([
      ['linear.weight', { shape: [1], data: new Float32Array(1) }],
      ['layer1.0.conv1.weight', { shape: [1], data: new Float32Array(1) }],
    ]),
  );
  const names = async (options: Parameters<typeof loadCheckpoint>[1]) => [...(await loadCheckpoint(file, options)).stateDict.keys()];
  expect(await names({})).toEqual(['fc.weight', 'layer1.0.conv1.weight']);
  expect(await names({ keyMap: false })).toEqual(['linear.weight', 'layer1.0.conv1.weight']);
  expect(await names({ keyMap: { 'linear.': 'head.' } })).toEqual(['head.weight', 'layer1.0.conv1.weight']);
  expect(await names({ keyMap: 'akamaster' })).toEqual(['fc.weight', 'layer1.0.conv1.weight']);
});

test('a manifest that is passed in is checked and used', async () => {
  const file = writeSafetensors(new Map());
  expect((await loadCheckpoint(file, { manifest: createManifest({ architecture: 'resnet18' }) })).manifest?.architecture).toBe('resnet18');
  await expect(loadCheckpoint(file, { manifest: { ...createManifest({ architecture: '' }) } })).rejects.toThrow('architecture');
});
