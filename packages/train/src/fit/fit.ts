import { loadStateDict, type Module, seedFor } from '@resnetjs/core';
import { evaluate } from '../evaluate/evaluate.ts';
import { NonFiniteLossError } from '../non-finite-loss-error.ts';
import { type StepResult, trainStep } from '../train-step.ts';
import { checkData, checkOptions, checkSchedule, checkSnapshot } from './check-run.ts';
import type { EndEvent, EpochEvent, FitEvent, StepEvent } from './events.ts';
import type { FitOptions } from './fit-options.ts';
import type { EpochSummary } from './history.ts';
import { type EpochBatch, type LoaderState, stepsIn } from './loader.ts';
import { TrainingError } from './training-error.ts';
import { RunState } from './training-run.ts';

/**
 * Trains a model and says what happens: `for await (const event of fit(model, { … }))`. Leaving the loop ends the
 * training where it is. The model, the optimizer and the averages stay the caller's.
 *
 * With the same options, data, seeds, backend and number of threads every bit repeats, also over a `resume`.
 *
 * @throws TrainingError listing all that is wrong, before the first step.
 * @throws NonFiniteLossError saying the step, the learning rate and the last good checkpoint.
 */
export async function* fit(model: Module, options: FitOptions): AsyncGenerator<FitEvent, EndEvent, void> {
  const {
    train,
    epochs,
    accumulate = 1,
    maxSteps = Number.POSITIVE_INFINITY,
    callbacks = [],
    resume,
    signal,
    now = () => performance.now(),
  } = options;
  checkOptions(model, options);
  const run = new RunState(model, options);
  if (resume) {
    checkSnapshot(run, resume, options);
    run.restore(resume);
    checkSchedule(run, resume, options);
  }
  const tell = async <E extends FitEvent>(event: E): Promise<E> => {
    for (const callback of callbacks) await callback(event, run);
    if (signal?.aborted) run.stop('aborted');
    return event;
  };

  const whole = stepsIn(train, { epochs, accumulate });
  const steps = Math.min(maxSteps, whole);
  const stream = train.start({ epochs, ...(run.loader && { resume: run.loader }) });
  let [clock, epochClock, waited] = [now(), now(), 0];
  let waiting: EpochBatch[] = [];
  let after: LoaderState | undefined; // the last of those that wait, even when the stream has gone on to the next epoch

  const step = async (): Promise<StepEvent> => {
    const learningRate = run.rate;
    const result = await take(run, waiting, options);
    waiting = [];
    run.step++;
    run.loader = after;
    const { loss, correct, images, gradientNorm } = result;
    run.sums.loss += loss * images;
    run.sums.correct += correct;
    run.sums.images += images;
    const [began, wait] = [clock, waited];
    [clock, waited] = [now(), 0];
    return tell({
      type: 'step',
      step: run.step,
      steps,
      epoch: run.epoch,
      epochs,
      loss,
      accuracy: correct / images,
      images,
      learningRate,
      ...(gradientNorm !== undefined && { gradientNorm }),
      seconds: (clock - began) / 1000,
      waitSeconds: wait / 1000,
    });
  };

  const endEpoch = async (): Promise<EpochEvent> => {
    const { loss, correct, images } = run.sums;
    const { validation, evaluation: how } = options;
    const batches = validation?.start({ epochs: 1 });
    const evaluation =
      batches &&
      (await run.withAverages(() => evaluate(model, batches, { ...how, ...(validation?.classes && { classes: validation.classes }) })));
    const summary: EpochSummary = {
      epoch: run.epoch,
      step: run.step,
      learningRate: run.rate,
      train: { loss: loss / images, accuracy: correct / images },
      ...(evaluation && { validation: { loss: evaluation.loss, accuracy: evaluation.topK[1] ?? 0 } }),
    };
    const best = await run.endEpoch(summary);
    const began = epochClock;
    clock = epochClock = now();
    return tell({ type: 'epoch', summary, ...(evaluation && { evaluation }), best, seconds: (clock - began) / 1000 });
  };

  const over = () => run.stopped !== undefined || run.step >= maxSteps;
  try {
    yield await tell({ type: 'start', step: run.step, steps, epoch: run.epoch, epochs, images: train.images });
    for (let first = true; !over(); first = false) {
      const asked = now();
      const { value: batch, done } = await stream.next();
      waited += now() - asked;
      // An epoch is over where the stream says so, or where broken images kept its last batch from coming.
      if ((done || batch.epoch > run.epoch) && waiting.length > 0) yield await step();
      if ((done || batch.epoch > run.epoch) && run.sums.images > 0 && !run.stopped) yield await endEpoch();
      if (done || over()) break;
      if (first) checkData(model, batch, options);
      run.epoch = batch.epoch;
      waiting.push(batch);
      after = stream.state();
      const last = after.epoch > batch.epoch;
      if (waiting.length === accumulate || last) yield await step();
      if (last && !run.stopped) yield await endEpoch();
    }
  } finally {
    await stream.return?.();
  }
  if (run.step === 0 && run.stopped === undefined)
    throw new TrainingError(`No step was taken: no batch of 'train' has images that can be read.`);
  if (run.step >= maxSteps && maxSteps < whole) run.stop(`after ${run.step} steps`);
  const end: EndEvent = { type: 'end', step: run.step, history: run.history, ...(run.stopped !== undefined && { stopped: run.stopped }) };
  await tell(end); // callbacks meet the model as it was trained, so that what they save can be resumed
  if (run.best) loadStateDict(model, run.best);
  yield end;
  return end;
}

/** One step on the batches that wait. @throws NonFiniteLossError with all that helps to mend it. */
async function take(run: RunState, batches: readonly EpochBatch[], options: FitOptions): Promise<StepResult> {
  const { optimizer, momentum, loss, clipNorm, ema, mix, seed = 0 } = options;
  const mixed = mix ? batches.map((batch, i) => mix(batch, seedFor(seed, `mix ${run.step} ${i}`))) : batches;
  try {
    return await trainStep(run.model, mixed, {
      optimizer,
      learningRate: run.rate,
      ...(momentum && { momentum: momentum(run.step, run.history) }),
      ...(loss && { loss }),
      ...(clipNorm !== undefined && { clipNorm }),
      ...(ema && { ema }),
      seed: seedFor(seed, `step ${run.step}`),
    });
  } catch (error) {
    if (!(error instanceof NonFiniteLossError)) throw error;
    const saved = run.lastSaved ? `The last good checkpoint is ${run.lastSaved}: resume from it` : 'No checkpoint was saved: start again';
    throw new NonFiniteLossError(
      `Step ${run.step + 1} of epoch ${run.epoch + 1}: ${error.message} ${saved} with a lower learning rate, a warm-up or { clipNorm: 1 }.`,
      { cause: error },
    );
  }
}
