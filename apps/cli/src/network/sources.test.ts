import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createManifest, loadCheckpoint, saveCheckpoint, writeSafetensors } from '@resnetjs/weights';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';
import { shippedCheckpoint } from './shipped.ts';

// The shipped network with three classes fewer, so that nothing that comes with the command could be taken for it.
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog'];
const folder = temporaryFolder();
const file = join(folder, 'seven.safetensors');
const data = join(folder, 'photos');

let server: Server;
let url: string;
const asked: string[] = [];
beforeAll(async () => {
  const { stateDict, manifest } = await loadCheckpoint(shippedCheckpoint());
  for (const [name, row] of [
    ['fc.weight', 64],
    ['fc.bias', 1],
  ] as const) {
    const { shape, data: values } = stateDict.get(name) as { shape: number[]; data: Float32Array };
    stateDict.set(name, { shape: [CLASSES.length, ...shape.slice(1)], data: values.slice(0, CLASSES.length * row) });
  }
  const { preprocessing = null } = manifest ?? {};
  await saveCheckpoint(file, {
    stateDict,
    manifest: createManifest({ architecture: 'resnet20_cifar', config: { classes: CLASSES.length }, preprocessing, labels: CLASSES }),
  });
  for (const name of ['cat', 'dog']) {
    mkdirSync(join(data, name), { recursive: true });
    for (let i = 0; i < 6; i++) writeFileSync(join(data, name, `${i}.png`), readFileSync(photo('chelsea.png')));
  }
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (!/^\/((me\/seven|timm\/resnet10t[\w.]+)\/resolve\/(main|v1)\/model|seven)\.safetensors$/.test(request.url ?? ''))
      return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    const bytes = readFileSync(file);
    response.writeHead(200, { 'content-length': bytes.length, etag: '"seven"' }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  vi.stubEnv('HF_ENDPOINT', url);
  vi.stubEnv('HF_HOME', mkdtempSync(join(folder, 'home-')));
  vi.stubEnv('HF_HUB_OFFLINE', '');
});

const SOURCES: readonly (readonly [what: string, source: () => string])[] = [
  ['a file', () => file],
  ['an address', () => `${url}/seven.safetensors`],
  ['a repository', () => 'me/seven'],
  ['a revision of a repository', () => 'hf-hub:me/seven@v1'],
  // Its published weights are here those of another network, which shows that they were taken.
  ["a network's name", () => 'resnet10t'],
];

/** How each command is given weights, and what shows that it took those. */
const COMMANDS: readonly (readonly [
  command: string,
  args: (source: string, out: string) => string[],
  shows: RegExp,
  made: string | undefined,
])[] = [
  ['predict', (source) => ['predict', photo('chelsea.png'), '--weights', source, '--json'], /"label": ?"cat"/, undefined],
  ['evaluate', (source) => ['evaluate', data, '--weights', source], /resnet20_cifar \(classes 7\) on 12 images/, undefined],
  ['convert', (source, out) => ['convert', source, join(out, 'net.safetensors')], /resnet20_cifar \(classes 7\), 97 tensors/, undefined],
  ['summary', (source) => ['summary', source], /resnet20_cifar \(classes 7\) on one image of 32x32/, undefined],
  ['bench', (source) => ['bench', source, '--runs', '1', '--backends', 'cpu'], /resnet20_cifar \(classes 7\), predictions/, undefined],
  [
    'finetune',
    (source, out) => [
      'finetune',
      data,
      '--weights',
      source,
      '--out',
      join(out, 'run'),
      '--epochs',
      '1',
      '--frozen-epochs',
      '0',
      '--batch-size',
      '4',
      '--workers',
      '0',
    ],
    /./,
    'run/model.safetensors',
  ],
];

/** To these a name of the zoo is a network as it is built, without weights. */
const DESCRIBE = ['summary', 'bench'];

describe.each(SOURCES)('%s means the same network', (what, source) => {
  test.each(COMMANDS.filter(([command]) => what !== "a network's name" || !DESCRIBE.includes(command)))(
    'to %s',
    async (_name, args, shows, made) => {
      const out = mkdtempSync(join(folder, 'out-'));
      const { code, stdout, stderr, leaked } = await recorded(args(source(), out));
      expect([code, leaked], stderr).toEqual([0, 0]);
      expect(stdout).toMatch(shows);
      if (made) expect(existsSync(join(out, made))).toBe(true);
    },
  );
});

test('to summary a name is the network as it is built: nothing is asked for', async () => {
  asked.length = 0;
  const { code, stdout } = await recorded(['summary', 'resnet10t']);
  expect([code, stdout, asked]).toEqual([0, expect.stringMatching(/resnet10t on one image of 176x176/), []]);
});

describe('without a source', () => {
  test('a name alone without --weights says how to have its published weights', async () => {
    const { code, stderr } = await recorded(['predict', photo('chelsea.png'), '--model', 'resnet50']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('or --weights resnet50 for those that are published')]);
  });

  test('evaluate refuses a network of one output, which tells no classes', async () => {
    const { stateDict } = await loadCheckpoint(shippedCheckpoint());
    stateDict.set('fc.weight', { shape: [1, 64], data: new Float32Array(64) }).set('fc.bias', { shape: [1], data: new Float32Array(1) });
    const one = join(folder, 'one.safetensors');
    writeFileSync(one, writeSafetensors(stateDict));
    const { code, stderr, leaked } = await recorded(['evaluate', data, '--weights', one]);
    expect([code, leaked, stderr]).toEqual([1, 0, expect.stringContaining('has one output, which is yes or no')]);
    const predicted = await recorded(['predict', photo('chelsea.png'), '--weights', one, '--json']);
    expect(JSON.parse(predicted.stdout)).toMatchObject([{ predictions: [{ index: 0, probability: 0.5 }] }]);
  });

  test('finetune --from-scratch is train', async () => {
    const out = join(mkdtempSync(join(folder, 'out-')), 'run');
    const args = [
      'finetune',
      data,
      '--from-scratch',
      '--model',
      'resnet8_cifar',
      '--size',
      '32',
      '--out',
      out,
      '--epochs',
      '1',
      '--batch-size',
      '4',
      '--workers',
      '0',
    ];
    const { code, stderr } = await recorded(args);
    expect([code, existsSync(join(out, 'model.safetensors'))], stderr).toEqual([0, true]);
    const both = await recorded([...args, '--weights', file]);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('--from-scratch begins with random weights: leave weights out')]);
  });

  test('finetune begins with the CIFAR network where ImageNet cannot be had, and says so', async () => {
    const out = mkdtempSync(join(folder, 'out-'));
    const args = [
      'finetune',
      data,
      '--offline',
      '--out',
      join(out, 'run'),
      '--epochs',
      '1',
      '--frozen-epochs',
      '0',
      '--batch-size',
      '4',
      '--workers',
      '0',
    ];
    const { code, stderr } = await recorded(args);
    expect([code, stderr]).toEqual([0, expect.stringContaining("ImageNet's weights of resnet18 cannot be had")]);
    expect(stderr).toContain('Starting from the resnet20_cifar that comes with this instead. It sees 32x32 pixels');
  });
});

describe('resnet cache', () => {
  test('lists what was downloaded, and removes it', async () => {
    expect((await recorded(['cache'])).stdout).toContain('nothing was downloaded yet');
    await recorded(['summary', 'me/seven']);
    expect((await recorded(['cache'])).stdout).toMatch(/^me\/seven +main +127\.0\.0\.1:\d+ +1\.\d MiB/m);
    const other = await recorded(['cache', 'me/eight', '--clear']);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('me/eight: not in')]);
    expect((await recorded(['cache', 'me/seven', '--clear'])).stdout).toContain('removed 1 repository');
    expect((await recorded(['cache', '--json'])).stdout).toContain('"repositories": []');
  });
});
