import { loadStateDict, type Module, type StateDict, stateDict } from '@resnetjs/core';
import type { Ema } from '../optimizers/ema.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { FitOptions } from './fit-options.ts';
import { bestEpoch, type EpochSummary } from './history.ts';
import type { LoaderState } from './loader.ts';
import { partOf, type Snapshot, TRAINING_STATE_VERSION, withPart } from './snapshot.ts';

/** A training that goes on, as callbacks see it. */
export interface TrainingRun {
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly ema: Ema | undefined;
  readonly history: readonly EpochSummary[];
  /** Optimizer steps taken. */
  readonly step: number;
  /** Ends the training after this event. @param reason for the end event */
  stop(reason: string): void;
  /** All there is to go on from here, copied out of the backend. */
  snapshot(): Promise<Snapshot>;
  /** Says where the last good checkpoint is, for messages. */
  saved(where: string): void;
}

/** What moves while a training goes on. */
export class RunState implements TrainingRun {
  readonly model: Module;
  readonly #options: FitOptions;
  step = 0;
  epoch = 0;
  loader: LoaderState | undefined;
  sums = { loss: 0, correct: 0, images: 0 };
  history: EpochSummary[] = [];
  /** The weights of the best epoch, where they are asked for. */
  best: StateDict | undefined;
  stopped: string | undefined;
  lastSaved: string | undefined;

  constructor(model: Module, options: FitOptions) {
    this.model = model;
    this.#options = options;
  }

  get optimizer(): Optimizer {
    return this.#options.optimizer;
  }

  get ema(): Ema | undefined {
    return this.#options.ema;
  }

  get rate(): number {
    const { schedule } = this.#options;
    return typeof schedule === 'number' ? schedule : schedule(this.step, this.history);
  }

  stop(reason: string): void {
    this.stopped ??= reason;
  }

  saved(where: string): void {
    this.lastSaved = where;
  }

  /** Ends an epoch. @returns whether it is the best so far */
  async endEpoch(summary: EpochSummary): Promise<boolean> {
    this.history = [...this.history, summary];
    this.epoch++;
    this.sums = { loss: 0, correct: 0, images: 0 };
    const { best } = this.#options;
    const isBest = best !== undefined && bestEpoch(this.history, best) === this.history.length - 1;
    if (isBest) this.best = await this.withAverages(() => stateDict(this.model));
    return isBest;
  }

  /** Runs `call` on the averaged weights, where there are some. */
  withAverages<T>(call: () => Promise<T>): Promise<T> {
    return this.ema ? this.ema.within(call) : call();
  }

  async snapshot(): Promise<Snapshot> {
    const { optimizer, ema, train, seed = 0, config = null } = this.#options;
    const data = train.describe();
    return {
      tensors: new Map([
        ...withPart('model', await stateDict(this.model)),
        ...withPart('optimizer', await optimizer.stateDict()),
        ...(ema ? withPart('ema', await ema.stateDict()) : []),
        ...(this.best ? withPart('best', this.best) : []),
      ]),
      state: {
        version: TRAINING_STATE_VERSION,
        step: this.step,
        epoch: this.epoch,
        loader: this.loader ?? { seed: Number(data.options.seed ?? 0), epoch: 0, position: 0 },
        sums: { ...this.sums },
        history: this.history,
        seed,
        nextRate: this.rate,
        optimizer: optimizer.config,
        ema: ema ? { ...ema.config } : null,
        data,
        config,
      },
    };
  }

  /** Takes up a snapshot that was checked to fit. */
  restore({ tensors, state }: Snapshot): void {
    loadStateDict(this.model, partOf(tensors, 'model'));
    this.optimizer.loadStateDict(partOf(tensors, 'optimizer'));
    this.ema?.loadStateDict(partOf(tensors, 'ema'));
    const best = partOf(tensors, 'best');
    if (best.size > 0) this.best = best;
    this.step = state.step;
    this.epoch = state.epoch;
    this.loader = state.loader;
    this.sums = { ...state.sums };
    this.history = [...state.history];
  }
}
