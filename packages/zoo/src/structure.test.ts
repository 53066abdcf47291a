import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parameters, summarize } from '@resnetjs/core';
import { expect, test } from 'vitest';
import { createModel } from './index.ts';

interface Structure {
  readonly params: number;
  /** Multiply-accumulates for one image of `size`. */
  readonly macs: number;
  readonly size: number;
  readonly tensors: number;
  readonly sha256: string;
}

/** Every timm ResNet of the zoo as timm itself builds it. `golden/make_structure.py` says how to make the file anew. */
const { models } = JSON.parse(readFileSync(new URL('../golden/structure.json', import.meta.url), 'utf8')) as {
  models: Record<string, Structure>;
};

test.each(Object.entries(models))("%s has timm's names and shapes in timm's order, its parameters and its arithmetic", (name, expected) => {
  const model = createModel(name);
  const lines = [...parameters(model)].map(([key, { shape }]) => `${key} ${shape.join(',')}`);
  const { params, macs } = summarize(model, [1, expected.size, expected.size, 3]);
  expect({ params, macs, tensors: lines.length }).toEqual({ params: expected.params, macs: expected.macs, tensors: expected.tensors });
  // Where only this fails, the names differ: print `lines` beside timm's state_dict().
  expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(expected.sha256);
});
