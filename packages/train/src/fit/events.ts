import type { Evaluation } from '../evaluate/evaluation.ts';
import type { EpochSummary } from './history.ts';

/** Before the first step. */
export interface StartEvent {
  readonly type: 'start';
  /** Steps that were taken already: not 0 in a run that is resumed. */
  readonly step: number;
  /** Steps in all. */
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly images: number;
}

/** After each optimizer step. */
export interface StepEvent {
  readonly type: 'step';
  /** How many there were by now, this one included. */
  readonly step: number;
  readonly steps: number;
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean over the step's images. */
  readonly loss: number;
  /** Share of the step's images that were classified rightly before it. */
  readonly accuracy: number;
  readonly images: number;
  readonly learningRate: number;
  /** Before clipping; where gradients are clipped. */
  readonly gradientNorm?: number;
  /** How long the step took with all that came before it since the last one. */
  readonly seconds: number;
  /** How much of that was waiting for images. */
  readonly waitSeconds: number;
}

/** After each epoch and its validation. */
export interface EpochEvent {
  readonly type: 'epoch';
  readonly summary: EpochSummary;
  /** Of the validation images, where there are some. */
  readonly evaluation?: Evaluation;
  /** Whether it is the best so far, where `best` asks for it. */
  readonly best: boolean;
  readonly seconds: number;
}

/** After everything. */
export interface EndEvent {
  readonly type: 'end';
  readonly step: number;
  readonly history: readonly EpochSummary[];
  /** Why it ended before its last epoch; absent otherwise. */
  readonly stopped?: string;
}

/** What happens in a training, in order. Plain data, so that it can be posted and logged. */
export type FitEvent = StartEvent | StepEvent | EpochEvent | EndEvent;
