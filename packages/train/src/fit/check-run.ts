import { compareStateDict, formatDifferences, type Module, parameters, trace } from '@resnetjs/core';
import type { FitOptions } from './fit-options.ts';
import type { EpochBatch, Loader } from './loader.ts';
import { partOf, type Snapshot, TRAINING_STATE_VERSION } from './snapshot.ts';
import { TrainingError } from './training-error.ts';
import type { RunState } from './training-run.ts';

/** @throws TrainingError listing all that keeps a training from starting. */
export function checkOptions(model: Module, { train, validation, epochs, accumulate = 1, maxSteps, clipNorm, best }: FitOptions): void {
  const faults: string[] = [];
  const whole = (name: string, value: number, from: number) => {
    if (!Number.isInteger(value) || value < from) faults.push(`'${name}' must be a whole number from ${from} but is ${value}`);
  };
  whole('epochs', epochs, 1);
  whole('accumulate', accumulate, 1);
  if (maxSteps !== undefined) whole('maxSteps', maxSteps, 1);
  if (clipNorm !== undefined && !(clipNorm > 0)) faults.push(`'clipNorm' must be a number above 0 but is ${clipNorm}`);
  for (const [name, loader] of Object.entries({ train, validation })) if (loader) faults.push(...emptiness(name, loader));
  if (train.classes && validation?.classes && train.classes.join('\n') !== validation.classes.join('\n'))
    faults.push(`'validation' has the classes ${validation.classes.join(', ')} but 'train' has ${train.classes.join(', ')}`);
  if (![...parameters(model).values()].some(({ trainable }) => trainable))
    faults.push('no parameter of the model is trainable: unfreeze some');
  if (best && maxSteps !== undefined && !validation && train.batchesPerEpoch > maxSteps * accumulate)
    faults.push("'best' is asked for but no epoch will end");
  report('The training cannot start', faults);
}

const emptiness = (name: string, { images, batchesPerEpoch }: Loader): string[] => {
  if (images === 0) return [`'${name}' has no images: the split is empty`];
  return batchesPerEpoch === 0 ? [`'${name}' has no batches: its ${images} images do not fill one. Do not drop the last one`] : [];
};

/** Looks at the first images, and at all labels. @throws TrainingError if they do not fit the model's outputs. */
export function checkData(model: Module, first: EpochBatch, { train, validation }: FitOptions): void {
  const outputs = countOutputs(model, first.shape);
  if (outputs === undefined) return;
  const faults: string[] = [];
  for (const [name, loader] of Object.entries({ train, validation })) {
    if (!loader) continue;
    const { classes } = loader;
    if (classes && classes.length !== outputs)
      faults.push(`the model has ${outputs} outputs but '${name}' ${classes.length} classes (${some(classes)}): replace the model's head`);
    const wrong = [...(loader.labels?.() ?? [])].flatMap((label, i) =>
      Number.isInteger(label) && label >= 0 && label < outputs ? [] : [`image ${i} has ${label}`],
    );
    if (wrong.length) faults.push(`${wrong.length} labels of '${name}' are not whole numbers from 0 to ${outputs - 1}: ${some(wrong)}`);
  }
  report('The data does not fit the model', faults);
}

/** The model's outputs for such images; undefined where it cannot be traced, so that the loss has to find out. */
function countOutputs(model: Module, shape: readonly number[]): number | undefined {
  try {
    return trace(model, shape).output.shape[1];
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** @throws TrainingError listing all in which a snapshot is of another training. */
export function checkSnapshot(run: RunState, { tensors, state }: Snapshot, options: FitOptions): void {
  if (state.version !== TRAINING_STATE_VERSION)
    throw new TrainingError(
      `The checkpoint has version ${state.version} but this package reads ${TRAINING_STATE_VERSION}. Resume with the package that wrote it.`,
    );
  report('The checkpoint is of another architecture', modelFaults(run.model, { tensors, state }));
  const { optimizer, ema, train, allowChanges, seed = 0, best } = options;
  const faults = [
    // As many are fine: what a kill kept from being saved after the last epoch can then be saved.
    ...(state.epoch > options.epochs ? [`it has trained ${state.epoch} epochs, more than the ${options.epochs} asked for`] : []),
    ...(Boolean(ema) === Boolean(state.ema)
      ? []
      : [state.ema ? "it averaged the weights: pass 'ema'" : "it did not average the weights: leave out 'ema'"]),
  ];
  if (state.optimizer.rule !== optimizer.config.rule) faults.push(`its optimizer is ${state.optimizer.rule}, not ${optimizer.config.rule}`);
  report('The checkpoint cannot be resumed', faults);
  if (allowChanges) return;
  const changes = [
    ...differences('optimizer', state.optimizer, optimizer.config),
    ...differences('ema', state.ema, ema ? { ...ema.config } : null),
    ...differences('seed', state.seed, seed),
    ...differences('data', state.data, train.describe()),
  ];
  if (best && state.history.length > 0 && partOf(tensors, 'best').size === 0)
    changes.push("'best' was not asked for: the best epoch's weights were not kept");
  report('The training has changed since the checkpoint', changes, 'Train as before, or pass { allowChanges: true }');
}

/** After the run took the snapshot up. @throws TrainingError if the schedule goes on with another rate. */
export function checkSchedule(run: RunState, { state }: Snapshot, { allowChanges }: FitOptions): void {
  if (!allowChanges)
    report(
      'The training has changed since the checkpoint',
      differences(`the learning rate of step ${state.step + 1}`, state.nextRate, run.rate),
      'Train as before, or pass { allowChanges: true }',
    );
}

function modelFaults(model: Module, { tensors }: Snapshot): string[] {
  const faults = formatDifferences(compareStateDict(parameters(model), partOf(tensors, 'model')), { most: 5 });
  return faults ? [faults] : [];
}

/** Where two plain values differ, by path: `data.images: 400 then, 401 now`. */
function differences(path: string, then: unknown, now: unknown): string[] {
  if (isRecord(then) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(`${path}.${key}`, then[key], now[key]));
  }
  const [before, after] = [then, now].map((value) => JSON.stringify(value) ?? 'nothing') as [string, string];
  return before === after ? [] : [`${path}: ${before} then, ${after} now`];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const some = (names: readonly string[], count = 5): string =>
  names.slice(0, count).join(', ') + (names.length > count ? ` and ${names.length - count} more` : '');

function report(what: string, faults: readonly string[], next = ''): void {
  if (faults.length) throw new TrainingError(`${what}: ${faults.join('; ')}.${next && ` ${next}.`}`);
}
