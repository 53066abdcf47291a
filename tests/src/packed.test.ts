import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData, type ResolutionKind } from '@arethetypeswrong/core';
import { parameters, type StateDict, uniform } from '@resnetjs/core';
import { type TestHub, testHub, timmConfig } from '@resnetjs/testing/test-hub';
import { writeSafetensors } from '@resnetjs/weights';
import { createModel, publishedWeights } from '@resnetjs/zoo';
import { type Browser, chromium } from 'playwright-core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { installPacked, packAll, run as runIn } from '../../scripts/packed-project.mjs';
import { publicPackages, root } from './workspace.ts';

// Each packs, installs, checks or bundles as a user would, with programs of their own.
vi.setConfig({ testTimeout: 120_000 });

// As a user would: every public package packed, the tarballs installed by npm into an empty project, used there.
const project = mkdtempSync(join(tmpdir(), 'resnetjs-packed-'));
const tarballs = join(project, 'tarballs');
const libraries = publicPackages.filter(({ manifest }) => manifest.name.startsWith('@resnetjs/'));

/** What a command printed in the project. */
const run = (command: string, ...args: string[]): string => runIn(project, command, ...args);

/** Runs TypeScript in the project, strictly. */
function typeCheck(...args: string[]): void {
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  const node = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', ...node];
  run(process.execPath, tsc, ...flags, ...args);
}

