import { expect, test } from 'vitest';
import { BACKENDS } from './conformance-case.ts';
import { selection } from './selection.ts';

test('without a choice every backend is tried, and those that cannot start are skipped', () => {
  expect(selection(undefined)).toEqual({ backends: BACKENDS, asked: false });
  expect(selection('')).toEqual({ backends: BACKENDS, asked: false });
});

test('backends that are asked for by name must start', () => {
  expect(selection('wasm, node-gpu')).toEqual({ backends: ['wasm', 'node-gpu'], asked: true });
});

test('a name that is none is refused with those there are', () => {
  expect(() => selection('wasm,cuda')).toThrow('RESNETJS_BACKENDS: no backend is called cuda. There are cpu, wasm,');
});
