import '@tensorflow/tfjs-backend-cpu';
import { dispose, type Module, parameters, type StateDict, stateDict } from '@resnetjs/core';
import { createRandom, type Dataset, loader, type Batch as MixedBatch, mixup, randomHorizontalFlip, subset } from '@resnetjs/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { adamw } from '../optimizers/adamw.ts';
import { ema } from '../optimizers/ema.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { sgd } from '../optimizers/sgd.ts';
import { oneCycle } from '../schedules/one-cycle.ts';
import { plateau } from '../schedules/plateau.ts';
import { STRIPE_COLOURS, stripedImages } from '../test/striped-images.ts';
import { tinyNet } from '../test/tiny-net.ts';
import type { EndEvent, EpochEvent, FitEvent, StepEvent } from './events.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './fit-options.ts';
import { highestAccuracy, lowestLoss } from './history.ts';
import type { Loader } from './loader.ts';
import { partOf, type Snapshot } from './snapshot.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const load = (dataset: Dataset, options: object = {}): Loader =>
  loader(dataset, { batchSize: 8, normalization: STRIPE_COLOURS, ...options });
const striped = stripedImages(44);
const shuffled = (options: object = {}) => load(striped, { shuffle: true, seed: 3, augment: randomHorizontalFlip(), ...options });
const held = () => load(stripedImages(12, { seed: 9 }));
/** 39 of those images: one cannot be read, nor can any of an epoch's last batch. */
const partlyBroken = (onBroken: (broken: { readonly index: number }) => void = () => {}) => {
  const { length, classes, label, get } = striped;
  const some: Dataset = {
    length,
    ...(classes && { classes }),
    label,
    get: (index) => (index === 3 || index >= 40 ? Promise.reject(new Error('not a picture')) : get(index)),
  };
  return load(some, { augment: randomHorizontalFlip(), onBroken });
};

const collect = async (events: AsyncIterable<FitEvent>): Promise<FitEvent[]> => {
  const all: FitEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};
const stepsOf = (events: readonly FitEvent[]) => events.filter((event): event is StepEvent => event.type === 'step');
const epochsOf = (events: readonly FitEvent[]) => events.filter((event): event is EpochEvent => event.type === 'epoch');
const endOf = (events: readonly FitEvent[]) => events.at(-1) as EndEvent;

const made: { optimizer: Optimizer; model: Module }[] = [];
/** A network that draws at random, its optimizer and averages, all new. */
function parts(options: Partial<FitOptions> = {}): { model: Module; options: FitOptions } {
  const model = tinyNet({ channels: 3, dropRate: 0.2 });
  const optimizer = sgd(model, { momentum: 0.9, nesterov: true, weightDecay: 5e-4 });
  made.push({ model, optimizer });
  const steps = 3 * 6;
  return { model, options: { train: shuffled(), epochs: 3, optimizer, schedule: oneCycle(0.2, { steps }), now: () => 0, ...options } };
}
beforeEach(() => {
  for (const { model, optimizer } of made.splice(0)) {
    dispose(model);
    optimizer.dispose();
  }
});

