import { type Module, stateDict } from '@resnetjs/core';
import { createRandom, cutmix, type Batch as DataBatch, loader, mixup, type PreprocessingSpec } from '@resnetjs/data';
import { type Architecture, describeArchitecture } from '@resnetjs/network';
import {
  ema as averages,
  type Callback,
  checkpointing,
  crossEntropy,
  type Ema,
  type Evaluation,
  earlyStopping,
  evaluate,
  type FitEvent,
  type FitOptions,
  highestAccuracy,
  type Loader,
  type LoaderStage,
  stagedLoader,
} from '@resnetjs/train';
import { csvLog, jsonLines, tensorBoard } from '@resnetjs/train/node';
import { htmlReport } from '@resnetjs/train/report';
import { createManifest, saveCheckpoint } from '@resnetjs/weights';
import { describeLeftOut, type LeftOut, leaveOut } from '../left-out.ts';
import { toManifest } from '../network/presets.ts';
import { writeDataNotes } from '../print/data-notes.ts';
import { paintFor } from '../print/paint.ts';
import { count, percent } from '../print/quantities.ts';
import type { Terminal } from '../terminal.ts';
import { evaluationTransform, trainingTransform } from './image-preparation.ts';
import { depthCallbacks, sizeStages } from './learn-sooner.ts';
import { knownLeftOut, leftOutFile } from './left-out-file.ts';
import type { Recipe } from './recipe.ts';
import { stepsOf } from './recipe-optimizer.ts';
import { type RunFolder, trainingIn } from './run-folder.ts';
import { specAt } from './starting-weights.ts';
import type { TrainingData } from './training-data.ts';
import { trainingScreen } from './training-screen.ts';
import { worstImages } from './worst-images.ts';

/** What a training command does beside its recipe. */
export interface RunOptions {
  readonly resume?: boolean;
  readonly workers?: number;
  readonly checkpointEvery?: number;
  readonly tensorboard?: boolean;
  readonly json?: boolean;
}

/** A network to train, and how. */
export interface TrainingPlan {
  readonly architecture: Architecture;
  readonly model: Module;
  readonly recipe: Recipe;
  readonly data: TrainingData;
  readonly spec: PreprocessingSpec;
  readonly folder: RunFolder;
  /** Runs the training: `fit` or `fineTune` with what each needs of its own. */
  readonly run: (options: Omit<FitOptions, 'epochs' | 'optimizer' | 'schedule'>) => AsyncIterable<FitEvent>;
}

/** The images of a plan as loaders. */
export function loadersOf(
  { recipe, data, spec }: Pick<TrainingPlan, 'recipe' | 'data' | 'spec'>,
  { workers = 0, leftOut }: Pick<RunOptions, 'workers'> & { readonly leftOut: LeftOut },
): { train: Loader; validation: Loader } {
  const { onBroken } = leftOut;
  const common = { normalization: { mean: spec.mean, std: spec.std }, workers, ...(onBroken && { onBroken }) };
  const { batchSize, seed } = recipe;
  const stages = sizeStages(recipe).map(({ size, epochs, batchSize: images }) => ({
    epochs,
    loader: loader(data.train, {
      ...common,
      batchSize: images,
      seed,
      shuffle: true,
      augment: trainingTransform(recipe, specAt(spec, size), size),
      // A batch of one image, the last or one that others were left out of, has no variance to normalize by.
      smallest: Math.min(2, images),
    }),
  }));
  const [only, ...more] = stages as [LoaderStage, ...LoaderStage[]];
  return {
    train: more.length === 0 ? only.loader : stagedLoader(stages),
    validation: loader(data.validation, { ...common, batchSize, augment: evaluationTransform(spec) }),
  };
}