beforeAll(() => {
  const files = packAll(tarballs);
  expect(files).toHaveLength(publicPackages.length);
  installPacked(project, files);
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

describe('three lines of resnetjs', () => {
  // Of random weights, for the protocol and the whole way: what a network is right about is tested elsewhere.
  const { repository } = publishedWeights('resnet10t') as { repository: string };
  let hub: TestHub;
  beforeAll(async () => {
    hub = await testHub();
    hub.files.set(`${repository}/config.json`, timmConfig('resnet10t', 64));
    hub.files.set(`${repository}/model.safetensors`, writeSafetensors(randomWeights('resnet10t')));
    writeFileSync(
      join(project, 'three-lines.js'),
      `import { loadNetwork } from 'resnetjs';
       const network = await loadNetwork(process.env.SOURCE);
       const [best] = await network.classify('chelsea.png');
       console.log(JSON.stringify(best));`,
    );
  });
  afterAll(() => hub.close());

  /** What a program prints; not waited for in this thread, which is the hub. */
  async function printed(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const home = { HF_ENDPOINT: hub.url, HF_HOME: join(project, 'hf-home'), HF_HUB_CACHE: '', HF_TOKEN: '' };
    return (await promisify(execFile)(command, args, { cwd: project, env: { ...process.env, ...home, ...env } })).stdout;
  }
  /** What the three lines say in Node. */
  const inNode = async (env: Record<string, string>): Promise<{ label: string; probability: number }> =>
    JSON.parse(await printed(process.execPath, ['three-lines.js'], env));

  test('run in Node: with the network that comes with it, and with one by name that is then cached', async () => {
    expect((await inNode({})).label).toBe('cat');
    const best = await inNode({ SOURCE: 'resnet10t' });
    const requests = hub.requests.length;
    expect(requests).toBeGreaterThan(2);
    expect(await inNode({ SOURCE: 'resnet10t', HF_HUB_OFFLINE: '1' })).toEqual(best);
    expect(hub.requests.length).toBe(requests);
  });

  test('in another process go on with a download that one was killed in', async () => {
    const home = join(project, 'hf-home-of-two');
    hub.stalls.push(2_000_000);
    const env = { ...process.env, HF_ENDPOINT: hub.url, HF_HOME: home, HF_HUB_CACHE: '', HF_TOKEN: '', SOURCE: 'resnet10t' };
    const first = spawn(process.execPath, ['three-lines.js'], { cwd: project, env, stdio: 'ignore' });
    const ended = new Promise((resolve) => first.once('exit', resolve));
    const arrived = () => {
      const files = existsSync(home) ? readdirSync(home, { recursive: true, encoding: 'utf8' }) : [];
      return files.some((name) => name.endsWith('.part') && statSync(join(home, name)).size > 1_000_000);
    };
    await vi.waitUntil(arrived, { timeout: 100_000, interval: 50 });
    first.kill('SIGKILL');
    await ended;
    const best = await inNode({ SOURCE: 'resnet10t', HF_HOME: home });
    expect(best).toEqual(await inNode({ SOURCE: 'resnet10t' }));
    const ranges = hub.requests.flatMap((request) => /X-Signature.*bytes=(\d+)-/.exec(request)?.[1] ?? []);
    expect(ranges.some((start) => Number(start) > 1_000_000)).toBe(true);
  });

  describe('in other runtimes', () => {
    const runs = { deno: ['run', '--allow-all'], bun: ['run'] } as const;
    const found = new Map<string, string>();
    beforeAll(() => {
      for (const name of Object.keys(runs)) {
        const there = process.env[`RESNETJS_${name.toUpperCase()}`] ?? name;
        if (spawnSync(there, ['--version']).status === 0) found.set(name, there);
      }
      if (found.size === 2) return;
      // They are packages, too: 200 MB, which no install of this workspace should take for two tests.
      const folder = join(project, 'runtimes');
      mkdirSync(folder);
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      const shell = process.platform === 'win32';
      spawnSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', 'deno@2', 'bun@1'], {
        cwd: folder,
        shell,
        timeout: 240_000,
      });
      for (const name of Object.keys(runs)) {
        const installed = join(folder, 'node_modules/.bin', name);
        if (!found.has(name) && spawnSync(installed, ['--version'], { shell }).status === 0) found.set(name, installed);
      }
    }, 300_000);

    test.for(Object.entries(runs))('%s runs them and the command, on as many threads as Node', async ([name, args], { skip }) => {
      const runtime = found.get(name);
      skip(
        runtime === undefined,
        `no ${name}: npm cannot install it here; put it on the PATH, or name it by RESNETJS_${name.toUpperCase()}`,
      );
      const best = JSON.parse(await printed(runtime as string, [...args, 'three-lines.js'], { SOURCE: 'resnet10t' }));
      const inProcess = await inNode({ SOURCE: 'resnet10t' });
      expect(best.label).toBe(inProcess.label);
      expect(best.probability).toBeCloseTo(inProcess.probability, 4);
      expect(await printed(runtime as string, [...args, 'node_modules/resnetjs/dist/main.js', 'predict', 'chelsea.png'])).toMatch(
        /^ {2}cat /m,
      );
      writeFileSync(
        join(project, 'threads.js'),
        `import { useWasm } from '@resnetjs/backend-wasm';
         const { threads, fallback } = await useWasm({ threads: 2 });
         console.log(JSON.stringify({ threads, fallback }));`,
      );
      expect(JSON.parse(await printed(runtime as string, [...args, 'threads.js']))).toEqual({ threads: 2 });
    });
  });

  test('run in Chromium from a bundle of Vite, which holds nothing of the terminal', async ({ skip }) => {
    const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
    skip(!existsSync(executablePath), 'no Chromium found; set CHROMIUM_PATH');
    const page = join(project, 'page');
    mkdirSync(page);
    cpSync(join(project, 'chelsea.png'), join(page, 'public/chelsea.png'), { recursive: true });
    writeFileSync(join(page, 'index.html'), '<!doctype html><img src="./chelsea.png"><script type="module" src="./main.js"></script>');
    writeFileSync(
      join(page, 'main.js'),
      `import { loadNetwork } from 'resnetjs';
       const { searchParams } = new URL(location.href);
       const show = async () => {
         const hub = searchParams.get('hub');
         const network = await loadNetwork(searchParams.get('source') ?? undefined, { ...(hub && { hub }) });
         const img = document.querySelector('img');
         await img.decode();
         const canvas = Object.assign(document.createElement('canvas'), { width: img.naturalWidth, height: img.naturalHeight });
         const context = canvas.getContext('2d');
         context.drawImage(img, 0, 0);
         const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
         const blob = await (await fetch('./chelsea.png')).blob();
         const frame = new VideoFrame(canvas, { timestamp: 0 });
         const [best] = await network.classify('./chelsea.png');
         const others = await network.classify([img, canvas, pixels, blob, await createImageBitmap(img), frame], { top: 1 });
         // A video that shows what the canvas does: its colours have passed YUV.
         const video = Object.assign(document.createElement('video'), { muted: true, srcObject: canvas.captureStream() });
         const early = await network.classify(document.createElement('video')).catch(({ message }) => message);
         const redraw = setInterval(() => context.drawImage(img, 0, 0), 50);
         await video.play();
         const [seen] = await network.classify(video);
         clearInterval(redraw);
         frame.close();
         const closed = await network.classify(frame).catch(({ message }) => message);
         return { best, others: others.map(([first]) => first), video: seen, refused: [early, closed] };
       };
       show().then((result) => (document.body.dataset.result = JSON.stringify(result)), (error) => (document.body.dataset.result = JSON.stringify({ error: error.stack })));`,
    );
    const out = join(project, 'page-built');
    await build({ root: page, base: './', logLevel: 'error', build: { outDir: out, target: 'esnext', emptyOutDir: true } });
    // Names in strings that Node alone looks up are nothing that is loaded.
    const found = readdirSync(join(out, 'assets'))
      .filter((file) => file.endsWith('.js'))
      .flatMap((name) => {
        const code = readFileSync(join(out, 'assets', name), 'utf8');
        return [...code.matchAll(/commander|cli-progress|cli-table3|picocolors|libvips|(?:from|import)\s*\(?\s*["'`](?:node:|sharp)/g)].map(
          ([what]) => `${name}: ${what}`,
        );
      });
    expect(found).toEqual([]);

    const types: Record<string, string> = {
      '.html': 'text/html',
      '.js': 'text/javascript',
      '.wasm': 'application/wasm',
      '.png': 'image/png',
    };
    const site = createServer((request, response) => {
      const file = join(out, decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname));
      if (!file.startsWith(out) || !existsSync(file)) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/index.html`;
    const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const visit = async (query: string) => {
        const tab = await browser.newPage();
        await tab.goto(`${url}?${query}`);
        await tab.waitForFunction('document.body?.dataset.result', undefined, { timeout: 120_000 });
        const result = JSON.parse((await tab.evaluate('document.body.dataset.result')) as string);
        await tab.close();
        expect(result.error).toBeUndefined();
        expect(result.video.label).toBe(result.best.label);
        expect(Math.abs(result.video.probability - result.best.probability)).toBeLessThan(0.05);
        expect(result.refused).toEqual([expect.stringContaining('shows none'), expect.stringContaining('shows none')]);
        for (const other of result.others) {
          expect(other.label).toBe(result.best.label);
          expect(other.probability).toBeCloseTo(result.best.probability, 3);
        }
        return result.best as { label: string; probability: number };
      };
      expect((await visit('')).label).toBe('cat');
      const best = await visit(`source=resnet10t&hub=${encodeURIComponent(hub.url)}`);
      const inProcess = await inNode({ SOURCE: 'resnet10t' });
      expect(best.label).toBe(inProcess.label);
      expect(best.probability).toBeCloseTo(inProcess.probability, 4);
    } finally {
      await browser.close();
      site.closeAllConnections();
      site.close();
    }
  });
});

/** Values small enough to stay finite through all layers; norms that change nothing. */
function randomWeights(name: string): StateDict {
  const next = uniform(1);
  return new Map(
    [...parameters(createModel(name))].map(([key, { shape }]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (shape.length === 1) data.fill(/weight|running_var/.test(key) ? 1 : 0);
      else for (let i = 0; i < data.length; i++) data[i] = (next() - 0.5) * (2 / Math.sqrt(data.length / (shape[0] as number)));
      return [key, { shape: [...shape], data }];
    }),
  );
}

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
  typeCheck('--module', module, '--moduleResolution', moduleResolution, 'script.ts');
});

/** Ways in which nobody can ask for ESM alone. */
const NOT_FOR_ESM: readonly ResolutionKind[] = ['node10', 'node16-cjs'];

test.each(publicPackages.map(({ manifest }) => [manifest.name, manifest] as const))(
  'Are The Types Wrong finds nothing in %s',
  async (name, { version }) => {
    const tarball = readFileSync(join(tarballs, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`));
    const { types, ...found } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
    expect(types).toMatchObject({ kind: 'included' });
    const problems = 'problems' in found ? found.problems : [];
    expect(problems.filter((problem) => !('resolutionKind' in problem && NOT_FOR_ESM.includes(problem.resolutionKind)))).toEqual([]);
  },
);

test.each(publicPackages.map(({ manifest }) => manifest.name))('publint finds nothing in %s', async (name) => {
  const { messages, pkg } = await publint({ pkgDir: join(project, 'node_modules', name), pack: false, level: 'warning' });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

/** The fenced blocks of a page, by how they are marked: `ts` and `js` run, `ts [browser]` needs a page. */
const blocks = (page: string, mark: RegExp): string[] =>
  [...page.matchAll(/```(\w+(?: \[\w+\])?)\n([\s\S]*?)```/g)].flatMap(([, found, code]) =>
    mark.test(found as string) ? [code as string] : [],
  );

/** Pages that the site has of its own; the others are the READMEs and `docs`. */
const sitePages = ['start', 'guides', 'how'].flatMap((folder) =>
  readdirSync(join(root, 'apps/site', folder)).map((file) => join('apps/site', folder, file)),
);

/** Writes the blocks of a page into the project, as JavaScript. @returns names of the files */
function written(page: string, code: readonly string[]): string[] {
  return code.map((block, i) => {
    const file = `block-${page.replaceAll(/\W/g, '-')}-${i}.mjs`;
    const { outputText } = ts.transpileModule(block, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
    writeFileSync(join(project, file), outputText);
    return file;
  });
}

describe('what the READMEs say runs', () => {
  test.each([['the workspace', root] as const, ...libraries.map(({ manifest, folder }) => [manifest.name, folder] as const)])(
    '%s',
    (name, folder) => {
      const code = blocks(readFileSync(join(folder, 'README.md'), 'utf8'), /^(ts|js)$/);
      expect(code.length, `README.md of ${name} has no \`\`\`ts block`).toBeGreaterThan(0);
      for (const file of written(name, code)) run('node', file);
    },
  );
});

describe('what the site’s own pages say runs', () => {
  const withCode = sitePages.map((page) => [page, blocks(readFileSync(join(root, page), 'utf8'), /^(ts|js)$/)] as const);
  test.each(withCode.filter(([, code]) => code.length > 0))('%s', (page, code) => {
    for (const file of written(page, code)) run('node', file);
  });
});

test('what READMEs and the site’s pages say has the right types, in pages for a browser too', () => {
  const pages = [root, ...libraries.map(({ folder }) => folder)].map((folder) => join(relative(root, folder), 'README.md'));
  const files = [...pages, ...sitePages].flatMap((page) =>
    blocks(readFileSync(join(root, page), 'utf8'), /^ts\b/).map((block, i) => {
      const file = `types-${page.replaceAll(/\W/g, '-')}-${i}.ts`;
      writeFileSync(join(project, file), `${block}\nexport {};\n`);
      return file;
    }),
  );
  expect(files.length).toBeGreaterThan(30);
  typeCheck('--module', 'esnext', '--moduleResolution', 'bundler', ...files);
});
