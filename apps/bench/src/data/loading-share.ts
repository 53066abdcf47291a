import { cpus } from 'node:os';
import { useWasm } from '@resnetjs/backend-wasm';
import { cifar10Colours, compose, type Dataset, imageFolder, loader, randomCrop, randomHorizontalFlip } from '@resnetjs/data';
import { fit, type Loader, sgd } from '@resnetjs/train';
import { createModel } from '@resnetjs/zoo';
import Table from 'cli-table3';
import { Command } from 'commander';
import { median } from '../median.ts';
import { listOf, start, wholeFrom } from '../start.ts';

interface Options {
  readonly network: string;
  readonly batch: number;
  readonly threads: number;
  readonly workers: readonly number[];
  readonly rounds: number;
  readonly steps: number;
}

/** The usual training images of CIFAR, read, decoded and augmented by so many workers. */
const fromFiles = (dataset: Dataset, batchSize: number, workers: number): Loader =>
  loader(dataset, {
    batchSize,
    workers,
    shuffle: true,
    dropLast: true,
    augment: compose(randomCrop(32, { padding: 4 }), randomHorizontalFlip()),
    normalization: cifar10Colours,
  });

/** The first batch of `source` again and again. */
async function fromMemory(source: Loader): Promise<Loader> {
  const run = source.start({ epochs: 1 });
  const { value: batch } = await run.next();
  await run.return?.();
  const state = () => ({ seed: 0, epoch: 0, position: 0 });
  async function* repeat() {
    for (;;) yield batch;
  }
  return { ...source, start: () => Object.assign(repeat(), { state }) };
}

const command = new Command('loading-share')
  .description('Trains on an image folder beside the same steps on one batch that is in memory, by turns: what loading costs of a step.')
  .argument('<folder>', '32x32 images, one folder per class')
  .option('--network <name>', 'a network for such images', 'resnet20_cifar')
  .option('--batch <size>', 'images in a step', wholeFrom(1), 128)
  .option('--threads <count>', 'threads that compute', wholeFrom(1), 2)
  .option('--workers <counts>', 'threads that load; 0: none of their own', listOf(0), [0, 1, 2])
  .option('--rounds <count>', 'rounds in which each runs in turn', wholeFrom(1), 5)
  .option('--steps <count>', 'steps of each in a round, after one that is not counted', wholeFrom(1), 10)
  .action(async (folder: string, options: Options) => {
    const dataset = await imageFolder(folder);
    const { threads } = await useWasm({ threads: options.threads });
    const model = createModel(options.network, { classes: dataset.classes?.length ?? 10, seed: 1 });
    const optimizer = sgd(model, { momentum: 0.9, weightDecay: 5e-4 });
    const { batch, steps } = options;

    const seconds = async (train: Loader) => {
      const times: number[] = [];
      for await (const event of fit(model, { train, epochs: 1000, maxSteps: steps + 1, optimizer, schedule: 0.01 }))
        if (event.type === 'step') times.push(event.seconds);
      return times.slice(1).reduce((sum, time) => sum + time, 0) / steps;
    };

    const loaders = options.workers.map((workers) => ({ workers, train: fromFiles(dataset, batch, workers) }));
    const memory = await fromMemory(fromFiles(dataset, batch, 0));
    const runs = loaders.map(() => [] as { readonly loaded: number; readonly kept: number }[]);
    await seconds(memory); // everything is compiled and has its memory
    for (let round = 0; round < options.rounds; round++)
      for (const [i, { train }] of loaders.entries()) runs[i]?.push({ kept: await seconds(memory), loaded: await seconds(train) });

    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    const ms = (values: readonly number[]) => `${(1000 * median(values)).toFixed(0)} ms`;
    const table = new Table({ head: ['workers', 'step, batch in memory', 'step, loaded', 'loading', 'least … most'], style: { head: [] } });
    for (const [i, { workers }] of loaders.entries()) {
      const pairs = runs[i] ?? [];
      const shares = pairs.map(({ loaded, kept }) => loaded / kept - 1);
      table.push([
        workers,
        ms(pairs.map(({ kept }) => kept)),
        ms(pairs.map(({ loaded }) => loaded)),
        percent(median(shares)),
        `${percent(Math.min(...shares))} … ${percent(Math.max(...shares))}`,
      ]);
    }
    console.log(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${threads} threads compute`);
    console.log(`${options.network}, batch ${batch}, ${dataset.length} files\n${table.toString()}`);
  });

await start(command);
