import type { StateDict } from '@resnetjs/core';
import { expect, test } from 'vitest';
import { renameKeys } from './key-map.ts';
import { detectKeyMap, KNOWN_KEY_MAPS } from './known-key-maps.ts';
import { stripPrefixes } from './strip-prefix.ts';

const dict = (...names: string[]): StateDict => new Map(names.map((name) => [name, { shape: [], data: new Float32Array(1) }]));
const renamed = (names: string[], map: Parameters<typeof renameKeys>[1]) => [...renameKeys(dict(...names), map).keys()];

test('a table renames whole names, and prefixes that end in a dot', () => {
  expect(renamed(['linear.weight', 'linearity', 'a'], { 'linear.': 'fc.', a: 'b' })).toEqual(['fc.weight', 'linearity', 'b']);
});

test('a table is not looked up in its prototype', () => {
  expect(renamed(['toString'], {})).toEqual(['toString']);
});

test('rules run in order, and a function may drop a tensor', () => {
  expect(
    renamed(
      ['x_1'],
      [
        [/_/, '.'],
        [/^x\./, 'y.'],
      ],
    ),
  ).toEqual(['y.1']);
  expect(renamed(['keep', 'drop'], (name) => (name === 'keep' ? 'kept' : undefined))).toEqual(['kept']);
});

test('two tensors cannot fall together', () => {
  expect(() => renamed(['a', 'b'], { a: 'c', b: 'c' })).toThrow('"a" and "b" both become "c"');
});

test('wrappers’ prefixes go where all names have them, nested ones too', () => {
  const stripped = (...names: string[]) => {
    const { dict: bare, prefix } = stripPrefixes(dict(...names));
    return [prefix, ...bare.keys()];
  };
  expect(stripped('module.a', 'module.b')).toEqual(['module.', 'a', 'b']);
  expect(stripped('module._orig_mod.a')).toEqual(['module._orig_mod.', 'a']);
  expect(stripped('module.a', 'b')).toEqual(['', 'module.a', 'b']);
  expect(stripped('module.')).toEqual(['', 'module.']);
});

test('akamaster: linear is fc, and shortcut is downsample', () => {
  const names = ['conv1.weight', 'layer1.0.conv1.weight', 'layer2.0.shortcut.0.weight', 'linear.weight'];
  expect(detectKeyMap(names)).toBe('akamaster');
  expect(renamed(names, KNOWN_KEY_MAPS.akamaster.rules)).toEqual([
    'conv1.weight',
    'layer1.0.conv1.weight',
    'layer2.0.downsample.0.weight',
    'fc.weight',
  ]);
});

test('ehanw: stage_2.0.bn_1 is layer2.0.bn1', () => {
  const names = ['conv_1.weight', 'bn_1.running_var', 'stage_1.0.conv_1.weight', 'stage_3.2.bn_2.bias', 'stage_2.0.downsample.1.weight'];
  expect(detectKeyMap(names)).toBe('ehanw');
  expect(renamed(names, KNOWN_KEY_MAPS.ehanw.rules)).toEqual([
    'conv1.weight',
    'bn1.running_var',
    'layer1.0.conv1.weight',
    'layer3.2.bn2.bias',
    'layer2.0.downsample.1.weight',
  ]);
});

test('the first DenseNets: norm.1 is norm1, and transitions stay as they are', () => {
  const names = [
    'features.denseblock1.denselayer1.norm.1.weight',
    'features.denseblock4.denselayer16.conv.2.weight',
    'features.transition1.norm.weight',
  ];
  expect(detectKeyMap(names)).toBe('densenetDotted');
  expect(renamed(names, KNOWN_KEY_MAPS.densenetDotted.rules)).toEqual([
    'features.denseblock1.denselayer1.norm1.weight',
    'features.denseblock4.denselayer16.conv2.weight',
    'features.transition1.norm.weight',
  ]);
});

test("torchvision's names need no map", () => {
  expect(detectKeyMap(['conv1.weight', 'layer1.0.conv1.weight', 'fc.weight'])).toBeUndefined();
});
