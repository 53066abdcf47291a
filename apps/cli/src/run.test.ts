import { expect, test } from 'vitest';
import { photo } from './places.testing.ts';
import { recorded } from './recorded-terminal.testing.ts';

const commands = ['predict', 'evaluate', 'train', 'finetune', 'lr-find', 'models', 'summary', 'convert', 'cache', 'bench', 'doctor'];

test('--help lists every command', async () => {
  const { code, stdout, stderr } = await recorded(['--help']);
  expect(code).toBe(0);
  expect(stderr).toBe('');
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
});

test.each(commands)("%s --help has examples, and says how to see an error's origin", async (command) => {
  const { code, stdout } = await recorded([command, '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Examples:\n  $ resnet ${command}`);
  expect(stdout).toContain('--debug');
});

test('--version is the package version', async () => {
  const { code, stdout } = await recorded(['--version']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
});

test.each([
  [[], 'Usage: resnet'],
  [['predcit', 'x.png'], "unknown command 'predcit'\n(Did you mean predict?)"],
  [['predict'], "missing required argument 'image'"],
  [['predict', 'x.png', '--tpo', '3'], "unknown option '--tpo'\n(Did you mean --top?)"],
  [['predict', 'x.png', '--top', '0'], 'Expected a whole number from 1.'],
  [['predict', 'x.png', '--preset', 'coco'], 'Allowed choices are imagenet, imagenet-v2, cifar-imagenet, cifar10'],
  [['predict', 'x.png', '--model', 'resnet51'], "There is no model 'resnet51'. Did you mean 'resnet50'?"],
  [
    ['predict', 'x.png', '--key-map', 'mine'],
    "--key-map: expected akamaster, ehanw, densenetDotted, none or a .json file, but received 'mine'",
  ],
  [['convert', 'a.pth'], "missing required argument 'out'"],
])('resnet %j is wrong usage', async (args, message) => {
  const { code, stdout, stderr } = await recorded(args);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(message);
});

test('where an error comes from is shown only when asked for', async () => {
  const failing = ['predict', 'absent.png'];
  expect((await recorded(failing)).stderr).not.toContain('    at ');
  for (const shown of [await recorded([...failing, '--debug']), await recorded(failing, { env: { RESNET_DEBUG: '1' } })]) {
    expect(shown.code).toBe(1);
    expect(shown.stderr).toContain('    at ');
    expect(shown.stderr).toContain('caused by');
  }
});

test('results go to one output and notes to the other', async () => {
  const { stdout, stderr } = await recorded(['predict', photo('chelsea.png'), '--json']);
  expect(() => JSON.parse(stdout)).not.toThrow();
  expect(stderr).toBe('');
});
