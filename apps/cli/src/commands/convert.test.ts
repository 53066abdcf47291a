import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notShared, shared } from '@resnetjs/testing/shared';
import { loadCheckpoint } from '@resnetjs/weights';
import { beforeAll, describe, expect, test } from 'vitest';
import { shippedCheckpoint } from '../network/shipped.ts';
import { temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

const folder = temporaryFolder();
const original = 'checkpoints/akamaster/resnet20-12fca82f.th';
const facts = shippedCheckpoint().replace('.safetensors', '.facts.json');

test('the shipped weights are what convert makes of the published file', async ({ skip }) => {
  const missing = notShared(original);
  if (missing) skip(missing);
  const made = join(folder, 'resnet20-cifar10.safetensors');
  const { code, stdout, stderr, leaked } = await recorded(['convert', shared(original), made, '--manifest', facts]);
  expect(code).toBe(0);
  expect(leaked).toBe(0);
  expect(readFileSync(made).equals(readFileSync(shippedCheckpoint()))).toBe(true);
  const manifest = (path: string) => JSON.parse(readFileSync(path.replace('.safetensors', '.json'), 'utf8')) as { sha256: string };
  expect(manifest(made)).toEqual(manifest(shippedCheckpoint()));
  expect(stdout).toBe(`${made}: resnet20_cifar, 97 tensors, SHA-256 ${manifest(made).sha256}\n`);
  expect(stderr).toContain('Parameters renamed from those of https://github.com/akamaster');
  expect(stderr).toContain('No manifest: these 97 parameters are those of resnet20_cifar, and of plain20_cifar: --model chooses.');
});

describe('of a safetensors file', () => {
  const copy = join(folder, 'copy.safetensors');
  beforeAll(() => copyFileSync(shippedCheckpoint(), copy));

  test('keeps the manifest, but for what is given', async () => {
    const labels = join(folder, 'labels.txt');
    writeFileSync(labels, 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n');
    const made = join(folder, 'relabelled.safetensors');
    const { code } = await recorded(['convert', copy, made, '--labels', labels, '--preset', 'cifar10']);
    expect(code).toBe(0);
    const { manifest } = await loadCheckpoint(made);
    expect(manifest).toMatchObject({
      architecture: 'resnet20_cifar',
      licence: 'BSD-2-Clause',
      labels: [...'abcdefghij'],
      preprocessing: { mean: [0.4914, 0.4822, 0.4465] },
      accuracy: { top1: 0.9173 },
    });
  });

  test('writes over nothing without --force', async () => {
    const made = join(folder, 'twice.safetensors');
    expect(await recorded(['convert', copy, made])).toMatchObject({ code: 0 });
    const { code, stderr } = await recorded(['convert', copy, made]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${made} and ${made.replace('.safetensors', '.json')} already there. Write over with --force`);
    expect(await recorded(['convert', copy, made, '--force'])).toMatchObject({ code: 0 });
  });

  test('refuses a name that does not say safetensors', async () => {
    const { code, stderr } = await recorded(['convert', copy, join(folder, 'out.pth')]);
    expect(code).toBe(2);
    expect(stderr).toContain('end in .safetensors');
  });

  test('lists what is wrong with given facts, and writes nothing', async () => {
    const wrong = join(folder, 'wrong.json');
    writeFileSync(wrong, '{ "licence": 7, "accuracy": { "dataset": "d", "top1": 91 } }');
    const made = join(folder, 'never.safetensors');
    const { code, stderr } = await recorded(['convert', copy, made, '--manifest', wrong]);
    expect(code).toBe(1);
    expect(stderr).toContain('licence');
    expect(stderr).toContain('accuracy.top1');
    expect(existsSync(made)).toBe(false);
  });
});
