import { type Evaluation, evaluate as measure } from '@resnetjs/train';
import { htmlReport } from '@resnetjs/train/report';
import { Command, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { labelledBatches } from '../dataset/labelled-batches.ts';
import { matchClasses } from '../dataset/match-classes.ts';
import { type EvaluatedSplit, openForEvaluation, SPLITS } from '../dataset/open-for-evaluation.ts';
import { withExamples } from '../examples.ts';
import { IncompleteError } from '../incomplete-error.ts';
import { BROKEN_POLICY, type BrokenPolicy, describeLeftOut, type LeftOutImage, leaveOut } from '../left-out.ts';
import { loadNetwork, type NetworkOptions } from '../network/load-network.ts';
import { networkOptions, positiveInteger } from '../network/options.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { startProgress } from '../print/progress.ts';
import { count, counted, percent } from '../print/quantities.ts';
import type { Terminal } from '../terminal.ts';
import { RECIPE_FIELDS } from '../training/recipe.ts';
import { optionOf } from '../training/recipe-options.ts';
import { confusedImages, worstImages } from '../training/worst-images.ts';
import { type GrowingFile, growingFile } from '../write-whole-file.ts';

export interface EvaluateOptions extends NetworkOptions, Partial<BrokenPolicy> {
  readonly split?: EvaluatedSplit;
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
      new Command('evaluate').argument(
        '<folder>',
        'one sub-folder of images per class, such folders in test or val, or CIFAR sprites (PNG) with labels.json',
      ),
    )
      .summary('measure accuracy on a folder of images')
      .description('Measure how often a network is right about a folder of labelled images.')
      .addOption(new Option('--split <split>', 'which part of a folder that has some (default: test, else val)').choices(SPLITS))
      .option('-b, --batch-size <n>', 'images computed at once', positiveInteger, BATCH_SIZE)
      .addOption(optionOf({ ...RECIPE_FIELDS.broken, group: 'Options:' }))
      .addOption(optionOf({ ...RECIPE_FIELDS.maxBroken, group: 'Options:' }))
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

/**
 * Measures accuracy and prints it.
 *
 * @throws IncompleteError naming the images that could not be read, after the rest was measured and printed.
 */
export async function evaluate(folder: string, options: EvaluateOptions, terminal: Terminal): Promise<void> {
  const { split, batchSize = BATCH_SIZE, report, json = false } = options;
  const { dataset, part, notes } = await openForEvaluation(folder, split);
  const leftOut = leaveOut({ ...BROKEN_POLICY, ...options, of: folder, total: dataset.length });
  const network = await loadNetwork(options, terminal);
  let file: GrowingFile | undefined;
  try {
    if (network.classes === 1)
      throw new CommandError(
        `${network.name} has one output, which is yes or no: there are no classes to be right about. \`resnet predict\` gives its probability.`,
      );
    file = report === undefined ? undefined : await growingFile(report);
    const { outputs, notes: assumed } = matchClasses(folder, dataset.classes ?? [], network);
    writeNotes(terminal, [...notes, ...assumed]);
    if (!json) writeNotes(terminal, network.notes);
    const progress = startProgress(terminal, 'Evaluating', dataset.length);
    const { model, preprocessing, labels } = network;
    const started = performance.now();
    try {
      const { onBroken } = leftOut;
      const batches = labelledBatches(dataset, {
        ...{ preprocessing, outputs, batchSize, ...(onBroken && { onBroken }) },
        onProgress: progress.update,
      });
      const found = await measure(model, batches, {
        ...(labels && { classes: labels.names }),
        worst: WORST,
        examples: file ? EXAMPLES : 0,
      });
      const imagesPerSecond = (1000 * found.images) / (performance.now() - started);
      progress.stop();
      const images = leftOut.images();
      if (file) {
        const title = `${network.name} on ${folder}${part === undefined ? '' : `, ${part}`}`;
        await file.append(
          htmlReport({
            title,
            evaluation: found,
            worstImages: await worstImages(found, dataset, network.inside),
            confusedImages: await confusedImages(found.examples ?? [], dataset),
            leftOut: images,
          }),
        );
        await file.finish();
      }
      const print = json ? printJson : printText;
      print({ network: network.name, folder, ...(part !== undefined && { part }), imagesPerSecond, leftOut: images, ...found }, terminal);
      if (images.length > 0) throw new IncompleteError(describeLeftOut(images));
    } finally {
      progress.stop();
    }
  } finally {
    await file?.discard();
    network.dispose();
  }
}

/** Mistakes, and pairs of classes, that a report shows. */
const WORST = 16;
/** Photos of a cell of the confusion matrix. */
const EXAMPLES = 8;
/** Pairs of classes that are named on the screen. */
const MOST_CONFUSED = 3;

interface Report extends Evaluation {
  readonly network: string;
  readonly folder: string;
  readonly part?: string;
  readonly imagesPerSecond: number;
  readonly leftOut: readonly LeftOutImage[];
}

function printJson({ network, folder, part, images, topK, loss, classes, imagesPerSecond, leftOut }: Report, terminal: Terminal): void {
  writeJson(terminal, { network, folder, part, images, top1: topK[1], top5: topK[5], loss, classes, imagesPerSecond, leftOut });
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
