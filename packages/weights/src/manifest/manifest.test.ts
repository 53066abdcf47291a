import { expect, test } from 'vitest';
import { embeddedManifest, MANIFEST_KEY } from './embedded-manifest.ts';
import { createManifest, looksLikeManifest, type Manifest, parseManifest } from './manifest.ts';
import { sidecarPath } from './sidecar-manifest.ts';

const full: Manifest = {
  manifestVersion: 1,
  architecture: 'resnet20_cifar',
  config: { classes: 10, shortcut: 'A' },
  preprocessing: { resize: null, crop: [32, 32], interpolation: 'bilinear', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  labels: ['airplane', 'automobile'],
  licence: 'BSD-2-Clause',
  source: 'https://github.com/akamaster/pytorch_resnet_cifar10',
  sha256: '0'.repeat(64),
  accuracy: { dataset: 'CIFAR-10 test', top1: 0.9173, images: 10000 },
};

test('a full manifest survives JSON', () => {
  expect(parseManifest(JSON.parse(JSON.stringify(full)))).toEqual(full);
});

test('what is not known is null', () => {
  expect(parseManifest(createManifest({ architecture: 'resnet18' }))).toMatchObject({
    architecture: 'resnet18',
    config: {},
    labels: null,
    accuracy: null,
  });
});

test('every problem is listed by its path', () => {
  const bad = {
    ...full,
    architecture: '',
    preprocessing: { ...full.preprocessing, crop: 224.5, interpolation: 'cubic', std: [1, 0] },
    labels: ['cat', 7],
    sha256: 'abc',
    accuracy: { dataset: 'ImageNet', top1: 76.1 },
    licence: undefined,
  };
  expect(() => parseManifest(bad, 'bad.json')).toThrow(/^bad\.json: 8 problems in the manifest: /);
  try {
    parseManifest(bad, 'bad.json');
  } catch (error) {
    expect((error as Error).message.split('; ').map((fault) => fault.replace(/^bad\.json.*manifest: /, ''))).toMatchInlineSnapshot(`
      [
        "architecture: expected a name but it is empty",
        "preprocessing.crop: expected a whole number above 0",
        "preprocessing.interpolation: expected ("nearest" | "bilinear" | "bicubic" | "lanczos") but received "cubic"",
        "preprocessing.std: expected every number above 0",
        "labels.1: expected string but received 7",
        "licence: expected string but received undefined",
        "sha256: expected 64 hexadecimal digits",
        "accuracy.top1: expected a share between 0 and 1.",
      ]
    `);
  }
});

test('a later version is refused', () => {
  expect(() => parseManifest({ ...full, manifestVersion: 2 })).toThrow('manifestVersion: expected 1 but received 2');
  expect(() => parseManifest('resnet18')).toThrow('expected Object but received "resnet18"');
});

test('a manifest in safetensors metadata is checked too, and named in the message', () => {
  expect(embeddedManifest(new Map([[MANIFEST_KEY, JSON.stringify(full)]]), 'x.safetensors')).toEqual(full);
  expect(embeddedManifest(new Map(), 'x.safetensors')).toBeUndefined();
  expect(() => embeddedManifest(new Map([[MANIFEST_KEY, '{']]), 'x.safetensors')).toThrow('x.safetensors (resnetjs.manifest): not JSON');
});

test('the manifest lies beside the weights', () => {
  expect(sidecarPath('models/resnet20-12fca82f.th')).toBe('models/resnet20-12fca82f.json');
  expect(sidecarPath('v1.5/model')).toBe('v1.5/model.json');
  expect(looksLikeManifest({ name: 'package' })).toBe(false);
});
