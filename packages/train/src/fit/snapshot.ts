import type { StateDict } from '@resnetjs/core';
import type { EpochSummary } from './history.ts';
import type { DataDescription, LoaderState } from './loader.ts';

/** Which shape of {@link TrainingState} this is. */
export const TRAINING_STATE_VERSION = 1;

/** Where a training stands, but for its tensors. Plain JSON. */
export interface TrainingState {
  readonly version: typeof TRAINING_STATE_VERSION;
  /** Optimizer steps taken. */
  readonly step: number;
  /** The epoch that was going on, from 0. */
  readonly epoch: number;
  /** Which batch comes next. */
  readonly loader: LoaderState;
  /** Of the epoch so far: sums over its images. */
  readonly sums: EpochSums;
  readonly history: readonly EpochSummary[];
  readonly seed: number;
  /** What the schedule gives for the next step, to tell whether it is still the same. */
  readonly nextRate: number;
  readonly optimizer: Readonly<Record<string, unknown>>;
  readonly ema: Readonly<Record<string, unknown>> | null;
  readonly data: DataDescription;
  /** Whatever the caller wants to find again: the model's name, the recipe. */
  readonly config: unknown;
}

export interface EpochSums {
  readonly loss: number;
  readonly correct: number;
  readonly images: number;
}

/** A training at one moment, whole: what goes on from it is what would have gone on. */
export interface Snapshot {
  /** In PyTorch's layout: `model.conv1.weight`, `optimizer.momentum_buffer.conv1.weight`, `ema.…` and `best.…`. */
  readonly tensors: StateDict;
  readonly state: TrainingState;
}

/** The parts of a snapshot's tensors. */
export type SnapshotPart = 'model' | 'optimizer' | 'ema' | 'best';

/** A state dict's entries under the name of a part. */
export const withPart = (part: SnapshotPart, dict: StateDict): StateDict =>
  new Map([...dict].map(([name, tensor]) => [`${part}.${name}`, tensor]));

/** One part's tensors by their own names: `partOf(snapshot.tensors, 'model')` is the model's state dict. */
export const partOf = (tensors: StateDict, part: SnapshotPart): StateDict =>
  new Map([...tensors].filter(([name]) => name.startsWith(`${part}.`)).map(([name, tensor]) => [name.slice(part.length + 1), tensor]));
