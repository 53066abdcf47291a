import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notShared, shared } from '@resnetjs/testing/shared';
import { describe, expect, test, vi } from 'vitest';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

// A thousand images, by up to 32 layers.
vi.setConfig({ testTimeout: 60_000 });

const folder = temporaryFolder();

/** A folder per class with these photos. */
function dataset(name: string, classes: Record<string, readonly string[]>): string {
  const root = join(folder, name);
  for (const [label, photos] of Object.entries(classes)) {
    mkdirSync(join(root, label), { recursive: true });
    for (const file of photos) cpSync(photo(file), join(root, label, file));
  }
  return root;
}

interface Report {
  readonly network: string;
  readonly images: number;
  readonly top1: number;
  readonly top5: number;
}

describe('on 1,000 test images of CIFAR-10', () => {
  // akamaster: golden/checkpoints.json of the shared data, by PyTorch. ehanw: its training log says 90.01 % of all 10,000
  // for the epoch it was saved at and its README 90.00; PyTorch, with projections and ImageNet's mean and std, 900 of these.
  // Ended with 1 in one of some hundred runs, and was not caught again to say why: tried twice, and what it said is in the log.
  test.for([
    ['akamaster/resnet20-12fca82f.th', 'resnet20_cifar', 0.915],
    ['akamaster/resnet32-d509ac18.th', 'resnet32_cifar', 0.928],
    ['ehanw/resnet20.pth', 'resnet20_cifar (shortcut B)', 0.9],
  ] as const)('%s scores what PyTorch measures', { retry: 1 }, async ([file, network, top1], { skip }) => {
    const missing = notShared('data/cifar10', `checkpoints/${file}`);
    if (missing) skip(missing);
    const { code, stdout, stderr, leaked } = await recorded([
      'evaluate',
      shared('data/cifar10'),
      '--json',
      '--weights',
      shared(`checkpoints/${file}`),
    ]);
    if (code !== 0) console.error(stderr);
    expect(code, stderr).toBe(0);
    expect(leaked).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ network, images: 1000, top1 });
  });
});

test('a folder per class is matched with the classes by name, whatever the case', async () => {
  const root = dataset('animals', { Cat: ['chelsea.png'], airplane: ['rocket.jpg'] });
  const { code, stdout, stderr, leaked } = await recorded(['evaluate', root, '--json']);
  expect(code).toBe(0);
  expect(leaked).toBe(0);
  expect(stderr).toBe('Classes that the network writes otherwise were taken for its own: Cat = cat.\n');
  // the rocket is taken for a ship; an airplane is the network's fifth guess
  expect(JSON.parse(stdout) as Report).toMatchObject({ images: 2, top1: 0.5, top5: 1 });
});

test('prints accuracy, loss and what is mixed up', async () => {
  const root = dataset('mixed-up', { cat: ['chelsea.png'], airplane: ['rocket.jpg'] });
  const { stdout } = await recorded(['evaluate', root]);
  expect(stdout).toMatch(
    /^resnet20_cifar on 2 images of 2 classes\n {2}top-1 {3}50\.00 % {2}1 right\n {2}top-5 {2}100\.00 %\n {2}loss +\d+\.\d{4}\n {2}airplane taken for ship 1 time\n {2}\d+(\.\d)? images\/s\n$/,
  );
});

test('images that cannot be read are left out, said, and change the exit code', async () => {
  const root = dataset('holes', { cat: ['chelsea.png'], airplane: ['rocket.jpg'] });
  const broken = join(root, 'cat', 'a.png');
  writeFileSync(broken, 'not a picture');
  const report = join(folder, 'holes.html');
  const { code, stdout, stderr, leaked } = await recorded(['evaluate', root, '--json', '--report', report]);
  expect([code, leaked]).toEqual([3, 0]);
  expect(JSON.parse(stdout)).toMatchObject({ images: 2, top1: 0.5, leftOut: [{ image: broken }] });
  expect(stderr).toContain(`error: 1 image could not be read and was left out:\n  ${broken}: `);
  expect(readFileSync(report, 'utf8')).toContain(broken);

  expect(await recorded(['evaluate', root, '--broken', 'fail'])).toMatchObject({ code: 1, stdout: '' });
  writeFileSync(join(root, 'cat', 'b.png'), 'nor this');
  const many = await recorded(['evaluate', root]);
  expect(many).toMatchObject({ code: 1, stdout: '', leaked: 0 });
  expect(many.stderr).toContain('2 of 4 images cannot be read, more than the 1.0 % that --max-broken allows');
  expect((await recorded(['evaluate', root, '--max-broken', '50%'])).code).toBe(3);
});

test('a folder of nothing that can be read is an error', async () => {
  const root = dataset('no-pictures', { cat: [] });
  writeFileSync(join(root, 'cat', 'a.png'), 'not a picture');
  const { code, stderr, leaked } = await recorded(['evaluate', root]);
  expect([code, leaked]).toEqual([1, 0]);
  expect(stderr).toContain('1 of 1 image cannot be read:');
});

test('folders that are no classes of the network are named', async () => {
  const root = dataset('animals-and-more', { newt: ['chelsea.png'], test: ['rocket.jpg'] });
  const { code, stderr, leaked } = await recorded(['evaluate', root]);
  expect(code).toBe(1);
  expect(leaked).toBe(0);
  expect(stderr).toContain("2 of 2 classes are not the network's (newt, test). It knows airplane, automobile");
  expect(stderr).toContain('Give the folder whose sub-folders are the classes');
});

describe('of a folder in parts', () => {
  const one = ['chelsea.png'];
  test.each([
    [['train', 'val', 'test'], [], 'test', 'has train, val, test: measured on test. --split chooses another'],
    [['Training', 'Valid'], [], 'Valid', 'has Training, Valid: measured on Valid'],
    [['train', 'val', 'test'], ['--split', 'val'], 'val', ''],
    [['train'], ['--split', 'train'], 'train', ''],
  ])('%j %j measures %s', async (parts, args, part, note) => {
    const root = dataset(`parts-${parts.join('-')}-${part}`, Object.fromEntries(parts.map((name) => [`${name}/cat`, one])));
    const { code, stdout, stderr } = await recorded(['evaluate', root, '--json', ...args]);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { folder: root, part, images: 1 }]);
    expect(stderr).toContain(note);
  });

  test.each([
    [['train/cat'], [], /there is train alone, and what a network was trained on does not measure it\. Say --split train/],
    [['train/cat', 'val/cat'], ['--split', 'test'], /there is no part for --split test\. It has train, val/],
    [['cat'], ['--split', 'test'], /there are no parts in it, so --split test chooses nothing/],
  ])('%j %j is refused', async (folders, args, message) => {
    const root = dataset(`no-part-${folders.join('-').replaceAll('/', '_')}`, Object.fromEntries(folders.map((name) => [name, one])));
    const { code, stderr } = await recorded(['evaluate', root, ...args]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});

test('a folder that is not there, or has no classes, is said', async () => {
  const absent = await recorded(['evaluate', join(folder, 'nowhere')]);
  expect(absent).toMatchObject({ code: 1, leaked: 0 });
  expect(absent.stderr).toContain('there is no such folder');
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const { code, stderr } = await recorded(['evaluate', empty]);
  expect(code).toBe(1);
  expect(stderr).toContain('expected one sub-folder per class');
});

test('shows a progress bar on a terminal only', async () => {
  const root = dataset('progress', { cat: ['chelsea.png'] });
  expect((await recorded(['evaluate', root], { columns: 80 })).stderr).toContain('Evaluating');
  expect((await recorded(['evaluate', root])).stderr).not.toContain('Evaluating');
});
