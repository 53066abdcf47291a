import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command } from 'commander';
import { median } from '../median.ts';
import { outputOf } from '../output-of.ts';
import { start, wholeFrom } from '../start.ts';

interface Measured {
  readonly images: number;
  readonly seconds: number;
  readonly peakMiB: number;
}

interface Options {
  readonly photos?: string;
  readonly small?: string;
  readonly workers: number;
  readonly rounds: number;
  readonly epochs: number;
  readonly node: string;
}

const source = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const last = (output: string) => JSON.parse(output.trim().split('\n').at(-1) as string) as Measured;

const ours = (node: string, args: string[]) => last(outputOf(node, [source('./loader.js'), ...args]));
// The Python script stays in src: it is not compiled.
const theirs = (args: string[]) =>
  last(
    outputOf(process.env.RESNETJS_PYTHON ?? '/usr/bin/python3', ['-W', 'ignore', source('../../src/data/torchvision_loader.py'), ...args]),
  );

const command = new Command('bench-data')
  .description("Loads image folders, and resizes, beside torchvision's DataLoader and Pillow: interleaved runs, ratios.")
  .option('--photos <folder>', 'an image folder: decode, random resized crop 224, flip, normalize')
  .option('--small <folder>', 'an image folder of 32x32 images: decode, pad-4 crop, flip, normalize')
  .option('--workers <count>', 'worker threads and processes', wholeFrom(0), 2)
  .option('--rounds <count>', 'rounds in which each runs in turn', wholeFrom(1), 5)
  // The first passes compile: over 244 photos 2 passes reached 390 images/s, 8 reached 479.
  .option('--epochs <count>', 'passes through the folder a run', wholeFrom(1), 8)
  .option('--node <path>', 'the Node binary that is measured', process.execPath)
  .action(({ photos, small, workers, rounds, epochs, node }: Options) => {
    const cases: string[][] = [['resize']];
    if (photos) cases.push(['photos', photos, String(workers), String(epochs)]);
    if (small) cases.push(['small', small, String(workers), String(epochs)]);
    const missing = cases.map(([, folder]) => folder).filter((folder) => folder && !existsSync(folder));
    if (missing.length > 0) throw new Error(`There is no such folder: ${missing.join(', ')}.`);

    const table = new Table({ head: ['pipeline', 'resnet.js', 'torchvision', 'ratio', 'least … most', 'peak MiB'] });
    for (const args of cases) {
      const runs = Array.from({ length: rounds }, () => [ours(node, args), theirs(args)] as const);
      const rate = ({ images, seconds }: Measured) => images / seconds;
      const ratios = runs.map(([a, b]) => rate(a) / rate(b));
      table.push([
        args[0],
        `${median(runs.map(([a]) => rate(a))).toFixed(0)}/s`,
        `${median(runs.map(([, b]) => rate(b))).toFixed(0)}/s`,
        `${median(ratios).toFixed(2)}x`,
        `${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)}`,
        Math.max(...runs.map(([a]) => a.peakMiB)).toFixed(0),
      ]);
    }
    console.log(table.toString());
  });

await start(command);
