import { describe, expect, test } from 'vitest';
import type { FitEvent, StepEvent } from '../fit/events.ts';
import { type EpochSummary, highestAccuracy } from '../fit/history.ts';
import type { Snapshot } from '../fit/snapshot.ts';
import type { TrainingRun } from '../fit/training-run.ts';
import { checkpointing, latestSnapshot, type SnapshotStore } from './checkpointing.ts';
import { earlyStopping } from './early-stopping.ts';
import { duration, progress, progressLine } from './progress.ts';

const summaryOf = (loss: number, epoch: number): EpochSummary => ({
  epoch,
  step: 10 * (epoch + 1),
  learningRate: 0.1,
  train: { loss, accuracy: 1 - loss },
});
const stepEvent = (step: number, more: Partial<StepEvent> = {}): StepEvent => ({
  type: 'step',
  step,
  steps: 100,
  epoch: 0,
  epochs: 2,
  loss: 1,
  accuracy: 0.5,
  images: 32,
  learningRate: 0.1,
  seconds: 0.25,
  waitSeconds: 0,
  ...more,
});
const epochEvent = (summary: EpochSummary): FitEvent => ({ type: 'epoch', summary, best: false, seconds: 1 });

/** A run whose epochs come to these losses, one after the other. */
async function live(
  losses: readonly number[],
  callback: (event: FitEvent, run: TrainingRun) => unknown,
  tensors: Snapshot['tensors'] = new Map(),
) {
  const log = { stopped: undefined as string | undefined, saved: [] as string[] };
  for (const [epoch] of losses.entries()) {
    const history = losses.slice(0, epoch + 1).map(summaryOf);
    const step = 10 * (epoch + 1);
    const run = {
      history,
      step,
      stop: (reason: string) => {
        log.stopped ??= reason;
      },
      saved: (where: string) => log.saved.push(where),
      snapshot: async () => ({ tensors, state: { step } as Snapshot['state'] }),
    } as unknown as TrainingRun;
    await callback(epochEvent(history[epoch] as EpochSummary), run);
    if (log.stopped) break;
  }
  return log;
}

describe('early stopping', () => {
  test('bears as many epochs without a better loss as it is told', async () => {
    expect((await live([1, 0.5, 0.6, 0.7, 0.4, 0.5, 0.5], earlyStopping({ patience: 3 }))).stopped).toBeUndefined();
    expect((await live([1, 0.5, 0.6, 0.7, 0.5, 0.1], earlyStopping({ patience: 3 }))).stopped).toBe('no better loss for 3 epochs');
  });

  test('looks at another metric, where higher may be better', async () => {
    expect((await live([0.5, 0.4, 0.6, 0.6], earlyStopping({ patience: 2, metric: highestAccuracy }))).stopped).toBe(
      'no better accuracy for 2 epochs',
    );
  });
});

describe('progress', () => {
  test('tells pace and time left from the last steps', () => {
    const follow = progress();
    expect(follow({ type: 'start', step: 0, steps: 100, epoch: 0, epochs: 2, images: 1600 })).toBeUndefined();
    let now = follow(stepEvent(1));
    expect(now).toEqual({
      step: 1,
      steps: 100,
      epoch: 1,
      epochs: 2,
      learningRate: 0.1,
      loss: 1,
      accuracy: 0.5,
      imagesPerSecond: 128,
      secondsLeft: expect.closeTo(24.75, 9),
    });
    for (let step = 2; step <= 100; step++) now = follow(stepEvent(step, { seconds: 0.5, loss: 0, epoch: 1 }));
    expect(now?.imagesPerSecond).toBeCloseTo(64, 0);
    expect(now).toMatchObject({ secondsLeft: 0, epoch: 2 });
    expect(now?.loss).toBeLessThan(0.01);
  });

  test('fits on a line', () => {
    const now = progress()(stepEvent(50));
    if (!now) throw new Error('no progress');
    expect(progressLine(now, 8)).toBe('epoch 1/2 ━━━━╌╌╌╌ 50/100 loss 1.000 acc 50.0 % 128 images/s 0:13 left');
    expect([duration(7.4), duration(200), duration(3723), duration(-1)]).toEqual(['0:07', '3:20', '1:02:03', '0:00']);
  });
});

