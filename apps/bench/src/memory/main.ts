import { cpus } from 'node:os';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { outputOf } from '../output-of.ts';
import { listOf, start, wholeFrom } from '../start.ts';
import { measureStep, type StepMemory } from './step.ts';

/** A network, its batch, and the ways to keep what the backward pass needs that are compared. */
interface Experiment {
  readonly name: string;
  readonly batch: number;
  readonly ways: readonly number[];
}

const EXPERIMENTS: readonly Experiment[] = [
  { name: 'resnet1202_cifar', batch: 8, ways: [0, 1, 5, 14] },
  { name: 'densenet_bc100_12_cifar', batch: 32, ways: [0, 1] },
  { name: 'densenet121', batch: 4, ways: [0, 1] },
];

function experiment(text: string, before: readonly Experiment[] | undefined): Experiment[] {
  const [name = '', batch = '1', ways = '0', ...rest] = text.split(':');
  if (name === '' || rest.length > 0) throw new InvalidArgumentError('Expected NAME:BATCH:N,N such as resnet1202_cifar:8:0,1,5.');
  return [...(before ?? []), { name, batch: wholeFrom(1)(batch), ways: listOf(0)(ways) }];
}

/** One step in a process of its own: WebAssembly memory only grows. */
function measured(name: string, batch: number, every: number): StepMemory | string {
  try {
    const out = outputOf(process.execPath, [process.argv[1] as string, 'one', name, String(batch), String(every)]);
    return JSON.parse(out.trim().split('\n').at(-1) as string) as StepMemory;
  } catch (error) {
    if (/out of memory/i.test((error as Error).message)) return 'out of memory';
    throw error;
  }
}

const command = new Command('bench:memory')
  .exitOverride()
  .description('Measures what a training step takes, with and without checkpointing.');
command
  .command('one', { hidden: true })
  .argument('<name>')
  .argument('<batch>', '', wholeFrom(1))
  .argument('<every>', '', wholeFrom(0))
  .action(async (name: string, batch: number, every: number) => {
    console.log(JSON.stringify(await measureStep(name, batch, every)));
    setImmediate(() => process.exit(0)); // the backend's threads would keep it
  });
command
  .command('compare', { isDefault: true })
  .argument('[experiments...]', 'NAME:BATCH:N,N; N: 0 keeps everything, n what enters every n-th block', experiment)
  .action((experiments: readonly Experiment[] = EXPERIMENTS) => {
    console.log(`Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}\n`);
    for (const { name, batch, ways } of experiments) {
      const table = new Table({
        head: ['keeps the input of', 'peak of tensor data, MiB', 'WebAssembly memory, MiB', 'step, s', 'loss', 'Σ‖gradient‖²'],
        style: { head: [], border: [] },
      });
      let parameters = 0;
      for (const every of ways) {
        const result = measured(name, batch, every);
        const kept = every === 0 ? 'every operation' : every === 1 ? 'every block' : `every ${every}th block`;
        if (typeof result === 'string') {
          table.push([kept, { colSpan: 5, content: result }]);
          continue;
        }
        parameters = result.parameters;
        const { peak, wasmMemory, seconds, loss, gradient } = result;
        table.push([kept, peak.toFixed(0), wasmMemory.toFixed(0), seconds.toFixed(1), loss.toPrecision(8), gradient.toPrecision(8)]);
      }
      console.log(`${name}, batch ${batch}, parameters ${parameters.toFixed(1)} MiB\n${table.toString()}\n`);
    }
  });

await start(command);
