import { basename } from 'node:path';
import { type Dissection, type DissectionProgress, dissect as lookInto } from '@resnetjs/explain';
import { Command, Option } from 'commander';
import { type EvaluatedSplit, SPLITS } from '../dataset/open-for-evaluation.ts';
import { type Dissected, dissectionReport } from '../dissection/dissection-report.ts';
import { type LookedAt, openLookedAt, shownTo } from '../dissection/labelled-images.ts';
import { withExamples } from '../examples.ts';
import { IncompleteError } from '../incomplete-error.ts';
import { describeLeftOut } from '../left-out.ts';
import { loadNetwork, type NetworkOptions } from '../network/load-network.ts';
import { networkOptions, positiveInteger } from '../network/options.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { NO_PROGRESS, type Progress, startProgress } from '../print/progress.ts';
import { counted, percent } from '../print/quantities.ts';
import type { Terminal } from '../terminal.ts';
import { type GrowingFile, growingFile } from '../write-whole-file.ts';

export interface DissectOptions extends NetworkOptions {
  /** Weights of a second network. */
  readonly beside?: string;
  readonly split?: EvaluatedSplit;
  readonly images?: number;
  readonly batchSize?: number;
  readonly repeats?: number;
  /** For each length. */
  readonly paths?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** What a lesion costs is told to a fifth of a percent by so many images. */
const IMAGES = 500;
/** Similarity of layers is told by batches; more images would hold more of a ResNet-50's activations. */
const BATCH_SIZE = 50;
const REPEATS = 3;
const PATHS = 32;
const REPORT = 'dissection.html';

/** `resnet dissect FOLDER` */
export const dissectCommand = (terminal: Terminal): Command =>
  withExamples(
    networkOptions(
      new Command('dissect').argument('<folder>', 'labelled images, as `resnet evaluate` takes them: best such that were not trained on'),
    )
      .summary('show what the skips of a network do')
      .description(
        'Look into a trained network: how much each block adds, what it costs to leave blocks out or swap them, path lengths, gradients ' +
          'and how alike layers are. Writes one HTML file with pictures, and words that say what each shows.',
      )
      .option('--beside <source>', 'weights of a second network, drawn into the same charts: a plain one, say')
      .addOption(new Option('--split <split>', 'which part of a folder that has some (default: test, else val)').choices(SPLITS))
      .option('-n, --images <n>', 'so many of the images, spread evenly', positiveInteger, IMAGES)
      .option('-b, --batch-size <n>', 'images computed at once', positiveInteger, BATCH_SIZE)
      .option('--repeats <n>', 'draws for each number of blocks left out or swapped', positiveInteger, REPEATS)
      .option('--paths <n>', 'paths of each length that are drawn', positiveInteger, PATHS)
      .option('--seed <n>', 'decides what is drawn', positiveInteger, 1)
      .option('-o, --out <file>', `where to write the report (default: ${REPORT}; with --json none)`)
      .option('--json', 'print all numbers as JSON for programs')
      .action((folder: string, options: DissectOptions) => dissect(folder, options, terminal)),
    [
      ['resnet dissect cifar10/', 'the ResNet-20 that comes with this'],
      ['resnet dissect cifar10/ --weights resnet56.th --beside plain20.safetensors', 'a residual network beside a plain one'],
      ['resnet dissect imagenet/val -w resnet50 -n 200 -b 10 -o resnet50.html', 'fewer images: photos take long'],
    ],
  );

/**
 * Looks into one network, or two, and writes a report.
 *
 * @throws IncompleteError naming the images that could not be read, after the rest was measured and written.
 */
export async function dissect(folder: string, options: DissectOptions, terminal: Terminal): Promise<void> {
  const { beside, split, images = IMAGES, json = false, out = json ? undefined : REPORT } = options;
  const shown = await openLookedAt(folder, { split, images });
  writeNotes(terminal, shown.notes);
  let file: GrowingFile | undefined;
  try {
    file = out === undefined ? undefined : await growingFile(out);
    const sources: NetworkOptions[] = [options, ...(beside === undefined ? [] : [{ offline: options.offline, weights: beside }])];
    const networks: Dissected[] = [];
    for (const source of sources) networks.push(await oneNetwork(source, { ...options, shown }, terminal));
    const told = apart(networks, sources);
    const part = shown.part === undefined ? '' : `, ${shown.part}`;
    const counts = told[0]?.found.whole.images ?? 0;
    if (file) {
      const title = `What the skips of ${told.map(({ name }) => name).join(' and ')} do`;
      await file.append(dissectionReport({ title, images: `${counted(counts, 'image')} of ${folder}${part}`, networks: told }));
      await file.finish();
    }
    if (json) writeJson(terminal, { folder, part: shown.part, networks: told.map(({ name, found }) => ({ network: name, ...found })) });
    else {
      for (const network of told) printText(network, terminal);
      terminal.stdout.write(`${paintFor(terminal.stdout, terminal).dim('report')} ${out}\n`);
    }
    const leftOut = shown.leftOut.images();
    if (leftOut.length > 0) throw new IncompleteError(describeLeftOut(leftOut));
  } finally {
    await file?.discard();
  }
}

const STUDIES: Readonly<Record<DissectionProgress['study'], string>> = {
  responses: 'Responses',
  gradients: 'Gradients',
  similarity: 'Similarity',
  paths: 'Paths',
  lesions: 'Lesions',
};

async function oneNetwork(
  source: NetworkOptions,
  { shown, batchSize = BATCH_SIZE, repeats = REPEATS, paths = PATHS, seed = 1, json }: DissectOptions & { readonly shown: LookedAt },
  terminal: Terminal,
): Promise<Dissected> {
  const network = await loadNetwork(source, terminal);
  let bar: Progress = NO_PROGRESS;
  let study: string | undefined;
  try {
    if (!json) writeNotes(terminal, network.notes);
    const images = await shownTo(network, shown, { batchSize, terminal });
    const found = await lookInto(network.whole, images, {
      total: shown.dataset.length,
      repeats,
      samples: paths,
      seed,
      onProgress(progress) {
        if (study !== progress.study) {
          bar.stop();
          study = progress.study;
          bar = startProgress(terminal, `${network.name}: ${STUDIES[progress.study]}`, 100);
        }
        bar.update(100 * progress.done);
      },
    });
    return { name: network.name, found };
  } finally {
    bar.stop();
    network.dispose();
  }
}

/** Two networks of one name are told apart by their files. */
const apart = (networks: readonly Dissected[], sources: readonly NetworkOptions[]): Dissected[] =>
  networks.map(({ name, found }, i) => ({
    name: networks.filter((other) => other.name === name).length > 1 ? `${name}, ${basename(sources[i]?.weights ?? 'shipped')}` : name,
    found,
  }));

function printText({ name, found }: Dissected, terminal: Terminal): void {
  const paint = paintFor(terminal.stdout, terminal);
  const { whole, dropped, paths } = found;
  const ranked = dropped.toSorted((a, b) => b.accuracy - a.accuracy || a.loss - b.loss);
  const [least, most] = [ranked[0], ranked.at(-1)];
  const points = (one: Dissection['dropped'][number]) => `${(100 * (whole.accuracy - one.accuracy)).toFixed(1)} points (${one.block})`;
  const lines = [
    `${paint.cyan(name)} on ${counted(whole.images, 'image')}: ${paint.bold(percent(whole.accuracy))} right`,
    ...(least && most ? [`  without one block it loses ${points(least)} to ${points(most)}`] : []),
    ...(paths
      ? [
          `  ${percent(paths.effective.share, 1)} of the gradient comes by paths through ${paths.effective.from} to ${paths.effective.to} of ${found.blocks.length} blocks`,
        ]
      : []),
  ];
  terminal.stdout.write(`${lines.join('\n')}\n`);
}