describe('says what happens', () => {
  test('the start, each step, each epoch, the end; and learns', async () => {
    let clock = 0;
    const { model, options } = parts({ validation: held(), epochs: 6, schedule: oneCycle(0.2, { steps: 36 }), now: () => (clock += 500) });
    const events = await collect(fit(model, options));
    expect(events.map(({ type }) => type).join(' ')).toBe(`start ${'step step step step step step epoch '.repeat(6)}end`);
    expect(events[0]).toEqual({ type: 'start', step: 0, steps: 36, epoch: 0, epochs: 6, images: 44 });
    const [first] = stepsOf(events);
    expect(first).toMatchObject({ step: 1, steps: 36, epoch: 0, images: 8, learningRate: expect.closeTo(0.008, 12), waitSeconds: 0.5 });
    expect(
      stepsOf(events)
        .map(({ images }) => images)
        .slice(0, 6),
    ).toEqual([8, 8, 8, 8, 8, 4]);
    const end = endOf(events);
    expect(end).toMatchObject({ step: 36, history: { length: 6 } });
    expect(end).not.toHaveProperty('stopped');
    const losses = end.history.map(({ validation }) => validation?.loss as number);
    expect(losses[5]).toBeLessThan(0.8 * (losses[0] as number));
    expect(epochsOf(events)[0]?.evaluation?.images).toBe(12);
    expect(epochsOf(events)[5]?.evaluation?.classes.map(({ name }) => name)).toEqual(['flat', 'columns', 'rows']);
  });

  test("an epoch's training loss is the mean over its images", async () => {
    const { model, options } = parts({ epochs: 1 });
    const events = await collect(fit(model, options));
    const steps = stepsOf(events);
    const mean = (of: (event: StepEvent) => number) => steps.reduce((sum, event) => sum + of(event) * event.images, 0) / 44;
    expect(epochsOf(events)[0]?.summary.train.loss).toBeCloseTo(
      mean(({ loss }) => loss),
      12,
    );
    expect(epochsOf(events)[0]?.summary.train.accuracy).toBeCloseTo(
      mean(({ accuracy }) => accuracy),
      12,
    );
  });

  test('images that cannot be read are in no sum, and no epoch is lost with a batch that has no others', async () => {
    const broken: number[] = [];
    const { model, options } = parts({ train: partlyBroken(({ index }) => broken.push(index)), epochs: 2, schedule: 0.1 });
    const events = await collect(fit(model, options));
    expect(stepsOf(events).map(({ images, epoch }) => [images, epoch])).toEqual(
      [0, 1].flatMap((epoch) => [7, 8, 8, 8, 8].map((images) => [images, epoch])),
    );
    const [first] = epochsOf(events);
    const sum = stepsOf(events)
      .filter(({ epoch }) => epoch === 0)
      .reduce((total, { loss, images }) => total + loss * images, 0);
    expect(first?.summary.train.loss).toBeCloseTo(sum / 39, 12);
    expect(broken).toEqual([3, 40, 41, 42, 43, 3, 40, 41, 42, 43]);
    expect(endOf(events).history).toHaveLength(2);
  });

  test('callbacks hear every event first, and training waits for them', async () => {
    const heard: string[] = [];
    const callback = async ({ type }: FitEvent) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      heard.push(`callback ${type}`);
    };
    const { model, options } = parts({ maxSteps: 1, callbacks: [callback] });
    for await (const { type } of fit(model, options)) heard.push(type);
    expect(heard).toEqual(['callback start', 'start', 'callback step', 'step', 'callback end', 'end']);
  });
});

