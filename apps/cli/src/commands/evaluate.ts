import { writeFile } from 'node:fs/promises';
import type { Dataset, Split } from '@resnetjs/data';
import { type Evaluation, evaluate as measure } from '@resnetjs/train';
import { htmlReport } from '@resnetjs/train/report';
import { Command, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { labelledBatches } from '../dataset/labelled-batches.ts';
import { matchClasses } from '../dataset/match-classes.ts';
import { openDataset } from '../dataset/open-dataset.ts';
import { withExamples } from '../examples.ts';
import { fileFault } from '../file-fault.ts';
import { loadNetwork, type NetworkOptions } from '../network/load-network.ts';
import { networkOptions, positiveInteger } from '../network/options.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { startProgress } from '../print/progress.ts';
import { count, counted, percent } from '../print/quantities.ts';
import type { Terminal } from '../terminal.ts';
import { worstImages } from '../training/worst-images.ts';

export interface EvaluateOptions extends NetworkOptions {
  readonly split?: Split;
  readonly batchSize?: number;
  /** HTML file to write a report into. */
  readonly report?: string;
  readonly json?: boolean;
}

/** Images at once: large enough to fill the kernels, small enough for a ResNet-50's activations. */
const BATCH_SIZE = 32;

/** `resnet evaluate FOLDER` */
export const evaluateCommand = (terminal: Terminal): Command =>
  withExamples(
    networkOptions(
      new Command('evaluate').argument('<folder>', 'one sub-folder of images per class, or CIFAR sprites (PNG) with labels.json'),
    )
      .summary('measure accuracy on a folder of images')
      .description('Measure how often a network is right about a folder of labelled images.')
      .addOption(new Option('--split <split>', 'which part of a folder of sprites').choices(['test', 'train']).default('test'))
      .option('-b, --batch-size <n>', 'images computed at once', positiveInteger, BATCH_SIZE)
      .option('--report <file>', 'write confusion matrix, calibration and the worst images into one HTML file')
      .option('--json', 'print JSON for programs')
      .action((folder: string, options: EvaluateOptions) => evaluate(folder, options, terminal)),
    [
      ['resnet evaluate photos/test --weights my.safetensors', 'one folder per class below photos/test'],
      ['resnet evaluate imagenet/val --weights resnet50.pth', "folders may have ImageNet's identifiers, n01440764"],
      ['resnet evaluate cifar10/ --weights resnet20.th', 'architecture found by its parameters'],
      ['resnet evaluate photos/test --report report.html', 'what it gets wrong, with pictures'],
    ],
  );

/** Measures accuracy and prints it. */
export async function evaluate(folder: string, options: EvaluateOptions, terminal: Terminal): Promise<void> {
  const { split = 'test', batchSize = BATCH_SIZE, report, json = false } = options;
  const dataset = await openDataset(folder, split);
  const network = await loadNetwork(options, terminal);
  try {
    if (network.classes === 1)
      throw new CommandError(
        `${network.name} has one output, which is yes or no: there are no classes to be right about. \`resnet predict\` gives its probability.`,
      );
    const outputs = matchClasses(folder, dataset.classes ?? [], network);
    if (!json) writeNotes(terminal, network.notes);
    const progress = startProgress(terminal, 'Evaluating', dataset.length);
    const { model, preprocessing, labels } = network;
    const started = performance.now();
    try {
      const batches = labelledBatches(dataset, { preprocessing, outputs, batchSize, onProgress: progress.update });
      const found = await measure(model, batches, { ...(labels && { classes: labels.names }), worst: WORST });
      const imagesPerSecond = (1000 * found.images) / (performance.now() - started);
      progress.stop();
      if (report !== undefined) await writeReport(report, { title: `${network.name} on ${folder}`, evaluation: found, dataset });
      const print = json ? printJson : printText;
      print({ network: network.name, folder, imagesPerSecond, ...found }, terminal);
    } finally {
      progress.stop();
    }
  } finally {
    network.dispose();
  }
}

/** Mistakes, and pairs of classes, that a report shows. */
const WORST = 16;
/** Pairs of classes that are named on the screen. */
const MOST_CONFUSED = 3;

interface ReportParts {
  readonly title: string;
  readonly evaluation: Evaluation;
  readonly dataset: Dataset;
}

async function writeReport(file: string, { title, evaluation, dataset }: ReportParts): Promise<void> {
  const page = htmlReport({ title, evaluation, worstImages: await worstImages(evaluation, dataset) });
  await writeFile(file, page).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${file}: ${fileFault(error)}.`, { cause: error });
  });
}

interface Report extends Evaluation {
  readonly network: string;
  readonly folder: string;
  readonly imagesPerSecond: number;
}

function printJson({ network, folder, images, topK, loss, classes, imagesPerSecond }: Report, terminal: Terminal): void {
  writeJson(terminal, { network, folder, images, top1: topK[1], top5: topK[5], loss, classes, imagesPerSecond });
}

function printText({ network, images, topK, loss, classes, mostConfused, imagesPerSecond }: Report, terminal: Terminal): void {
  const paint = paintFor(terminal.stdout, terminal);
  const top1 = topK[1] ?? 0;
  const seen = classes.filter((scored) => scored.images > 0).length;
  const lines = [
    `${paint.cyan(network)} on ${counted(images, 'image')} of ${counted(seen, 'class', 'classes')}`,
    `  top-1  ${paint.bold(percent(top1).padStart(8))}  ${count(Math.round(top1 * images))} right`,
    ...(topK[5] === undefined ? [] : [`  top-5  ${percent(topK[5]).padStart(8)}`]),
    `  loss   ${loss.toFixed(4).padStart(8)}`,
    ...mostConfused
      .slice(0, MOST_CONFUSED)
      .map(({ actual, predicted, images: n }) =>
        paint.dim(`  ${classes[actual]?.name} taken for ${classes[predicted]?.name} ${counted(n, 'time')}`),
      ),
    paint.dim(`  ${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} images/s`),
  ];
  terminal.stdout.write(`${lines.join('\n')}\n`);
}
