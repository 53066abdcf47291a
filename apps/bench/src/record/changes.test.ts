import { expect, test } from 'vitest';
import { changes } from './changes.ts';
import type { Record } from './record.ts';

const base: Record = {
  commit: 'a',
  date: '',
  machine: '',
  node: '',
  bytes: { core: 1000 },
  startup: { 'resnet predict': 8 },
  ratios: { 'infer resnet18: tfjs-wasm': 2.5, 'infer resnet18: resnet.js-int8': 0.5 },
};
const worse = (now: Partial<Record>) =>
  changes(base, { ...base, ...now })
    .filter(({ isWorse }) => isWorse)
    .map(({ what }) => what);

test('a bundle that grew, a slower start, and a smaller lead are worse', () => {
  expect(worse({ bytes: { core: 1020 } })).toEqual(['core']);
  expect(worse({ startup: { 'resnet predict': 10 } })).toEqual(['resnet predict']);
  expect(worse({ ratios: { 'infer resnet18: tfjs-wasm': 2.2 } })).toEqual(['infer resnet18: tfjs-wasm']);
  expect(worse({ ratios: { 'infer resnet18: resnet.js-int8': 0.6 } })).toEqual(['infer resnet18: resnet.js-int8']);
});

test('what is smaller, faster, within chance, or new is not', () => {
  expect(
    worse({ bytes: { core: 900, other: 5 }, startup: { 'resnet predict': 8.5 }, ratios: { 'infer resnet18: tfjs-wasm': 2.4 } }),
  ).toEqual([]);
  expect(worse({ ratios: { 'infer resnet18: tfjs-wasm': 3, 'infer resnet18: resnet.js-int8': 0.4 } })).toEqual([]);
});
