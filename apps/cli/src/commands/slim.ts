import { existsSync } from 'node:fs';
import { removedBlocks, stateDict } from '@resnetjs/core';
import { type NetworkCost, type Slimmed, slim as slimmer } from '@resnetjs/explain';
import { createManifest, saveCheckpoint } from '@resnetjs/weights';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { type EvaluatedSplit, SPLITS } from '../dataset/open-for-evaluation.ts';
import { openLookedAt, shownTo } from '../dissection/labelled-images.ts';
import { withExamples } from '../examples.ts';
import { IncompleteError } from '../incomplete-error.ts';
import { describeLeftOut } from '../left-out.ts';
import { loadNetwork, type Network, type NetworkOptions } from '../network/load-network.ts';
import { positiveInteger, weightsOptions } from '../network/options.ts';
import { toManifest } from '../network/presets.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { NO_PROGRESS, type Progress, startProgress } from '../print/progress.ts';
import { count, counted, macs, percent } from '../print/quantities.ts';
import { table } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export interface SlimOptions extends Omit<NetworkOptions, 'weights'> {
  /** Percentage points. */
  readonly maxLoss?: number;
  readonly maxBlocks?: number;
  readonly split?: EvaluatedSplit;
  readonly images?: number;
  readonly batchSize?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

const MAX_LOSS = 0.5;
const BATCH_SIZE = 50;

/** `resnet slim IN OUT FOLDER` */
export const slimCommand = (terminal: Terminal): Command => {
  const command = new Command('slim')
    .argument('<in>', 'weights, of any source that --weights of other commands takes')
    .argument('<out>', 'where to write; ends in .safetensors')
    .argument('<folder>', 'labelled images, as `resnet evaluate` takes them, that were not trained on');
  return withExamples(
    weightsOptions(command)
      .summary('take the blocks out of a network that it can do without')
      .description(
        'Take residual blocks out of a network, those first that cost least, as long as accuracy stays within a limit. What is left is ' +
          'smaller and faster, and can be used and fine-tuned as any network. These images choose what goes: measure it on others.',
      )
      .option('-l, --max-loss <points>', 'percentage points of accuracy that may be lost', points, MAX_LOSS)
      .option('--max-blocks <n>', 'blocks that may go (default: as many as the limit lets)', positiveInteger)
      .addOption(new Option('--split <split>', 'which part of a folder that has some (default: test, else val)').choices(SPLITS))
      .option('-n, --images <n>', 'so many of the images, spread evenly (default: all)', positiveInteger)
      .option('-b, --batch-size <n>', 'images computed at once', positiveInteger, BATCH_SIZE)
      .option('-f, --force', 'write over files that are there')
      .option('--json', 'print JSON for programs')
      .action((from: string, to: string, folder: string, options: SlimOptions) => slim({ from, to, folder }, options, terminal)),
    [
      ['resnet slim resnet56.th slim.safetensors cifar10/', 'half a percentage point may be lost'],
      ['resnet slim resnet110.th slim.safetensors photos --split val --max-loss 2', 'more goes'],
      ['resnet finetune photos --weights slim.safetensors', 'then what was lost is learned again'],
    ],
  );
};

/** Percentage points, from 0. */
function points(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError('Expected percentage points of accuracy, 0 to 100, as 0.5.');
  return value;
}

/**
 * Writes a network without the blocks that it can do without, with a manifest that says which.
 *
 * @throws UsageError, CommandError or the packages' own errors; what was at `to` then stays.
 */
export async function slim(
  { from, to, folder }: { readonly from: string; readonly to: string; readonly folder: string },
  options: SlimOptions,
  terminal: Terminal,
): Promise<void> {
  const { maxLoss = MAX_LOSS, maxBlocks, split, images, batchSize = BATCH_SIZE, force, json } = options;
  if (!to.endsWith('.safetensors')) throw new UsageError(`slim writes safetensors: let ${to} end in .safetensors.`);
  const there = [to, to.replace(/\.safetensors$/, '.json')].filter((file) => existsSync(file));
  if (there.length > 0 && !force)
    throw new CommandError(`${there.join(' and ')} already there. Write over with --force, or choose another name.`);
  const shown = await openLookedAt(folder, { split, images });
  const network = await loadNetwork({ ...options, weights: from }, terminal);
  let [bar, round]: [Progress, number] = [NO_PROGRESS, 0];
  try {
    writeNotes(terminal, [...shown.notes, ...(json ? [] : network.notes)]);
    const result = await slimmer(network.whole, await shownTo(network, shown, { batchSize, terminal }), {
      maxLoss,
      maxBlocks,
      onProgress(progress) {
        if (round !== progress.round) {
          bar.stop();
          round = progress.round;
          bar = startProgress(terminal, `Round ${round}: ${counted(progress.candidates, 'block')}`, shown.dataset.length);
        }
        bar.update(progress.imagesDone);
      },
    });
    bar.stop();
    const sha256 =
      result.removed.length > 0 ? await save(to, { network, result, dataset: `${folder}, by which its blocks were chosen` }) : undefined;
    if (json)
      writeJson(terminal, { network: network.name, folder, maxLoss, ...numbers(result), ...(sha256 !== undefined && { out: to, sha256 }) });
    else printText({ network, result, maxLoss, to }, terminal);
    const leftOut = shown.leftOut.images();
    if (leftOut.length > 0) throw new IncompleteError(describeLeftOut(leftOut));
  } finally {
    bar.stop();
    network.dispose();
  }
}

type Result = Slimmed<Network['whole']>;

const numbers = ({ removed, ranking, before, after }: Result) => ({ removed, ranking, before, after });

/** What is known of the network stays, but for its blocks and its accuracy. */
async function save(
  to: string,
  { network, result, dataset }: { network: Network; result: Result; dataset: string },
): Promise<string | undefined> {
  const { manifest, architecture, preprocessing, labels } = network;
  const { accuracy, images } = result.after.score;
  const written = await saveCheckpoint(to, {
    stateDict: await stateDict(result.model),
    manifest: createManifest({
      ...manifest,
      architecture: architecture.name,
      config: { ...architecture.options, removedBlocks: removedBlocks(result.model) },
      preprocessing: toManifest(preprocessing),
      labels: labels ? [...labels.names] : null,
      sha256: null,
      accuracy: { dataset, top1: accuracy, images },
    }),
  });
  return written?.sha256 ?? undefined;
}

function printText(
  { network, result, maxLoss, to }: { network: Network; result: Result; maxLoss: number; to: string },
  terminal: Terminal,
): void {
  const paint = paintFor(terminal.stdout, terminal);
  const { removed, ranking, before, after } = result;
  const { stdout } = terminal;
  const lost = (accuracy: number) => `${(100 * (before.score.accuracy - accuracy)).toFixed(2)} points`;
  if (removed.length === 0) {
    const [cheapest] = ranking.toSorted((a, b) => b.accuracy - a.accuracy);
    stdout.write(
      `${paint.cyan(network.name)}: no block can go for ${maxLoss} points of ${percent(before.score.accuracy)}; ` +
        `the cheapest, ${cheapest?.block}, costs ${lost(cheapest?.accuracy ?? 0)}. Nothing was written; --max-loss lets more go.\n`,
    );
    return;
  }
  stdout.write(
    `${paint.cyan(network.name)} without ${removed.length} of ${counted(ranking.length, 'block')} that could go, on ${counted(before.score.images, 'image')}\n`,
  );
  for (const { block, accuracy } of removed)
    stdout.write(paint.dim(`  ${block.padEnd(16)} ${percent(accuracy)}, ${lost(accuracy)} lost\n`));
  const columns = [
    { title: '' },
    { title: 'before', align: 'right' },
    { title: 'after', align: 'right' },
    { title: '', align: 'right' },
  ] as const;
  const share = (of: (cost: NetworkCost) => number) => `${(100 * (of(after) / of(before) - 1)).toFixed(1)} %`;
  const time = before.ms !== undefined && after.ms !== undefined;
  const rows = [
    [
      'top-1',
      percent(before.score.accuracy),
      percent(after.score.accuracy),
      `${(100 * (after.score.accuracy - before.score.accuracy)).toFixed(2)} points`,
    ],
    ['parameters', count(before.params), count(after.params), share(({ params }) => params)],
    ['MACs', macs(before.macs), macs(after.macs), share(({ macs: n }) => n)],
    ...(time ? [['one image', `${ms(before)} ms`, `${ms(after)} ms`, share(({ ms: n = 0 }) => n)]] : []),
  ];
  stdout.write(`\n${table(columns, rows, { paint })}\n${paint.dim('weights')} ${to}\n`);
}

const ms = (cost: NetworkCost): string => (cost.ms ?? 0).toFixed(2);
