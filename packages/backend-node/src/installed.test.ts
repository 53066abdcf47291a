import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The real packages, installed by npm without running their install step, as on a machine that may not download from
// elsewhere: what a user then sees.

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const unbuilt = !existsSync(here('../dist/index.js')) && 'dist/ is missing; run the build first';
const foreign = process.platform !== 'linux' && 'written for Linux';
const skipped = unbuilt || foreign;
const NPM = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

describe.skipIf(skipped)(`with the real packages and no binaries${skipped ? ` (${skipped})` : ''}`, () => {
  const project = mkdtempSync(join(tmpdir(), 'resnetjs-tfjs-node-'));
  const installed = (path: string) => join(project, 'node_modules', path);
  const compile = (...args: string[]) => execFileSync('cc', ['-shared', '-x', 'c', '/dev/null', '-x', 'none', ...args], { stdio: 'pipe' });

  beforeAll(() => {
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    execFileSync('npm', [...NPM, '@tensorflow/tfjs-node@4.22.0', '@tensorflow/tfjs-node-gpu@4.22.0'], { cwd: project, stdio: 'pipe' });
    for (const part of ['package.json', 'dist'])
      cpSync(here(`../${part}`), installed(`@resnetjs/backend-node/${part}`), { recursive: true });
  }, 180_000);
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  /** What `useNode` says in a process of its own. */
  function say(options: object): { missing: string; message: string } {
    const script = `
      import { BackendError, useNode } from '@resnetjs/backend-node';
      try {
        await useNode(${JSON.stringify(options)});
      } catch (error) {
        console.log(JSON.stringify({ missing: error instanceof BackendError && error.missing, message: error.message }));
      }`;
    return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: project, encoding: 'utf8' }));
  }

  function withAddon<T>(name: string, write: (path: string) => void, run: () => T): T {
    const folder = installed(`@tensorflow/${name}/lib/napi-v8`);
    mkdirSync(folder, { recursive: true });
    write(join(folder, 'tfjs_binding.node'));
    try {
      return run();
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** A shared object that needs another which is nowhere. */
  const needing = (library: string) => (path: string) => {
    const absent = join(project, library);
    compile(`-Wl,-soname,${library}`, '-o', absent);
    compile('-o', path, '-Wl,--no-as-needed', absent);
    rmSync(absent);
  };

  test.each([
    ['tfjs-node', {}],
    ['tfjs-node-gpu', { gpu: true }],
  ])('%s: the addon is missing', (name, options) => {
    const { missing, message } = say(options);
    expect(missing).toBe('addon');
    expect(message).toContain(`Run: npm rebuild @tensorflow/${name}`);
  });

  test('an addon that was cut off on its way is told apart', () => {
    const { missing, message } = withAddon(
      'tfjs-node',
      (path) => writeFileSync(path, 'cut'),
      () => say({}),
    );
    expect(missing).toBe('addon');
    expect(message).toMatch(/damaged or made for another machine.*file too short/);
  });

  const noCompiler = !existsSync('/usr/bin/cc') && 'no C compiler';
  test.skipIf(noCompiler).each([
    ['tfjs-node', {}, 'libtensorflow.so.2', 'libtensorflow'],
    ['tfjs-node-gpu', { gpu: true }, 'libcudart.so.11.0', 'cuda'],
  ] as const)(`%s: the system's loader misses a library${noCompiler ? ` (${noCompiler})` : ''}`, (name, options, library, piece) => {
    const { missing, message } = withAddon(name, needing(library), () => say(options));
    expect(missing).toBe(piece);
    expect(message).toContain(`${library}: cannot open shared object file`);
  });

  test('without the package, the one to install is named', () => {
    rmSync(installed('@tensorflow/tfjs-node-gpu'), { recursive: true });
    expect(say({ gpu: true })).toEqual({
      missing: 'package',
      message:
        '@tensorflow/tfjs-node-gpu is not installed where @resnetjs/backend-node can see it. Run: npm install @tensorflow/tfjs-node-gpu@4.22.0',
    });
  });
});
