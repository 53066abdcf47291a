import { expect, test } from 'vitest';
import { listModels } from './create-model.ts';
import { PUBLISHED_NAMES, publishedWeights } from './published-weights.ts';

test('every name is a network of the zoo, and its repository is named for it', () => {
  const names = new Set(listModels());
  for (const name of PUBLISHED_NAMES) {
    expect(names.has(name), name).toBe(true);
    expect(publishedWeights(name)?.repository).toMatch(new RegExp(`^timm/${name}\\.[a-z0-9_]+$`));
  }
});

test('a figure has a source, and no other', () => {
  for (const name of PUBLISHED_NAMES) {
    const { top1, source, licence } = publishedWeights(name) ?? {};
    expect(top1 === undefined, name).toBe(source === undefined);
    if (top1 !== undefined) expect(top1).toBeGreaterThan(60);
    expect(licence).toMatch(/^(Apache-2\.0|BSD-3-Clause|CC-BY-NC-4\.0)$/);
  }
});

test('what has no published weights says nothing', () => {
  for (const name of ['resnet20_cifar', 'resnet200', 'toString']) expect(publishedWeights(name)).toBeUndefined();
});
