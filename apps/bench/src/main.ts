import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, Option } from 'commander';
import { type Comparison, compare } from './compare.ts';
import type { System, Workload } from './protocol.ts';
import { listOf, start, wholeFrom } from './start.ts';
import { table } from './table.ts';

const list = (value: string) => value.split(',');

interface Options {
  readonly networks: string[];
  readonly task: Workload['task'];
  readonly batch: number[];
  readonly size: number;
  readonly threads: number[];
  readonly systems: System[];
  readonly rounds: number;
  readonly runs: number;
  readonly node: string;
  readonly json?: string;
}

const command = new Command('bench')
  .description('Measures resnet.js beside its peers, interleaved, and prints ratios.')
  .option('--networks <names>', 'networks, by their names in the zoo and in torchvision', list, ['resnet18', 'resnet50'])
  .addOption(new Option('--task <task>', 'what is timed').choices(['infer', 'train']).default('infer'))
  .option('--batch <sizes>', 'images at a time', listOf(1), [1])
  .option('--size <pixels>', 'height and width of the images', wholeFrom(1), 224)
  .option('--threads <counts>', 'threads of each system', listOf(1), [1, 2])
  .option(
    '--systems <names>',
    'who takes part, also resnet.js-int8 and onnxruntime-web-int8, libtensorflow, by tfjs-node, and registers: arithmetic without memory; NAME:THREADS with so many threads of its own',
    list,
    ['resnet.js', 'tfjs-wasm', 'onnxruntime-web', 'pytorch'],
  )
  .option('--rounds <count>', 'rounds in which each system runs in turn', wholeFrom(1), 5)
  .option('--runs <count>', 'runs of a system in a round', wholeFrom(1), 5)
  .option('--node <path>', 'the Node binary that runs the JavaScript systems', process.execPath)
  .option('--json <file>', 'also write the figures there')
  .addHelpText(
    'after',
    `
Examples:
  node dist/main.js --networks resnet18,resnet50 --threads 1,2
  node dist/main.js --networks resnet50 --threads 2 --systems resnet.js,resnet.js:1,registers,registers:1
  node dist/main.js --task train --networks resnet20_cifar --size 32 --batch 128 --threads 2 --runs 1 --rounds 7
  RESNETJS_PYTHON=/usr/bin/python3 node dist/main.js --node /path/to/node24 --json figures.json`,
  )
  .action(async (options: Options) => {
    const comparisons: Comparison[] = [];
    for (const network of options.networks)
      for (const batch of options.batch)
        for (const threads of options.threads) {
          const workload = { task: options.task, network, batch, size: options.size, threads };
          const comparison = await compare(options.systems, workload, {
            rounds: options.rounds,
            runs: options.runs,
            node: options.node,
          });
          comparisons.push(comparison);
          console.log(table(comparison));
        }
    const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} core(s)`;
    if (options.json) writeFileSync(options.json, `${JSON.stringify({ machine, comparisons }, null, 2)}\n`);
  });

await start(command);
