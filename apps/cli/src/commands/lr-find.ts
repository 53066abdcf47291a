import { useWasm } from '@resnetjs/backend-wasm';
import { dispose } from '@resnetjs/core';
import { type LrCurve, lrFind } from '@resnetjs/train';
import { lineChart } from '@resnetjs/train/report';
import { createModel } from '@resnetjs/zoo';
import { Command } from 'commander';
import { withExamples } from '../examples.ts';
import { describeLeftOut, leaveOut } from '../left-out.ts';
import { positiveInteger } from '../network/options.ts';
import { writeDataNotes } from '../print/data-notes.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { startProgress } from '../print/progress.ts';
import type { Terminal } from '../terminal.ts';
import { preprocessingOf } from '../training/image-preparation.ts';
import { FINE_TUNING_KEYS, type RecipeChoices, SOONER_KEYS } from '../training/recipe.ts';
import { whole } from '../training/recipe-field.ts';
import { optimizerOf } from '../training/recipe-optimizer.ts';
import { argumentOf, choicesOf, recipeOptions } from '../training/recipe-options.ts';
import { loadersOf } from '../training/train-network.ts';
import { type GrowingFile, growingFile } from '../write-whole-file.ts';
import { prepare, type TrainOptions, workerThreads } from './train.ts';

export interface LrFindOptions extends Omit<TrainOptions, 'resume'> {
  readonly steps?: number;
}

const UNUSED = [
  ...SOONER_KEYS,
  'epochs',
  'maxSteps',
  'patience',
  'best',
  'lr',
  'schedule',
  'peakAt',
  'anneal',
  'div',
  'finalDiv',
  'milestones',
  'warmUp',
  'ema',
  'clip',
  'mixup',
  'cutmix',
  'labelSmoothing',
  'accumulate',
  'weights',
  ...FINE_TUNING_KEYS,
] as const;
const STEPS = 100;
/** With fewer, no fall of the loss is told from chance. */
const LEAST_STEPS = 20;

/** `resnet lr-find DATA` */
export const lrFindCommand = (terminal: Terminal): Command => {
  const command = new Command('lr-find').argument('[data]', 'a folder of images, or cifar10, cifar100, mnist, fashion-mnist');
  return withExamples(
    recipeOptions(command, { except: UNUSED })
      .summary('find a learning rate to train with')
      .description('Train for some steps at rates from tiny to far too large, and say where the loss fell fastest. Nothing is kept.')
      .option('--steps <n>', `how many rates are tried, ${LEAST_STEPS} at least`, argumentOf(whole(LEAST_STEPS)), STEPS)
      .option('-o, --out <file>', 'draw the curve into an SVG file')
      .option('--config <file>', 'recipe in JSON; options on the command line win over it')
      .option('--data-folder <folder>', 'where a dataset given by name is kept')
      .option('--no-download', 'never fetch a dataset from its home')
      .option('--workers <n>', 'threads that read images', workerThreads)
      .option('--threads <n>', 'threads that compute (default: all cores)', positiveInteger)
      .option('--json', 'print JSON for programs')
      .action((data: string | undefined, options: LrFindOptions) => findRate(data, { choices: choicesOf(command), options }, terminal)),
    [
      ['resnet lr-find cifar10', 'for a ResNet-20 and SGD'],
      ['resnet lr-find photos --model resnet18 --optimizer adamw --out curve.svg', 'with its curve as a picture'],
    ],
  );
};

/** Finds a learning rate. */
export async function findRate(
  data: string | undefined,
  { choices, options }: { choices: RecipeChoices; options: LrFindOptions },
  terminal: Terminal,
): Promise<void> {
  const { steps = STEPS, out, json = false, threads } = options;
  const { recipe, opened } = await prepare(data, { choices, options, isOpenEnded: () => false });
  writeDataNotes(terminal, opened);
  await useWasm({ everyOp: false, ...(threads !== undefined && { threads }) });
  const model = createModel(recipe.model, { classes: opened.classes.length, seed: recipe.seed });
  const optimizer = optimizerOf(recipe, model);
  const progress = startProgress(terminal, 'Trying', steps);
  let file: GrowingFile | undefined;
  try {
    file = out === undefined ? undefined : await growingFile(out);
    const leftOut = leaveOut({ ...recipe, of: opened.data, total: opened.train.length });
    const { train } = loadersOf({ recipe, data: opened, spec: preprocessingOf(recipe, opened) }, { ...options, leftOut });
    const curve = await lrFind(model, { train, optimizer, steps, seed: recipe.seed, onStep: progress.update });
    progress.stop();
    await file?.append(chartOf(curve, `${recipe.model} on ${opened.data}, ${recipe.optimizer}`));
    await file?.finish();
    if (json) writeJson(terminal, curve);
    else print(curve, terminal, out);
    if (leftOut.images().length > 0) writeNotes(terminal, [describeLeftOut(leftOut.images())]);
  } finally {
    progress.stop();
    await file?.discard();
    optimizer.dispose();
    dispose(model);
  }
}

const chartOf = ({ points, valley, minimum }: LrCurve, title: string): string =>
  lineChart([{ name: 'loss, smoothed', points: points.map(({ learningRate, loss }) => [learningRate, loss]) }], {
    title,
    x: 'learning rate',
    y: 'loss',
    logX: true,
    marks: [
      { x: valley, text: 'valley' },
      { x: minimum, text: 'minimum / 10' },
    ],
  });

function print({ points, valley, steepest, minimum }: LrCurve, terminal: Terminal, out: string | undefined): void {
  const paint = paintFor(terminal.stdout, terminal);
  const rate = (value: number) => value.toExponential(1).padStart(8);
  const lines = [
    `${paint.bold(rate(valley))}  in the middle of the longest fall: begin with this one`,
    `${rate(steepest)}  where the loss falls fastest`,
    `${rate(minimum)}  a tenth of where it is lowest`,
    paint.dim(`${points.length} rates tried${out === undefined ? '; --out curve.svg draws them' : `; the curve is in ${out}`}`),
  ];
  terminal.stdout.write(`${lines.join('\n')}\n`);
}
