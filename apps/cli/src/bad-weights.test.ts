import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StateDict } from '@resnetjs/core';
import { loadCheckpoint, writeSafetensors } from '@resnetjs/weights';
import { beforeAll, describe, expect, test } from 'vitest';
import { entry, pickleOfClass, pickleThatRuns, safetensors, torchZip, zipBomb } from './bad-files.testing.ts';
import { shippedCheckpoint } from './network/shipped.ts';
import { photo, temporaryFolder } from './places.testing.ts';
import { recorded } from './recorded-terminal.testing.ts';

const folder = temporaryFolder();

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const marker = join(folder, 'was-run');

/** What comes of predicting with these weights: always the exit code 1, one clear line, and nothing left in memory. */
async function refusal(weights: string, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr, leaked } = await recorded(['predict', photo('chelsea.png'), '--weights', weights, ...more]);
  expect({ code, stdout, leaked }).toEqual({ code: 1, stdout: '', leaked: 0 });
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr;
}

describe('safetensors', () => {
  const fine = entry([2], 0, 8);
  test.each([
    [
      'a header longer than the file',
      safetensors({ a: fine }, { data: 8, headerLength: 9999 }),
      /header should have 9999 bytes but the file ends after 62/,
    ],
    ['an absurd header', safetensors({ a: fine }, { data: 8, headerLength: 2 ** 40 }), /header of 1099511627776 bytes/],
    ['offsets beyond the data', safetensors({ a: entry([4], 0, 16) }, { data: 8 }), /"a": ends at 16 but the file has 8 bytes/],
    ['overlapping tensors', safetensors({ a: fine, b: entry([2], 4, 12) }, { data: 12 }), /"b": starts at 4 and overlaps/],
    ['a gap between tensors', safetensors({ a: fine, b: entry([1], 12, 16) }, { data: 16 }), /"b": starts at 12, which leaves a gap/],
    ['a size that is not its shape', safetensors({ a: entry([1e6, 1e6], 0, 8) }, { data: 8 }), /"a"/],
    ['a name twice', safetensors(`{"a":${JSON.stringify(fine)},"a":${JSON.stringify(fine)}}`, { data: 8 }), /"a" is there twice/],
    ['broken JSON', safetensors('{"a": ', { data: 8 }), /not valid JSON/],
    ['broken UTF-8', badUtf8(), /not valid UTF-8/],
  ])('with %s is refused', async (what, bytes, message) => {
    const path = file(`${what.replaceAll(' ', '-')}.safetensors`, bytes);
    const said = await refusal(path);
    expect(said).toContain(path);
    expect(said).toMatch(message);
  });

  test('cut short is refused', async () => {
    const whole = readFileSync(shippedCheckpoint());
    expect(await refusal(file('cut.safetensors', whole.subarray(0, whole.length / 2)))).toContain('ends at');
  });

  test('whose numbers were changed is refused by its SHA-256', async () => {
    const changed = new Uint8Array(readFileSync(shippedCheckpoint()));
    changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
    expect(await refusal(file('changed.safetensors', changed))).toContain('SHA-256');
  });
});

function badUtf8(): Uint8Array {
  const bytes = safetensors('{"a?": 1}');
  bytes[10] = 0xff;
  return bytes;
}

describe('a PyTorch file', () => {
  test('that calls os.system is refused, and nothing is run', async () => {
    const said = await refusal(file('evil.pth', torchZip(pickleThatRuns(`touch ${marker}`))));
    expect(said).toMatch(/os\.system/);
    expect(existsSync(marker)).toBe(false);
  });

  test('that builds objects of a class is refused', async () => {
    expect(await refusal(file('class.pth', torchZip(pickleOfClass())))).toMatch(/evil\.Model/);
  });

  test('with a path out of the archive is refused', async () => {
    expect(await refusal(file('traversal.pth', torchZip(pickleOfClass(), '../../etc/passwd')))).toContain('forged');
  });

  test('that would unpack to something huge is refused', async () => {
    expect(await refusal(file('bomb.pth', zipBomb()))).toMatch(/bomb\.pth/);
  });

  test('cut short is refused', async () => {
    const zip = torchZip(pickleOfClass());
    expect(await refusal(file('cut.pth', zip.subarray(0, zip.length - 30)))).toMatch(/truncated/);
  });
});