describe('ends', () => {
  test('after so many steps, in mid-epoch', async () => {
    const { model, options } = parts({ maxSteps: 8 });
    const events = await collect(fit(model, options));
    expect(endOf(events)).toMatchObject({ step: 8, history: { length: 1 }, stopped: 'after 8 steps' });
  });

  test('where a callback or a signal says so', async () => {
    const stop: FitOptions['callbacks'] = [(event, run) => event.type === 'step' && event.step === 3 && run.stop('enough')];
    const { model, options } = parts({ callbacks: stop });
    expect(endOf(await collect(fit(model, options)))).toMatchObject({ step: 3, stopped: 'enough' });
    const abort = new AbortController();
    const other = parts({ signal: abort.signal });
    const events: FitEvent[] = [];
    for await (const event of fit(other.model, other.options)) {
      events.push(event);
      if (event.type === 'step' && event.step === 2) abort.abort();
    }
    expect(endOf(events)).toMatchObject({ step: 3, stopped: 'aborted' });
  });

  test('with the loop, and then no worker and no tensor is left', async () => {
    const { model, options } = parts();
    let ended = false;
    const watched: Loader = {
      ...options.train,
      start: (run) => {
        const stream = options.train.start(run);
        return Object.assign(stream, {
          return: async () => {
            ended = true;
            return { done: true as const, value: undefined };
          },
        });
      },
    };
    const before = tf.memory().numTensors;
    for await (const event of fit(model, { ...options, train: watched })) if (event.type === 'step') break;
    expect(ended).toBe(true);
    options.optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('tensors stay as many from the first step on', async () => {
  const { model, options } = parts({ validation: held() });
  const average = ema(model);
  const counts: number[] = [];
  for await (const { type } of fit(model, { ...options, ema: average, best: lowestLoss, clipNorm: 5, accumulate: 2 }))
    if (type === 'step') counts.push(tf.memory().numTensors);
  average.dispose();
  expect(new Set(counts).size).toBe(1);
});

test('accumulated batches make one step, and never reach over the end of an epoch', async () => {
  const { model, options } = parts({ accumulate: 4, epochs: 2, schedule: 0.1 });
  const steps = stepsOf(await collect(fit(model, options)));
  expect(steps.map(({ images, epoch, step, steps: all }) => [images, epoch, step, all])).toEqual([
    [32, 0, 1, 4],
    [12, 0, 2, 4],
    [32, 1, 3, 4],
    [12, 1, 4, 4],
  ]);
});

test('callbacks meet the last weights at the end, whoever follows the events the best ones', async () => {
  let last: StateDict | undefined;
  let snapshot: Snapshot | undefined;
  const callbacks: FitOptions['callbacks'] = [
    async ({ type }, run) => {
      if (type === 'step') last = await stateDict(run.model);
      if (type === 'end') snapshot = await run.snapshot();
    },
  ];
  // A rate that ruins what the first epoch learned.
  const { model, options } = parts({ validation: held(), schedule: (step) => (step < 6 ? 0.1 : 30), best: lowestLoss, callbacks });
  await collect(fit(model, options));
  expect(partOf((snapshot as Snapshot).tensors, 'model')).toEqual(last);
  expect(partOf((snapshot as Snapshot).tensors, 'best')).toEqual(await stateDict(model));
  expect(await stateDict(model)).not.toEqual(last);
});

test('at the end the model has the best weights, averaged ones where there are some', async () => {
  const seen: StateDict[] = [];
  const { model, options } = parts({ validation: held(), schedule: 0.05, epochs: 4, best: lowestLoss });
  const average = ema(model, { decay: 0.5 });
  const events: FitEvent[] = [];
  for await (const event of fit(model, { ...options, ema: average })) {
    events.push(event);
    if (event.type === 'epoch') seen.push(await average.within(() => stateDict(model)));
  }
  const losses = endOf(events).history.map(({ validation }) => validation?.loss as number);
  const best = losses.indexOf(Math.min(...losses));
  expect(epochsOf(events).map((event) => event.best)).toEqual(losses.map((loss, i) => loss === Math.min(...losses.slice(0, i + 1))));
  expect(await stateDict(model)).toEqual(seen[best]);
  average.dispose();
});

/** Everything that two runs may differ in, as text of every bit. */
const trail = (events: readonly FitEvent[]) => events.filter(({ type }) => type !== 'start').map((event) => JSON.stringify(event));

describe('resumes bit for bit', () => {
  const recipes: Record<string, (model: Module) => Partial<FitOptions>> = {
    'SGD, one cycle, validation, best': () => ({ validation: held(), best: highestAccuracy }),
    'AdamW, averages, clipping, accumulation': (model) => ({
      optimizer: adamw(model),
      schedule: 0.01,
      ema: ema(model),
      clipNorm: 1,
      accumulate: 2,
    }),
    'mixup, label smoothing': () => ({
      loss: (logits, targets) => crossEntropy(logits, targets, { labelSmoothing: 0.1 }),
      mix: (batch, seed) => mixup(batch as MixedBatch, { classes: 3, random: createRandom(seed) }),
    }),
    'images that cannot be read': () => ({ train: partlyBroken(), validation: held(), accumulate: 4, schedule: 0.1 }),
    'a plateau': () => ({ schedule: plateau(0.1, { patience: 0, threshold: 0.5 }), validation: held() }),
  };
  test.each(Object.keys(recipes))('from any step: %s', async (name) => {
    const start = () => {
      const { model, options } = parts();
      return { model, options: { ...options, ...recipes[name]?.(model) } };
    };
    const whole = start();
    const snapshots: Snapshot[] = [];
    const keep: FitOptions['callbacks'] = [
      async (event, run) => event.type !== 'start' && event.type !== 'end' && snapshots.push(await run.snapshot()),
    ];
    const expected = await collect(fit(whole.model, { ...whole.options, callbacks: keep }));
    const final = await stateDict(whole.model);
    for (const [i, snapshot] of snapshots.entries()) {
      const state = JSON.parse(JSON.stringify(snapshot.state)) as Snapshot['state'];
      const again = start();
      const events = await collect(fit(again.model, { ...again.options, resume: { tensors: snapshot.tensors, state } }));
      expect(trail(events), `from event ${i}`).toEqual(trail(expected).slice(i + 1));
      expect(await stateDict(again.model), `from event ${i}`).toEqual(final);
      again.options.ema?.dispose();
    }
    whole.options.ema?.dispose();
  });
});

describe('refuses before the first step', () => {
  const refused = async (options: Partial<FitOptions>, net = tinyNet({ channels: 3 })) => {
    const optimizer = sgd(net, { momentum: 0.9 });
    const before = await stateDict(net);
    let message = '';
    try {
      const events = await collect(fit(net, { train: shuffled(), epochs: 3, schedule: 0.1, optimizer, ...options }));
      expect(stepsOf(events)).toEqual([]);
    } catch (error) {
      expect((error as Error).name).toBe('TrainingError');
      message = (error as Error).message;
    }
    expect(await stateDict(net)).toEqual(before);
    dispose(net);
    return message;
  };

  test('an empty split, and everything else that is wrong with the options, at once', async () => {
    const empty = load(subset(striped, []));
    expect(await refused({ validation: empty, epochs: 0, accumulate: 1.5, clipNorm: -1 })).toBe(
      "The training cannot start: 'epochs' must be a whole number from 1 but is 0; 'accumulate' must be a whole number from 1 but is 1.5; " +
        "'clipNorm' must be a number above 0 but is -1; 'validation' has no images: the split is empty.",
    );
    expect(await refused({ train: load(striped, { batchSize: 64, dropLast: true }) })).toContain(
      "'train' has no batches: its 44 images do not fill one",
    );
  });

  test('images of which none can be read', async () => {
    const none: Dataset = { length: 8, get: () => Promise.reject(new Error('not a picture')) };
    expect(await refused({ train: load(none, { onBroken: () => {} }), epochs: 1 })).toContain('No step was taken');
  });

  test('classes that are not the head’s', async () => {
    expect(await refused({}, tinyNet({ channels: 3, classes: 5 }))).toBe(
      "The data does not fit the model: the model has 5 outputs but 'train' 3 classes (flat, columns, rows): replace the model's head.",
    );
  });

  test('labels out of range, of validation images too', async () => {
    const { label, source, get, length } = striped;
    const wrong = { length, get, source, label: (i: number) => (i === 7 ? 3 : label(i)) };
    expect(await refused({ validation: load(wrong) })).toBe(
      "The data does not fit the model: 1 labels of 'validation' are not whole numbers from 0 to 2: image 7 has 3.",
    );
  });

  test('other classes to validate on than to train on', async () => {
    const { classes: _, ...rest } = stripedImages(6);
    expect(await refused({ validation: load({ ...rest, classes: ['a', 'b', 'c'] }) })).toContain(
      "'validation' has the classes a, b, c but 'train' has flat, columns, rows",
    );
  });

  test('a model with nothing to train', async () => {
    const net = tinyNet({ channels: 3 });
    for (const parameter of parameters(net).values()) parameter.trainable = false;
    expect(await refused({}, net)).toContain('no parameter of the model is trainable');
  });

  describe('to resume', () => {
    let snapshot: Snapshot;
    beforeAll(async () => {
      const net = tinyNet({ channels: 3 });
      const keep: FitOptions['callbacks'] = [
        async (event, run) => {
          if (event.type === 'step') snapshot = await run.snapshot();
        },
      ];
      await collect(
        fit(net, { train: shuffled(), epochs: 3, schedule: 0.1, optimizer: sgd(net, { momentum: 0.9 }), maxSteps: 4, callbacks: keep }),
      );
    });

    test('a checkpoint of another architecture', async () => {
      expect(await refused({ resume: snapshot }, tinyNet({ channels: 3, width: 6 }))).toMatch(
        /^The checkpoint is of another architecture: 6 misshapen \(conv\.weight: expected \[6,3,3,3\] but received \[4,3,3,3\], .* and 1 more\)\.$/,
      );
    });

    test('on changed data', async () => {
      const fewer = load(
        subset(
          striped,
          Array.from({ length: 43 }, (_, i) => i),
        ),
        { shuffle: true, seed: 3, augment: randomHorizontalFlip() },
      );
      expect(await refused({ resume: snapshot, train: fewer })).toMatch(
        /^The training has changed since the checkpoint: data\.images: 44 then, 43 now; data\.contents: "[0-9a-f]{16}" then, "[0-9a-f]{16}" now\. Train as before, or pass \{ allowChanges: true \}\.$/,
      );
      expect(await refused({ resume: snapshot, train: shuffled({ batchSize: 4, augment: undefined }) })).toContain(
        'data.options.batchSize: 8 then, 4 now; data.options.augment',
      );
    });

    test('with another optimizer or its options', async () => {
      const net = tinyNet({ channels: 3 });
      expect(await refused({ resume: snapshot, optimizer: adamw(net) }, net)).toBe(
        'The checkpoint cannot be resumed: its optimizer is sgd, not adamw.',
      );
      const other = tinyNet({ channels: 3 });
      expect(await refused({ resume: snapshot, optimizer: sgd(other, { momentum: 0.8 }) }, other)).toContain(
        'optimizer.momentum: 0.9 then, 0.8 now',
      );
    });

    test('when it has trained longer, or averages come or go', async () => {
      const net = tinyNet({ channels: 3 });
      expect(await refused({ resume: { ...snapshot, state: { ...snapshot.state, epoch: 4 } }, ema: ema(net) }, net)).toBe(
        "The checkpoint cannot be resumed: it has trained 4 epochs, more than the 3 asked for; it did not average the weights: leave out 'ema'.",
      );
    });
  });
});

test('a resume that allows changes goes on with another schedule', async () => {
  const net = tinyNet({ channels: 3 });
  const optimizer = sgd(net);
  let snapshot: Snapshot | undefined;
  for await (const _ of fit(net, {
    train: shuffled(),
    epochs: 1,
    schedule: 0.1,
    optimizer,
    callbacks: [
      async (event, run) => {
        if (event.type === 'step' && event.step === 2) snapshot = await run.snapshot();
      },
    ],
  }));
  const options = { train: shuffled(), epochs: 2, schedule: 0.05, optimizer, resume: snapshot as unknown as Snapshot };
  await expect(collect(fit(net, options))).rejects.toThrow('the learning rate of step 3: 0.1 then, 0.05 now');
  const events = await collect(fit(net, { ...options, allowChanges: true }));
  expect(stepsOf(events).map(({ step, learningRate }) => [step, learningRate])[0]).toEqual([3, 0.05]);
  expect(endOf(events).step).toBe(12);
  dispose(net);
});

test('a loss that is not finite says the step, the rate and where to go on', async () => {
  const run = async (saved: boolean) => {
    const { model, options } = parts({ schedule: (step) => (step < 3 ? 0.1 : 1e30) });
    const callbacks: FitOptions['callbacks'] = [
      (event, training) => saved && event.type === 'step' && training.saved(`runs/step-${event.step}.safetensors`),
    ];
    return collect(fit(model, { ...options, callbacks }));
  };
  await expect(run(false)).rejects.toThrow(
    /^Step 5 of epoch 1: The loss is (NaN|Infinity) at a learning rate of 1e\+30\. No checkpoint was saved: start again with a lower learning rate/,
  );
  await expect(run(true)).rejects.toThrow('The last good checkpoint is runs/step-4.safetensors: resume from it');
});
