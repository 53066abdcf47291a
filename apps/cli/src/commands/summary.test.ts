import type { Summary } from '@resnetjs/core';
import { expect, test } from 'vitest';
import { recorded } from '../recorded-terminal.testing.ts';

test('the columns of a ResNet-50 line up, and the totals are the published ones', async () => {
  const { code, stdout, leaked } = await recorded(['summary', 'resnet50']);
  expect(code).toBe(0);
  expect(leaked).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('resnet50 on one image of 224x224');
  expect(lines).toContain('part    kind         output      parameters     MACs  activations');
  expect(lines).toContain('conv1   conv 7x7 /2  112x112x64       9,408  118.0 M      3.1 MiB');
  const totals = lines.find((line) => line.startsWith('all ')) as string;
  expect(totals).toMatch(/1000 +25,557,032 +4\.089 G +\d+\.\d MiB$/);
  const ends = lines.filter((line) => line.endsWith('iB')).map((line) => line.length);
  expect(new Set(ends).size).toBe(1);
});

test('--depth goes down to single layers', async () => {
  const { stdout } = await recorded(['summary', 'resnet18', '--depth', '1']);
  expect(stdout).not.toContain('basic block');
  expect((await recorded(['summary', 'resnet18', '--depth', '3'])).stdout).toMatch(/^ {4}conv1 +conv 3x3/m);
});

test('--input changes shapes and work but not parameters', async () => {
  const { stdout } = await recorded(['summary', 'resnet18', '--input', '480x640', '--json']);
  const { inputShape, params, macs } = JSON.parse(stdout) as Summary;
  expect(inputShape).toEqual([1, 480, 640, 3]);
  expect(params).toBe(11_689_512);
  expect(macs).toBeGreaterThan(5e9);
});

test('an unknown name is answered with the nearest', async () => {
  const { code, stdout, stderr } = await recorded(['summary', 'resnet5']);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain("There is no model 'resnet5'. Did you mean 'resnet50'? `resnet models` lists all");
});

test.each(['0', '-5', '224x', 'big', '224x0'])('an input of %s is refused', async (size) => {
  const { code, stderr } = await recorded(['summary', 'resnet18', `--input=${size}`]);
  expect(code).toBe(2);
  expect(stderr).toContain('Expected pixels, as 224 or 480x640.');
});
