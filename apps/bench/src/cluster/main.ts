import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { start, wholeFrom } from '../start.ts';
import { kills } from './kills.ts';
import { speedup } from './speedup.ts';

export interface MeasurementOptions {
  readonly photos: string;
  readonly json?: string;
}

const command = new Command('bench:cluster').description(
  'Measures `resnet cluster`, built: workers in processes of their own, and a Redis of its own on a free port, all on this machine.',
);

async function measured(name: string, { json, photos }: MeasurementOptions, measure: (folder: string) => Promise<object>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'resnetjs-cluster-'));
  try {
    const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} core(s), load ${loadavg()[0]?.toFixed(1)} at the start; Node ${process.versions.node}`;
    const result = { measurement: name, machine, photos, ...(await measure(folder)) };
    console.log(JSON.stringify(result, null, 2));
    if (json) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const of = (name: string, description: string): Command =>
  command
    .command(name)
    .description(description)
    .requiredOption('--photos <folder>', 'what is classified')
    .option('--json <file>', 'also write the figures there');

of('speedup', 'one worker and two, of a thread each, in turn')
  .option('--network <name>', 'a network of the zoo, its weights filled by a formula', 'resnet18')
  .option('--rounds <n>', 'how often they are run in turn', wholeFrom(1), 3)
  .option('--per-job <n>', 'photos of a job', wholeFrom(1), 16)
  .action((options) => measured('speedup', options, (folder) => speedup(options, folder)));

of('kills', 'workers and Redis are killed at random; the results are compared with those of an undisturbed run')
  .option('--kills <n>', 'how often', wholeFrom(1), 20)
  .option('--seed <n>', 'of what is killed, and when', wholeFrom(0), 1)
  .option('--per-job <n>', 'photos of a job', wholeFrom(1), 100)
  .action((options) => measured('kills', options, (folder) => kills(options, folder)));

await start(command);
