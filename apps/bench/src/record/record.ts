import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Comparison, compare } from '../compare.ts';
import { median } from '../median.ts';
import type { System, Workload } from '../protocol.ts';

/** What a commit weighs and how fast it is. Only ratios compare between machines, and between hours of one. */
export interface Record {
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  /** Bytes of each bundle with its size limit, compressed as `size-limit` does. */
  readonly bytes: { readonly [bundle: string]: number };
  /** How many times as long as a bare `node` a command takes from start to end; medians. */
  readonly startup: { readonly [command: string]: number };
  /** How many times as long as resnet.js each other system takes; medians. */
  readonly ratios: { readonly [workload: string]: number };
}

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Measures what is built in this clone. @param onStage told of each part as it begins */
export async function record(rounds: number, onStage: (stage: string) => void): Promise<Record> {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain') !== '';
  onStage('sizes');
  const bytes = sizes();
  onStage('start-up');
  const startup = startupRatios(rounds);
  onStage('speed');
  const ratios = await speedRatios(rounds);
  return {
    commit: `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' and changes' : ''}`,
    date: new Date().toISOString(),
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    node: process.version,
    bytes,
    startup,
    ratios,
  };
}

function sizes(): Record['bytes'] {
  const folders = ['packages', 'apps'].flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)));
  return Object.fromEntries(
    folders.flatMap((folder) => {
      const file = join(root, folder, 'package.json');
      const manifest: { 'size-limit'?: readonly { readonly path: string | readonly string[] }[] } = existsSync(file)
        ? JSON.parse(readFileSync(file, 'utf8'))
        : {};
      const bundles = manifest['size-limit'] ?? [];
      if (bundles.length === 0) return [];
      const { stdout } = spawnSync('npx', ['--no-install', 'size-limit', '--json'], { cwd: join(root, folder), encoding: 'utf8' });
      return (JSON.parse(stdout) as { readonly size: number }[]).map(({ size }, i) => [`${folder}: ${bundles[i]?.path}`, size] as const);
    }),
  );
}

function startupRatios(rounds: number): Record['startup'] {
  const resnet = join(root, 'apps/cli/dist/main.js');
  const photo = join(root, 'packages/testing/photos/chelsea.png');
  const commands = { bare: ['--eval', '0'], 'resnet --version': [resnet, '--version'], 'resnet predict': [resnet, 'predict', photo] };
  const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++)
    for (const [name, args] of Object.entries(commands)) {
      const before = performance.now();
      execFileSync(process.execPath, args, { stdio: 'ignore' });
      times.get(name)?.push(performance.now() - before);
    }
  const bare = median(times.get('bare') as number[]);
  return Object.fromEntries([...times].filter(([name]) => name !== 'bare').map(([name, all]) => [name, rounded(median(all) / bare)]));
}

/** `registers` is arithmetic without memory: what the machine had to give in the same minute. */
const workloads: readonly (readonly [Workload, readonly System[]])[] = [
  [{ task: 'infer', network: 'resnet18', batch: 1, size: 224, threads: 1 }, ['resnet.js', 'resnet.js-int8', 'tfjs-wasm', 'registers']],
  [{ task: 'infer', network: 'resnet50', batch: 1, size: 224, threads: 2 }, ['resnet.js', 'resnet.js-int8', 'registers']],
  [{ task: 'train', network: 'resnet20_cifar', batch: 128, size: 32, threads: 2 }, ['resnet.js', 'registers']],
];

async function speedRatios(rounds: number): Promise<Record['ratios']> {
  const comparisons: Comparison[] = [];
  for (const [workload, systems] of workloads)
    comparisons.push(await compare(systems, workload, { rounds, runs: workload.task === 'train' ? 1 : 4, node: process.execPath }));
  return Object.fromEntries(
    comparisons.flatMap(({ workload: { task, network, threads }, measured }) =>
      measured.flatMap(({ system, ratio }) =>
        system === 'resnet.js' || ratio === undefined ? [] : [[`${task} ${network}, ${threads} threads: ${system}`, rounded(ratio)]],
      ),
    ),
  );
}

const rounded = (value: number): number => Math.round(1000 * value) / 1000;
