import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { packages, root, sources } from './workspace.ts';

// Each starts a program of its own.
vi.setConfig({ testTimeout: 60_000 });

/** Every program that an app starts by, but for the page, which Vite builds: its `main.ts`, built. */
const mains = packages
  .filter(({ folder }) => existsSync(join(folder, 'tsdown.config.ts')))
  .flatMap(({ folder }) =>
    sources(folder)
      .filter((file) => file.endsWith('/main.ts'))
      .map((file) => relative(root, file)),
  );

/** Beside an option that none has: what each cannot do, and why. */
const impossible: Record<string, readonly (readonly [args: readonly string[], code: number, why: string])[]> = {
  'apps/cli/src/main.ts': [
    [['predict', 'nowhere.png'], 1, 'nowhere.png: there is no such file'],
    [['serve', '--model', 'nowhere.pth', '--port', '0'], 1, 'nowhere, version 1: cannot be loaded. nowhere.pth: there is no such file'],
  ],
  'apps/quickstart/src/main.ts': [[['photo.png'], 2, "no options, but received 'photo.png'"]],
  'apps/degradation/src/main.ts': [
    [['gradients', 'nowhere'], 1, 'nowhere'],
    [
      ['train', 'nowhere', '--networks', 'resnet21_cifar', '--out', join(root, 'tests/node_modules/.study')],
      2,
      "no model 'resnet21_cifar'",
    ],
  ],
  'apps/bench/src/main.ts': [[['--batch', '1,x'], 2, 'Expected a whole number from 1.']],
  'apps/bench/src/serve/main.ts': [[['soak', '--seconds', 'many'], 2, 'Expected a whole number from 1.']],
  'apps/bench/src/cluster/main.ts': [[['kills', '--photos', 'nowhere', '--kills', 'many'], 2, 'Expected a whole number from 1.']],
  'apps/bench/src/depth/main.ts': [[['--rounds', 'many'], 2, 'Expected a whole number from 1.']],
  'apps/bench/src/record/main.ts': [[['--rounds', 'many'], 2, 'Expected a whole number from 1.']],
  'apps/bench/src/gemm/main.ts': [[['--rounds', 'many'], 2, 'Expected a whole number from 1.']],
  'apps/bench/src/tiles/main.ts': [[['--best', 'all'], 2, 'Expected a whole number from 1.']],
  'apps/bench/src/data/main.ts': [
    [['--photos', 'nowhere'], 1, 'There is no such folder: nowhere.'],
    [['--rounds', '1', '--node', '/nowhere/node'], 1, '/nowhere/node cannot be started'],
  ],
  'apps/bench/src/memory/main.ts': [
    [['resnet51:1:0'], 1, "'resnet51'"],
    [['resnet18:none:0'], 2, 'Expected a whole number from 1.'],
  ],
  'apps/bench/src/explain/main.ts': [
    [['quality', 'nowhere'], 1, 'nowhere'],
    [['quality', 'nowhere', '--methods', 'cam'], 2, 'Expected some of grad-cam,'],
  ],
};

const started = (file: string, args: readonly string[]) => {
  const built = join(root, file.replace('/src/', '/dist/').replace(/\.ts$/, '.js'));
  const { status, stderr } = spawnSync(process.execPath, [built, ...args], { encoding: 'utf8', env: { ...process.env, RESNET_DEBUG: '' } });
  return { status, stderr };
};

test('every program is tried here', () => {
  expect(Object.keys(impossible).sort()).toEqual(mains.sort());
});

describe.each(mains)('%s says what is wrong to whoever typed it, without a stack trace', (file) => {
  test.each([[['--no-such-option'], 2, '--no-such-option'] as const, ...(impossible[file] ?? [])])('%j', (args, code, why) => {
    const { status, stderr } = started(file, args);
    expect(stderr).toContain(why);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(code);
  });
});
