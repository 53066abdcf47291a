import { cpus } from 'node:os';
import { useWasm } from '@resnetjs/backend-wasm';
import { idleParameters, type Module, residualBlocks, seedFor, summarize } from '@resnetjs/core';
import { sgd, trainStep } from '@resnetjs/train';
import { createModel, type ModelOptions } from '@resnetjs/zoo';
import Table from 'cli-table3';
import { Command } from 'commander';
import { start, wholeFrom } from '../start.ts';

interface Options {
  readonly network: string;
  readonly size: number;
  readonly batch: number;
  readonly rate: number;
  readonly threads: number;
  readonly rounds: number;
  readonly steps: number;
}

/** Multiply-accumulates of a network whose blocks are dropped so often, as a share of the whole. */
function shareOf(model: Module, shape: readonly number[], dropped: (name: string) => number): number {
  const whole = summarize(model, shape).macs;
  let saved = 0;
  for (const [name, block] of residualBlocks(model)) {
    const often = dropped(name);
    if (often === 0) continue;
    block.skipped = true;
    saved += (whole - summarize(model, shape).macs) * often;
    block.skipped = false;
  }
  return (whole - saved) / whole;
}

/** How often the steps of some seeds drop the residual of a block. */
function drawn(model: Module, seeds: readonly number[]): (name: string) => number {
  const idle = seeds.map((seed) => idleParameters(model, { seed: seedFor(seed, '0') })); // as `trainStep` draws for its first batch
  return (name) => idle.filter((names) => [...names].some((parameter) => parameter.startsWith(`${name}.`))).length / seeds.length;
}

/** Milliseconds that this process' threads have computed. */
const processorTime = (): number => (({ user, system }) => (user + system) / 1000)(process.cpuUsage());

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

const command = new Command('bench:depth')
  .description('Measures training steps with stochastic depth: none, by sample, by batch; interleaved.')
  .option('--network <name>', 'of the zoo', 'resnet110_cifar')
  .option('--size <pixels>', 'height and width of the images', wholeFrom(1), 32)
  .option('--batch <images>', 'images of a step', wholeFrom(1), 128)
  .option('--rate <p>', 'probability of dropping the last block; others less, down to none', Number, 0.5)
  .option('--threads <count>', 'threads that compute', wholeFrom(1), 2)
  .option('--rounds <count>', 'rounds in which each way takes its steps in turn', wholeFrom(1), 5)
  .option('--steps <count>', 'steps of a way in a round, each with other blocks dropped', wholeFrom(1), 4)
  .action(async ({ network, size, batch, rate, threads, rounds, steps }: Options) => {
    await useWasm({ threads });
    const shape = [batch, size, size, 3];
    const data = {
      images: Float32Array.from({ length: batch * size * size * 3 }, (_, i) => Math.sin(i * 12.9898)),
      shape,
      labels: Int32Array.from({ length: batch }, (_, i) => i % 10),
    };
    const ways: [name: string, options: ModelOptions][] = [
      ['none', {}],
      ['by sample', { stochasticDepth: rate }],
      ['by batch', { stochasticDepth: rate, stochasticDepthUnit: 'batch' }],
    ];
    const running = ways.map(([name, options]) => {
      const model = createModel(network, { seed: 1, ...options });
      return {
        name,
        model,
        optimizer: sgd(model, { momentum: 0.9, weightDecay: 1e-4 }),
        rounds: [] as number[],
        processor: [] as number[],
      };
    });
    const step = ({ model, optimizer }: (typeof running)[number], seed: number) =>
      trainStep(model, data, { optimizer, learningRate: 0.01, seed });
    for (const way of running) await step(way, 0);
    for (let round = 0; round < rounds; round++)
      for (const way of running) {
        const [before, computed] = [performance.now(), processorTime()];
        for (let i = 0; i < steps; i++) await step(way, 1 + round * steps + i);
        way.rounds.push((performance.now() - before) / steps);
        way.processor.push((processorTime() - computed) / steps);
      }
    const table = new Table({
      head: ['stochastic depth', 'ms a step', 'beside none', 'processor ms', 'beside none', 'share drawn', 'expected share'],
      style: { head: [], border: [] },
    });
    // Means: each round drops other blocks, and it is all of them together whose share is known.
    const [base, basis] = [mean(running[0]?.rounds ?? []), mean(running[0]?.processor ?? [])];
    const seeds = Array.from({ length: rounds * steps }, (_, i) => 1 + i);
    for (const [i, { name, model, rounds: ms, processor }] of running.entries()) {
      const rates = new Map([...residualBlocks(model)].map(([block, { drop_path }]) => [block, drop_path?.rate ?? 0]));
      const shares = i === 2 ? [drawn(model, seeds), (block: string) => rates.get(block) ?? 0] : [];
      table.push([
        ...[name, mean(ms).toFixed(0), (mean(ms) / base).toFixed(3), mean(processor).toFixed(0), (mean(processor) / basis).toFixed(3)],
        ...(shares.length ? shares.map((dropped) => shareOf(model, shape, dropped).toFixed(3)) : ['1', '1']),
      ]);
    }
    console.log(
      `${network}, batch ${batch}, ${size}x${size}, last block dropped with probability ${rate}, ${threads} thread(s), ` +
        `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}\n${table.toString()}`,
    );
    setImmediate(() => process.exit(0)); // the backend's threads would keep it
  });

await start(command);
