import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { start, wholeFrom } from '../start.ts';
import { overload } from './overload.ts';
import { peer } from './peer.ts';
import { sharing } from './sharing.ts';
import { soak } from './soak.ts';
import { throughput } from './throughput.ts';

/** A measurement: what it is told, and figures by name. */
export type Measurement = (options: MeasurementOptions, folder: string) => Promise<object>;

export interface MeasurementOptions {
  readonly network: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly json?: string;
}

const command = new Command('bench:serve').description(
  'Measures `resnet serve`, built, in a process of its own, from this one. Both share the cores.',
);

function add(
  name: string,
  description: string,
  defaults: { network: string; seconds: number; rounds: number },
  measure: Measurement,
): void {
  command
    .command(name)
    .description(description)
    .option('--network <name>', 'a network of the zoo, its weights filled by a formula', defaults.network)
    .option('--seconds <n>', 'how long each part is', wholeFrom(1), defaults.seconds)
    .option('--rounds <n>', 'how often they are run in turn', wholeFrom(1), defaults.rounds)
    .option('--json <file>', 'also write the figures there')
    .action(async (options: MeasurementOptions) => {
      const folder = mkdtempSync(join(tmpdir(), 'resnetjs-serve-'));
      try {
        const figures = await measure(options, folder);
        const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} core(s), which the load generator shares; Node ${process.versions.node}`;
        const result = { measurement: name, machine, network: options.network, ...figures };
        console.log(JSON.stringify(result, null, 2));
        if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
}

add(
  'throughput',
  "saturated, beside the library's own loop over the same files",
  { network: 'resnet18', seconds: 5, rounds: 5 },
  throughput,
);
add('overload', 'offered 0.9 and then 2 times what it can do', { network: 'resnet18', seconds: 60, rounds: 1 }, overload);
add('sharing', 'workers and threads, and batches', { network: 'resnet18', seconds: 4, rounds: 3 }, sharing);
add('peer', 'beside a server that Express makes around onnxruntime-web', { network: 'resnet50', seconds: 5, rounds: 5 }, peer);
add('soak', 'good, broken, huge, slow and abandoned requests', { network: 'resnet18', seconds: 600, rounds: 1 }, soak);

await start(command);
