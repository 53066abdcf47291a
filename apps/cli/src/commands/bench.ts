import { type BackendName, type Considered, examineBackends } from '@resnetjs/backend-auto';
import { Argument, Command, Option } from 'commander';
import { measure, sidesOf, type Timing } from '../bench/measure.ts';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { describedNetwork, networkArgument } from '../network/described-network.ts';
import { positiveInteger } from '../network/options.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { counted } from '../print/quantities.ts';
import { table } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';

export interface BenchOptions {
  readonly backends?: readonly BackendName[];
  readonly batch: number;
  readonly runs: number;
  readonly train?: boolean;
  readonly json?: boolean;
}

const NAMES = ['node-gpu', 'webgpu', 'node', 'wasm', 'cpu'] as const satisfies readonly BackendName[];

/** `resnet bench` */
export const benchCommand = (terminal: Terminal): Command =>
  withExamples(
    new Command('bench')
      .addArgument(
        new Argument('[model]', 'a name that `resnet models` lists, or weights of any source')
          .argParser(networkArgument)
          .default('resnet18'),
      )
      .summary('time a network on each backend that works here')
      .description('Time a network on each backend that works here, in turns, so that a busy machine is unfair to none.')
      .addOption(new Option('--backends <names...>', 'only these, GPUs in software and plain JavaScript too').choices(NAMES))
      .option('-b, --batch <n>', 'images at once', positiveInteger, 1)
      .option('-r, --runs <n>', 'how often; the median counts', positiveInteger, 10)
      .option('--train', 'time training steps instead of predictions, and tell what a step holds in memory')
      .option('--json', 'print JSON for programs')
      .action((model: string, options: BenchOptions) => bench(model, options, terminal)),
    [
      ['resnet bench', 'ResNet-18, one image at a time'],
      ['resnet bench resnet50 --batch 8', 'more images at once'],
      ['resnet bench resnet20_cifar --train --batch 128', 'images that are learned in a second'],
      ['resnet bench resnet20_cifar --backends wasm cpu', 'what WebAssembly is worth'],
    ],
  );

/**
 * Times predictions, or training steps, of a network on every backend that works.
 *
 * @throws CommandError if none works, or one that is asked for does not.
 */
export async function bench(model: string, options: BenchOptions, terminal: Terminal): Promise<void> {
  const network = await describedNetwork(model, {}, terminal);
  if (network.plan && options.train)
    throw new CommandError(`${model}: a network in 8 bits does not train. Time the weights that it was made from.`);
  const names = await choose(options.backends, terminal);
  const [height, width] = sidesOf(network);
  const timings = await measure(names, { network, ...options });
  const fastest = Math.min(...timings.map(({ milliseconds }) => milliseconds));
  if (options.json) {
    writeJson(terminal, {
      model: network.title,
      inputSize: height,
      batch: options.batch,
      runs: options.runs,
      train: options.train ?? false,
      timings,
    });
    return;
  }
  const { stdout } = terminal;
  const paint = paintFor(stdout, terminal);
  const what = options.train ? 'training steps' : 'predictions';
  stdout.write(
    `${paint.cyan(network.title)}, ${what} of ${counted(options.batch, 'image')} of ${height}x${width}, median of ${options.runs}\n\n`,
  );
  const columns = [
    { title: 'backend' },
    { title: 'ms', align: 'right' },
    { title: 'images/s', align: 'right' },
    { title: 'times the fastest', align: 'right' },
    ...(options.train ? [{ title: 'MiB held', align: 'right' } as const] : []),
    { title: 'on' },
  ] as const;
  stdout.write(
    table(
      columns,
      timings.map((timing) => row(timing, options.batch, fastest)),
      { paint },
    ),
  );
}

const row = ({ backend, milliseconds, heldBytes, description }: Timing, batch: number, fastest: number): string[] => [
  backend,
  milliseconds.toFixed(1),
  ((1000 * batch) / milliseconds).toFixed(1),
  (milliseconds / fastest).toFixed(2),
  ...(heldBytes === undefined ? [] : [(heldBytes / 2 ** 20).toFixed(1)]),
  description,
];

/** Those that were named, or those that work and are worth the time. */
async function choose(named: readonly BackendName[] | undefined, terminal: Terminal): Promise<BackendName[]> {
  if (named) return [...new Set(named)];
  const examined = await examineBackends();
  const against = (found: Considered): string | undefined => {
    if (!found.works) return found.reason;
    if (found.software) return 'a GPU in software is slow; --backends webgpu times it all the same';
    return found.backend === 'cpu' ? 'plain JavaScript is slow; --backends cpu times it all the same' : undefined;
  };
  writeNotes(
    terminal,
    examined.flatMap((found) => (against(found) === undefined ? [] : [`${found.backend}: ${against(found)}`])),
  );
  const names = examined.flatMap((found) => (against(found) === undefined ? [found.backend] : []));
  if (names.length === 0) throw new CommandError('No backend works here. `resnet doctor` says what each lacks.');
  return names;
}
