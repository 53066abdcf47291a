import { expect, test } from 'vitest';
import { recorded } from '../recorded-terminal.testing.ts';

test('lists every network with its published size', async () => {
  const { code, stdout } = await recorded(['models']);
  expect(code).toBe(0);
  // torchvision's published counts
  expect(stdout).toMatch(
    /^resnet50 +25,557,032 +4\.089 G +224 +80\.86 +timm\/resnet50\.tv2_in1k +BSD-3-Clause +arxiv\.org\/abs\/1512\.03385$/m,
  );
  expect(stdout).toMatch(/^resnet20_cifar +269,722 +40\.6 M +32 +91\.25 /m);
});

test('--weights keeps what can be had by name, with the figure of those weights', async () => {
  const { stdout } = await recorded(['models', '--weights', '--json']);
  const infos = JSON.parse(stdout) as { name: string; weights?: { repository: string; top1?: number } }[];
  expect(infos.every(({ weights }) => weights)).toBe(true);
  expect(infos.find(({ name }) => name === 'resnet18')?.weights).toEqual({
    repository: 'timm/resnet18.tv_in1k',
    licence: 'BSD-3-Clause',
    top1: 69.758,
    source: 'torchvision IMAGENET1K_V1',
  });
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