/** Trains by a plan, saves the network with its manifest, and writes a report. */
export async function trainNetwork(plan: TrainingPlan, options: RunOptions, terminal: Terminal): Promise<void> {
  const { model, recipe, data, spec, folder, architecture } = plan;
  const { json = false, resume = false } = options;
  const paint = paintFor(terminal.stdout, terminal);
  const warn = (message: string) => terminal.stderr.write(`${message}\n`);
  const snapshot = await trainingIn(folder, { resume, warn });
  const leftOut = leaveOut({
    ...recipe,
    of: data.data,
    total: data.train.length + data.validation.length,
    known: snapshot ? await knownLeftOut(folder) : [],
  });
  const { train, validation } = loadersOf(plan, { ...options, leftOut });
  writeDataNotes(terminal, data);
  if (!json)
    terminal.stdout.write(
      `${paint.cyan(describeArchitecture(architecture))} on ${data.data}: ${count(data.train.length)} images to train on, ${count(data.validation.length)} to validate on, ${count(data.classes.length)} classes\n` +
        `${paint.dim(data.used)}\n` +
        `${paint.dim(`${snapshot ? `Goes on after step ${count(snapshot.state.step)}; ` : ''}everything is in ${folder.path}`)}\n`,
    );
  await folder.write('recipe.json', `${JSON.stringify(recipe, null, 2)}\n`);

  const average = recipe.ema === undefined ? undefined : averages(model, { decay: recipe.ema });
  const screen = trainingScreen(terminal, { json });
  const abort = new AbortController();
  // The step that is going on is finished and saved; a second Ctrl-C ends the process at once.
  const interrupt = () => {
    screen.clear();
    warn('Stopping after this step; what was learned is saved.');
    abort.abort();
  };
  process.once('SIGINT', interrupt);
  const sayLeftOut = () => {
    if (leftOut.images().length > 0) warn(describeLeftOut(leftOut.images()));
  };
  let last: FitEvent | undefined;
  try {
    const events = plan.run({
      train,
      ...(data.validation.length > 0 && { validation }),
      ...shared(recipe, data, average),
      callbacks: [...depthCallbacks(model, recipe, stepsOf(recipe, train)), ...callbacksOf(recipe, { ...options, folder, leftOut, warn })],
      ...(snapshot && { resume: snapshot }),
      signal: abort.signal,
      config: {
        architecture: { name: architecture.name, options: architecture.options },
        recipe,
        preprocessing: spec,
        classes: data.classes,
      },
    });
    for await (const event of events) {
      screen.show(event);
      last = event;
    }
    screen.clear();
    if (last?.type !== 'end') return;
    if (last.stopped === 'aborted') {
      sayLeftOut();
      terminal.stdout.write(`Stopped after step ${count(last.step)}. --resume goes on.\n`);
      return;
    }
    // Where the best epoch's weights were asked for, they are in the model by now, averaged or not.
    const finish = () => save(plan, validation);
    const evaluation = await (average && !recipe.best ? average.within(finish) : finish());
    const images = evaluation ? await worstImages(evaluation, data.validation) : [];
    const facts = Object.entries(recipe).map(([key, value]) => [key, String(value)] as const);
    const title = `${describeArchitecture(architecture)} on ${data.data}`;
    await folder.write(
      'report.html',
      htmlReport({
        title,
        facts,
        history: last.history,
        ...(evaluation && { evaluation }),
        worstImages: images,
        leftOut: leftOut.images(),
      }),
    );
    sayLeftOut();
    if (json) {
      terminal.stdout.write(
        `${JSON.stringify({ model: folder.file('model.safetensors'), report: folder.file('report.html'), steps: last.step, top1: evaluation?.topK[1], loss: evaluation?.loss, leftOut: leftOut.images() })}\n`,
      );
      return;
    }
    if (last.stopped) terminal.stdout.write(`Stopped: ${last.stopped}.\n`);
    if (evaluation) terminal.stdout.write(`top-1 ${paint.bold(percent(evaluation.topK[1] ?? 0))} of ${count(evaluation.images)} images\n`);
    terminal.stdout.write(
      `${paint.dim('weights')} ${folder.file('model.safetensors')}\n${paint.dim('report ')} ${folder.file('report.html')}\n`,
    );
  } finally {
    process.removeListener('SIGINT', interrupt);
    screen.clear();
    average?.dispose();
  }
}

/** The part of a recipe that `fit` and `fineTune` take alike. */
function shared(recipe: Recipe, data: TrainingData, average: Ema | undefined): Partial<FitOptions> {
  const { accumulate, clip, seed, best, maxSteps, labelSmoothing, mixup: blend, cutmix: paste } = recipe;
  const classes = data.classes.length;
  const mixes = [
    ...(blend === undefined
      ? []
      : [(batch: DataBatch, seed: number) => mixup(batch, { classes, alpha: blend, random: createRandom(seed) })]),
    ...(paste === undefined
      ? []
      : [(batch: DataBatch, seed: number) => cutmix(batch, { classes, alpha: paste, random: createRandom(seed) })]),
  ];
  return {
    accumulate,
    seed,
    ...(clip !== undefined && { clipNorm: clip }),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(best && { best: highestAccuracy }),
    ...(average && { ema: average }),
    ...(labelSmoothing > 0 && { loss: (logits, targets) => crossEntropy(logits, targets, { labelSmoothing }) }),
    // With both, the seed decides for each batch which of them it is.
    ...(mixes.length > 0 && {
      mix: (batch, batchSeed) => (mixes[batchSeed % mixes.length] as (typeof mixes)[number])(batch as DataBatch, batchSeed),
    }),
  };
}

function callbacksOf(
  { patience }: Recipe,
  {
    folder,
    checkpointEvery = 0,
    tensorboard = false,
    leftOut,
    warn,
  }: RunOptions & { folder: RunFolder; leftOut: LeftOut; warn: (message: string) => void },
): Callback[] {
  const onFailure = (error: unknown) => warn(`The checkpoint could not be saved, and the training goes on: ${(error as Error).message}`);
  return [
    leftOutFile(folder, leftOut),
    csvLog(folder.file('epochs.csv')),
    jsonLines(folder.file('log.jsonl')),
    ...(tensorboard ? [tensorBoard(folder.path)] : []),
    ...(patience === undefined ? [] : [earlyStopping({ patience, metric: highestAccuracy })]),
    checkpointing(folder.store, { everySteps: checkpointEvery, onFailure }),
  ];
}

/** Measures the network and saves it, ready to predict. */
async function save({ model, architecture, data, spec, folder }: TrainingPlan, validation: Loader): Promise<Evaluation | undefined> {
  const evaluation =
    data.validation.length > 0 ? await evaluate(model, validation.start({ epochs: 1 }), { classes: data.classes }) : undefined;
  const manifest = createManifest({
    architecture: architecture.name,
    config: { ...architecture.options },
    preprocessing: toManifest(spec),
    labels: [...data.classes],
    source: 'trained by resnet train',
    ...(evaluation && {
      accuracy: { dataset: `validation images of ${data.data}`, top1: evaluation.topK[1] ?? 0, images: evaluation.images },
    }),
  });
  await saveCheckpoint(folder.file('model.safetensors'), { stateDict: await stateDict(model), manifest });
  return evaluation;
}