test.each([
  ['nothing', new Uint8Array(0), /empty/],
  ['a web page', Buffer.from('<!doctype html><title>404</title>'), /a web page/],
  ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS pointer/],
])('a file that holds %s is no checkpoint', async (what, bytes, message) => {
  expect(await refusal(file(`${what.replaceAll(' ', '-')}.pth`, bytes))).toMatch(message);
});

test('a checkpoint that is not there is said', async () => {
  expect(await refusal(join(folder, 'absent.pth'))).toContain('there is no such file');
});

describe('weights that do not fit', () => {
  let good: StateDict;
  beforeAll(async () => {
    good = (await loadCheckpoint(shippedCheckpoint())).stateDict;
  });
  const without = (change: (dict: StateDict) => void): Uint8Array => {
    const dict: StateDict = new Map(good);
    change(dict);
    return writeSafetensors(dict);
  };

  test('are told apart all at once: missing, unexpected and misshapen', async () => {
    const bytes = without((dict) => {
      dict.delete('bn1.weight');
      dict.delete('bn1.bias');
      dict.set('extra.weight', { shape: [1], data: new Float32Array(1) });
      dict.set('conv1.weight', { shape: [16, 3, 5, 5], data: new Float32Array(16 * 75) });
    });
    const path = file('unfit.safetensors', bytes);
    const faults =
      '2 missing (bn1.weight, bn1.bias); 1 unexpected (extra.weight); 1 misshapen (conv1.weight is [16,3,5,5] instead of [16,3,3,3])';
    expect(await refusal(path, '--model', 'resnet20_cifar')).toContain(
      `${path}: these are not the parameters of resnet20_cifar: ${faults}`,
    );
    expect(await refusal(path)).toContain(`the nearest is resnet20_cifar: ${faults}`);
  });

  test('of images with two channels cannot be shown photos', async () => {
    const path = file(
      'pairs.safetensors',
      without((dict) => dict.set('conv1.weight', { shape: [16, 2, 3, 3], data: new Float32Array(16 * 18) })),
    );
    expect(await refusal(path)).toContain('resnet20_cifar takes images of 2 channels here, but images are read as 3 (RGB) or 1 (grey)');
  });

  test('without a head tell no classes', async () => {
    const path = file(
      'backbone.safetensors',
      without((dict) => {
        dict.delete('fc.weight');
        dict.delete('fc.bias');
      }),
    );
    expect(await refusal(path)).toContain(
      `${path}: resnet20_cifar has no head here, so it tells no classes. \`resnet finetune\` gives it one.`,
    );
  });

  test('of more classes than there are names for them are refused', async () => {
    const labels = file('two.txt', Buffer.from('cat\ndog\n'));
    expect(await refusal(shippedCheckpoint(), '--labels', labels)).toContain(`${labels}: 2 class names, but the network has 10 outputs`);
  });

  test('are renamed by a key map of ones own', async () => {
    const path = file(
      'renamed.safetensors',
      without((dict) => {
        const weight = dict.get('bn1.weight') as NonNullable<ReturnType<StateDict['get']>>;
        dict.set('bn1.gain', weight).delete('bn1.weight');
      }),
    );
    expect(await refusal(path)).toContain('1 missing (bn1.weight); 1 unexpected (bn1.gain)');
    const map = file('map.json', Buffer.from('{ "bn1.gain": "bn1.weight" }'));
    const { code, stdout } = await recorded(['predict', photo('chelsea.png'), '--weights', path, '--key-map', map]);
    expect(code).toBe(0);
    expect(stdout).toContain('cat   ');
  });
});
