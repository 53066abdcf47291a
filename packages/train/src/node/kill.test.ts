import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// Runs as a built file, for Node 20 runs no TypeScript; below node_modules, so that what it imports is found.
const home = fileURLToPath(new URL('../..', import.meta.url));
const built = join(home, 'node_modules/.killed-run');
let folder: string;

beforeAll(async () => {
  const conditions = ['@resnetjs/source', 'module', 'node', 'import', 'default'];
  await build({
    configFile: false,
    logLevel: 'error',
    root: home,
    build: { ssr: 'src/test/killed-run.ts', outDir: built, emptyOutDir: true, target: 'es2022' },
    ssr: { noExternal: [/^@resnetjs\//], external: ['sharp'], resolve: { conditions, externalConditions: conditions } },
  });
  folder = await mkdtemp(join(tmpdir(), 'resnetjs-killed-'));
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(built, { recursive: true, force: true });
});

interface Run {
  readonly lines: string[];
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
}

/** Runs the training in `name`'s folder. @param kill when it hears a line, how long later it kills; -1 is not */
function run(
  name: string,
  { args = [], kill = () => -1, shell }: { args?: readonly number[]; kill?: (line: string) => number; shell?: string } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const command = [process.execPath, join(built, 'killed-run.js'), join(folder, name), ...args.map(String)];
    const child = shell ? spawn('bash', ['-c', `${shell}; exec "$@"`, 'bash', ...command]) : spawn(command[0] as string, command.slice(1));
    let [out, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      for (const line of text.split('\n').filter(Boolean)) {
        const wait = kill(line);
        if (wait >= 0) setTimeout(() => child.kill('SIGKILL'), wait);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(errors));
      else resolve({ lines: out.trim().split('\n'), code, signal });
    });
  });
}

/** All that a run leaves behind, but for the two last checkpoints' own bytes. */
const remains = async (name: string) => {
  const text = (file: string) => readFile(join(folder, name, file), 'utf8');
  return {
    weights: await text('weights.sha256'),
    steps: await text('steps.csv'),
    epochs: await text('epochs.csv'),
    files: (await readdir(join(folder, name))).sort(),
  };
};

// A linear congruential generator: the moments are random, and the same in every run of this test.
let luck = 12_345;
const random = (below: number) => {
  luck = (Math.imul(luck, 1_103_515_245) + 12_345) & 0x7fffffff;
  return luck % below;
};

describe('a training that is killed and resumed ends as if it never had been', () => {
  let expected: Awaited<ReturnType<typeof remains>>;
  beforeAll(async () => {
    const { lines } = await run('whole');
    expect(lines).toEqual(['from step 0', ...Array.from({ length: 24 }, (_, i) => `step ${i + 1}`), 'done']);
    expected = await remains('whole');
    expect(expected.files).toEqual(['epochs.csv', 'step-00000023.safetensors', 'step-00000024.safetensors', 'steps.csv', 'weights.sha256']);
  }, 60_000);

  test('by kill -9 at ten random moments', async () => {
    let kills = 0;
    for (let done = false; !done; ) {
      // A few steps after the start, within some milliseconds: in a step, a validation, a log or a save.
      let [left, wait] = [1 + random(4), random(25)];
      const { signal, lines } = await run('random', {
        kill: (line) => (kills < 10 && line.startsWith('step') && --left === 0 ? wait : -1),
      });
      if (signal === 'SIGKILL') kills++;
      else done = true;
      expect(lines[0]).toMatch(/^from step \d+$/);
    }
    expect(kills).toBeGreaterThanOrEqual(5); // the last steps may be done before the tenth
    expect(await remains('random')).toEqual(expected);
  }, 120_000);

  test('by kill -9 at ten random moments of writing a checkpoint', async () => {
    for (let kills = 0; kills < 10; kills++) {
      const { signal } = await run('writing', { args: [1 + random(3), random(12)] });
      expect(signal).toBe('SIGKILL');
    }
    const { lines } = await run('writing');
    expect(lines.at(-1)).toBe('done');
    expect(await remains('writing')).toEqual(expected);
  }, 120_000);

  test('from the checkpoint before, where the last one was cut short', async () => {
    await run('cut', { args: [12, 1000] });
    const last = join(
      folder,
      'cut',
      (await readdir(join(folder, 'cut')))
        .filter((name) => name.endsWith('.safetensors'))
        .sort()
        .at(-1) as string,
    );
    await truncate(last, Math.floor((await stat(last)).size / 2));
    const { lines } = await run('cut');
    expect(lines[0]).toMatch(/^from step \d+, passing over step-\d+$/);
    expect((await remains('cut')).weights).toBe(expected.weights);
  }, 60_000);

  test.skipIf(process.platform === 'win32')(
    'where the disk was full for a while',
    async () => {
      await run('full', { args: [5, 1000] });
      // Files may grow to 8 blocks of 1 KiB, less than a checkpoint: every save fails as on a full disk.
      const { lines } = await run('full', { shell: 'ulimit -f 8' });
      expect(lines.filter((line) => line.startsWith('not saved: ')).length).toBeGreaterThan(10);
      const files = (await readdir(join(folder, 'full'))).filter((name) => name.includes('safetensors'));
      expect(files.length).toBeGreaterThanOrEqual(1);
      expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
      await run('full');
      expect(await remains('full')).toEqual(expected);
    },
    60_000,
  );
});
