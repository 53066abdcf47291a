import { type Summary, type SummaryRow, summarize } from '@resnetjs/core';
import { createModel, modelInfo } from '@resnetjs/zoo';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { withExamples } from '../examples.ts';
import { describedNetwork, networkArgument } from '../network/described-network.ts';
import { positiveInteger } from '../network/options.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { bytes, count, macs } from '../print/quantities.ts';
import { table } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';

export interface SummaryOptions {
  /** `[height, width]` */
  readonly input?: readonly [number, number];
  readonly depth?: number;
  readonly json?: boolean;
}

/** Stages and blocks, but not each convolution. */
const DEPTH = 2;

/** `resnet summary MODEL` */
export const summaryCommand = (terminal: Terminal): Command =>
  withExamples(
    new Command('summary')
      .addArgument(new Argument('<model>', 'a name that `resnet models` lists, or weights of any source').argParser(networkArgument))
      .summary('draw a network as a table')
      .description('Draw a network as a table: what each part returns, its parameters, multiply-accumulates and memory.')
      .option('-i, --input <size>', 'pixels of the image: 224, or height x width: 480x640 (default: what it was published for)', inputSize)
      .option('-d, --depth <n>', 'how deep into the parts to look', positiveInteger, DEPTH)
      .option('--json', 'print JSON for programs')
      .action((name: string, options: SummaryOptions) => summary(name, options, terminal)),
    [
      ['resnet summary resnet50', 'stages and blocks'],
      ['resnet summary resnet18 --depth 4', 'down to each convolution'],
      ['resnet summary resnet50 --input 480x640', 'what a larger image costs'],
    ],
  );

/**
 * Prints what every part of a network returns and costs, for one image.
 *
 * @throws ShapeError if the network cannot take such an input.
 */
export async function summary(source: string, { input, depth = DEPTH, json }: SummaryOptions, terminal: Terminal): Promise<void> {
  const { name, options, title, notes } = await describedNetwork(source, {}, terminal);
  const side = modelInfo(name).inputSize;
  const [height, width] = input ?? [side, side];
  const result = summarize(createModel(name, options), [1, height, width, options.channels ?? 3]);
  if (!json) writeNotes(terminal, notes);
  if (json) {
    writeJson(terminal, { name: title, ...result, rows: result.rows.filter((row) => row.depth <= depth) });
    return;
  }
  const paint = paintFor(terminal.stdout, terminal);
  const rows = result.rows.filter((row) => row.depth > 0 && row.depth <= depth);
  const columns = [
    { title: 'part' },
    { title: 'kind' },
    { title: 'output' },
    { title: 'parameters', align: 'right' },
    { title: 'MACs', align: 'right' },
    { title: 'activations', align: 'right' },
  ] as const;
  terminal.stdout.write(`${paint.cyan(title)} on one image of ${height}x${width}\n\n`);
  terminal.stdout.write(table(columns, rows.map(toCells), { paint, footer: totals(result) }));
  terminal.stdout.write(
    `\n${paint.dim(`Weights ${bytes(result.params * BYTES_PER_FLOAT)}. Activations: every result, which training keeps; predicting frees most as it goes.`)}\n`,
  );
}

const BYTES_PER_FLOAT = 4;

const toCells = ({ name, depth, kind, outputShape, params, macs: n, activationBytes }: SummaryRow): string[] => [
  `${'  '.repeat(depth - 1)}${depth === 1 ? name : name.slice(name.lastIndexOf('.') + 1)}`,
  kind,
  shape(outputShape),
  params === 0 ? '–' : count(params),
  macs(n),
  bytes(activationBytes),
];

const totals = ({ rows, params, macs: n, activationBytes }: Summary): string[] => [
  'all',
  rows[0]?.kind ?? '',
  shape(rows[0]?.outputShape ?? []),
  count(params),
  macs(n),
  bytes(activationBytes),
];

/** Of one image: `56x56x64`. */
const shape = (outputShape: readonly number[]): string => outputShape.slice(1).join('x');

/** `224` or `480x640` */
function inputSize(text: string): [number, number] {
  const [, height, width = height] = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text) ?? [];
  if (!Number(height) || !Number(width)) throw new InvalidArgumentError('Expected pixels, as 224 or 480x640.');
  return [Number(height), Number(width)];
}
