import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BackendInfo, useWasm } from '../index.ts';
import { MODELS } from './models.testing.ts';
import { compareModels } from './train-models.testing.ts';

let info: BackendInfo;
beforeAll(async () => {
  info = await useWasm();
});
afterAll(() => info.dispose());

test('small networks of every layer, loss and optimizer of tfjs-layers train as they do on tfjs’ cpu backend', async () => {
  expect(MODELS.length).toBeGreaterThan(110);
  expect(await compareModels('fixed')).toEqual([]);
});
