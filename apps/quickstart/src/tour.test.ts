import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { tour } from './tour.ts';

async function watched(env: Record<string, string>, terminal: object = {}): Promise<{ code: number; text: string }> {
  const chunks: string[] = [];
  const screen = Object.assign(new PassThrough(), terminal);
  screen.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const code = await tour({ stdout: screen, stderr: screen, env });
  return { code, text: chunks.join('') };
}

test('classifies both photos, describes a ResNet-50 and says what is next', async () => {
  const { code, text } = await watched({});
  expect(code).toBe(0);
  expect(text).toMatch(/chelsea\.png\n {2}cat +100\.0 % {2}█+\n/);
  expect(text).toMatch(/rocket\.jpg\n {2}ship +100\.0 % {2}█+\n/);
  expect(text).toContain('25,557,032');
  expect(text).toContain('npx resnet predict photo.jpg');
});

test('is honest about the rocket', async () => {
  const { text } = await watched({});
  expect(text.replaceAll('\n', ' ')).toContain(
    'The rocket is not, and cannot be: this network knows the ten classes of CIFAR-10 and no other',
  );
});

test('fits a narrow terminal but for the table, with colours only where they are wanted', async () => {
  const narrow = { isTTY: true, columns: 60, hasColors: () => true };
  expect((await watched({}, narrow)).text).toContain('\u001b[');
  const { text } = await watched({ NO_COLOR: '1' }, narrow);
  expect(text).not.toContain('\u001b[');
  const [told = ''] = text.split('What is a ResNet-50');
  const paragraphs = told.split('\n').filter((line) => !line.includes('photos/'));
  expect(Math.max(...paragraphs.map((line) => line.length))).toBeLessThanOrEqual(75);
});
