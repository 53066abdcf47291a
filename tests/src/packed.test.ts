import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { publicPackages, root } from './workspace.ts';

// Each packs, installs, checks or bundles as a user would, with programs of their own.
vi.setConfig({ testTimeout: 120_000 });

// As a user would: every public package packed, the tarballs installed by npm into an empty project, used there.
const project = mkdtempSync(join(tmpdir(), 'resnetjs-packed-'));
const libraries = publicPackages.filter(({ manifest }) => manifest.name.startsWith('@resnetjs/'));

/** What a command printed. A failure shows both its streams: tsc reports on the standard one. */
function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: project, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

beforeAll(() => {
  const tarballs = join(project, 'tarballs');
  mkdirSync(tarballs);
  for (const { folder } of publicPackages)
    execFileSync(process.execPath, [join(root, 'scripts/pnpm.mjs'), 'pack', '--pack-destination', tarballs], {
      cwd: folder,
      stdio: 'ignore',
    });
  writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
  const files = readdirSync(tarballs).map((name) => join(tarballs, name));
  expect(files).toHaveLength(publicPackages.length);
  run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', '@tensorflow/tfjs-core@4.22.0', ...files);
  cpSync(join(root, 'packages/testing/photos'), project, { recursive: true });
}, 300_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** This Node, and any others whose binaries are named by RESNETJS_NODES, separated by commas. */
const nodes = [process.execPath, ...(process.env.RESNETJS_NODES?.split(',') ?? [])];

test.each(nodes)('under %s, a script in an empty project builds, describes and runs a network from the packed packages', (node) => {
  writeFileSync(
    join(project, 'script.js'),
    `import { readFile } from 'node:fs/promises';
     import { useWasm } from '@resnetjs/backend-wasm';
     import { classify, dispose, summarize } from '@resnetjs/core';
     import { decodeImage, preprocess } from '@resnetjs/data';
     import * as tf from '@tensorflow/tfjs-core';
     import { createModel } from '@resnetjs/zoo';
     const { backend } = await useWasm();
     const model = createModel('resnet20_cifar', { seed: 1 });
     const image = await decodeImage(await readFile('chelsea.png'));
     const pixels = preprocess(image, { resize: 32, crop: 32, interpolation: 'bilinear', mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
     const [best] = await classify(model, pixels, [], 10);
     dispose(model);
     console.log(JSON.stringify({ backend, params: summarize(model, [1, 32, 32, 3]).params, total: best.reduce((s, p) => s + p.probability, 0), tensors: tf.memory().numTensors }));`,
  );
  const result = JSON.parse(run(node, 'script.js')) as Record<string, unknown>;
  expect(result).toMatchObject({ backend: 'wasm', params: 269_722, tensors: 0 });
  expect(result.total).toBeCloseTo(1, 5);
});

test.each([
  ['node16', 'node16'],
  ['bundler', 'esnext'],
])('the packed types check under moduleResolution %s', (moduleResolution, module) => {
  const imports = libraries.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((path) => path !== './package.json')
      .map((path) => manifest.name + path.slice(1)),
  );
  writeFileSync(
    join(project, 'script.ts'),
    `${imports.map((name, i) => `import * as m${i} from '${name}';`).join('\n')}
     import { createModel } from '@resnetjs/zoo';
     export const params: number = m${imports.indexOf('@resnetjs/core')}.summarize(createModel('resnet18'), [1, 224, 224, 3]).params;
     export const all: object[] = [${imports.map((_, i) => `m${i}`).join(', ')}];
     // @ts-expect-error the types are real: a name is a string
     createModel(18);`,
  );
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--lib', 'es2023,dom'];
  run(process.execPath, tsc, ...flags, '--module', module, '--moduleResolution', moduleResolution, 'script.ts');
});

/** The fenced blocks of a README that are meant to run: those marked `ts` or `js`. */
const blocks = (readme: string): string[] => [...readme.matchAll(/```(?:ts|js)\n([\s\S]*?)```/g)].map(([, code]) => code as string);

describe('what the READMEs say runs', () => {
  test.each([['the workspace', root] as const, ...libraries.map(({ manifest, folder }) => [manifest.name, folder] as const)])(
    '%s',
    (name, folder) => {
      const code = blocks(readFileSync(join(folder, 'README.md'), 'utf8'));
      expect(code.length, `README.md of ${name} has no \`\`\`ts block`).toBeGreaterThan(0);
      code.forEach((block, i) => {
        const file = `readme-${name.replaceAll(/\W/g, '-')}-${i}.mjs`;
        writeFileSync(join(project, file), block);
        run('node', file);
      });
    },
  );
});
