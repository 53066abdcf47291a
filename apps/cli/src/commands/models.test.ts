import { expect, test } from 'vitest';
import { recorded } from '../recorded-terminal.testing.ts';

test('lists every network with its published size', async () => {
  const { code, stdout } = await recorded(['models']);
  expect(code).toBe(0);
  // torchvision's published counts
  expect(stdout).toMatch(/^resnet50 +25,557,032 +4\.089 G +224 +76\.13 +arxiv\.org\/abs\/1512\.03385$/m);
  expect(stdout).toMatch(/^resnet20_cifar +269,722 +40\.6 M +32 +91\.25 /m);
});

test('a filter keeps what is named like it', async () => {
  const { stdout } = await recorded(['models', '--filter', 'resnet*_cifar', '--json']);
  const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
  expect(names).toContain('resnet110_cifar');
  expect(names.every((name) => /^resnet.*_cifar$/.test(name))).toBe(true);
});

test('a filter that keeps nothing says so', async () => {
  const { code, stderr } = await recorded(['models', '--filter', 'alexnet']);
  expect(code).toBe(1);
  expect(stderr).toBe("error: No model is named like 'alexnet'. * stands for anything: '*alexnet*'.\n");
});
