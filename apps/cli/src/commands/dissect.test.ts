import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { stateDict } from '@resnetjs/core';
import type { Dissection } from '@resnetjs/explain';
import { createManifest, saveCheckpoint } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import { beforeAll, expect, test, vi } from 'vitest';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

// A network of twenty layers, forty times.
vi.setConfig({ testTimeout: 60_000 });

const folder = temporaryFolder();
const images = join(folder, 'images');
const quick = ['--repeats', '1', '--paths', '1'];

beforeAll(async () => {
  await useWasm({ threads: 1 }); // the test's own network is given values
  for (const [label, file] of [
    ['cat', 'chelsea.png'],
    ['airplane', 'rocket.jpg'],
  ] as const) {
    mkdirSync(join(images, label), { recursive: true });
    for (const name of ['a', 'b']) cpSync(photo(file), join(images, label, name + file));
  }
});

interface Printed {
  readonly networks: readonly (Dissection & { readonly network: string })[];
}

test('a residual network and a plain one are looked into side by side, in one file', async () => {
  const plain = join(folder, 'plain.safetensors');
  const model = createModel('plain20_cifar', { seed: 1 });
  const labels = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
  await saveCheckpoint(plain, { stateDict: await stateDict(model), manifest: createManifest({ architecture: 'plain20_cifar', labels }) });
  const out = join(folder, 'both.html');
  const { code, stdout, leaked } = await recorded(['dissect', images, '--beside', plain, '--json', '--out', out, ...quick]);
  expect([code, leaked]).toEqual([0, 0]);
  const { networks } = JSON.parse(stdout) as Printed;
  expect(networks.map(({ network, blocks, dropped, paths }) => [network, blocks.length, dropped.length, paths?.lengths.length])).toEqual([
    ['resnet20_cifar', 9, 9, 10],
    ['plain20_cifar', 9, 7, undefined],
  ]);
  expect(networks[0]?.whole.images).toBe(4);
  const page = readFileSync(out, 'utf8');
  expect(page).not.toMatch(/(src|href)="(?!data:)/);
  expect(page).not.toContain('NaN');
  for (const heading of [
    'Without one block',
    'Without several blocks',
    'In another order',
    'How much a block adds',
    'Gradients by layer',
    'Paths',
    'How alike layers are',
  ])
    expect(page).toContain(`<h2>${heading}</h2>`);
  expect(page.match(/<svg/g)).toHaveLength(11);
  expect(page).toContain('Blocks of plain20_cifar');
});

test('prints what costs least and most, and where the report is', async () => {
  const out = join(folder, 'one.html');
  const { code, stdout, stderr } = await recorded(['dissect', images, '-n', '4', '-o', out, ...quick], {
    columns: 100,
    env: { NO_COLOR: '1' },
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^resnet20_cifar on 4 images: \d+\.\d\d % right\n {2}without one block it loses -?\d+\.\d points \(layer\d\.\d\) to \d+\.\d points \(layer\d\.\d\)\n {2}\d+\.\d % of the gradient comes by paths through \d to \d of 9 blocks\nreport .*one\.html\n$/,
  );
  for (const bar of ['Responses', 'Gradients', 'Similarity', 'Paths', 'Lesions']) expect(stderr).toContain(`resnet20_cifar: ${bar}`);
});

test.each<[string, string[], RegExp]>([
  ['a folder that is not there', ['nowhere'], /there is no such folder/],
  ['no images at all', [images, '-n', '0'], /Expected a whole number from 1/],
  ['a network of other classes', [images, '--labels', 'LABELS'], /2 of 2 classes are not the network's/],
  ['a place where no report can be', [images, '-o', join(folder, 'no', 'such', 'folder.html')], /cannot be written/],
])('%s is said, and no report is written', async (_, args, message) => {
  const labels = join(folder, 'labels.txt');
  writeFileSync(labels, [...'abcdefghij'].join('\n'));
  const out = join(folder, 'never.html');
  const all = args.map((arg) => (arg === 'LABELS' ? labels : arg));
  const { code, stderr, leaked } = await recorded(['dissect', ...all, ...(args.includes('-o') ? [] : ['-o', out])]);
  expect([code > 0, leaked]).toEqual([true, 0]);
  expect(stderr).toMatch(message);
  expect(existsSync(out)).toBe(false);
});