describe('checkpointing', () => {
  /** Keeps names only. */
  function memory(fails: (name: string) => boolean = () => false): SnapshotStore & { readonly names: string[] } {
    const names: string[] = [];
    return {
      names,
      save: async (name) => {
        if (fails(name)) throw new Error('ENOSPC: no space left on device');
        if (!names.includes(name)) names.push(name);
        return `runs/${name}`;
      },
      load: async (name) => {
        if (fails(name)) throw new Error(`${name} is broken`);
        return { tensors: new Map(), state: { step: Number(name.slice(5)) } } as unknown as Snapshot;
      },
      list: async () => [...names],
      remove: async (name) => void names.splice(names.indexOf(name), 1),
    };
  }

  test('keeps the last ones, and the best besides', async () => {
    const store = memory();
    const { saved } = await live([0.9, 0.2, 0.5, 0.6], checkpointing(store, { keep: 2, best: highestAccuracy }));
    expect(store.names.sort()).toEqual(['best', 'step-00000030', 'step-00000040']);
    expect(saved).toEqual(['runs/step-00000010', 'runs/step-00000020', 'runs/step-00000030', 'runs/step-00000040']);
  });

  test('saves every so many epochs, or steps', async () => {
    const store = memory();
    const byEpochs = await live([1, 1, 1, 1, 1], checkpointing(store, { everyEpochs: 2, keep: 9 }));
    expect(byEpochs.saved).toEqual(['runs/step-00000020', 'runs/step-00000040']);
    const callback = checkpointing(store, { everySteps: 3, everyEpochs: 0, keep: 9 });
    const saved: string[] = [];
    for (let step = 1; step <= 7; step++)
      await callback(stepEvent(step), {
        step,
        history: [],
        saved: (where: string) => saved.push(where),
        snapshot: async () => ({ tensors: new Map(), state: {} }),
      } as unknown as TrainingRun);
    expect(saved).toEqual(['runs/step-00000003', 'runs/step-00000006']);
  });

  test('saves where a training is stopped, and not where it has ended by itself', async () => {
    const store = memory();
    const callback = checkpointing(store, { everyEpochs: 0 });
    const run = {
      step: 7,
      history: [],
      saved: () => {},
      snapshot: async () => ({ tensors: new Map(), state: {} }),
    } as unknown as TrainingRun;
    await callback({ type: 'end', step: 7, history: [] }, run);
    expect(store.names).toEqual([]);
    await callback({ type: 'end', step: 7, history: [], stopped: 'aborted' }, run);
    expect(store.names).toEqual(['step-00000007']);
  });

  test('a save that fails costs no older checkpoint, and ends the training only if nobody wants to know', async () => {
    const full = (name: string) => name === 'step-00000030';
    const store = memory(full);
    const failures: unknown[] = [];
    const { saved } = await live([1, 1, 1, 1], checkpointing(store, { keep: 1, onFailure: (error) => failures.push(error) }));
    expect(saved).toEqual(['runs/step-00000010', 'runs/step-00000020', 'runs/step-00000040']);
    expect(failures).toHaveLength(1);
    const strict = memory(full);
    await expect(live([1, 1, 1, 1], checkpointing(strict, { keep: 1 }))).rejects.toThrow('ENOSPC');
    expect(strict.names).toEqual(['step-00000020']);
  });

  test('weights that are not finite are never saved', async () => {
    const store = memory();
    const bad = new Map([['model.fc.weight', { shape: [2], data: Float32Array.of(1, Number.NaN) }]]);
    await expect(live([1], checkpointing(store, { onFailure: () => {} }), bad)).rejects.toThrow(
      'After step 10 model.fc.weight are not finite: no checkpoint was saved',
    );
    expect(store.names).toEqual([]);
  });

  test('the latest that can be read is found, and the broken ones are told', async () => {
    const store = memory((name) => name === 'step-00000300');
    store.names.push('step-00000100', 'best', 'step-00000300', 'step-00000200', 'other');
    const broken: string[] = [];
    expect((await latestSnapshot(store, (name) => broken.push(name)))?.state.step).toBe(200);
    expect(broken).toEqual(['step-00000300']);
    expect(await latestSnapshot(memory())).toBeUndefined();
  });
});
