import type * as tf from '@tensorflow/tfjs-core';
import type { Mode } from './mode.ts';
import { type Module, module, type Parts } from './module.ts';
import { listNumbered, numbered } from './numbered-parts.ts';
import { recompute } from './recompute.ts';
import { tracerOf } from './trace.ts';

/** A module, or a function of one tensor: the latter takes an index in a {@link sequential} but no name in a checkpoint. */
export type Layer = Module | ((x: tf.Tensor) => tf.Tensor);

/** @deprecated Is called {@link Layer} now. */
export type Step = Layer;

/** Steps one after another: its own properties `0`, `1`, …, which are what it runs. */
export interface Sequential extends Module {
  readonly steps: readonly Layer[];
  /** Training keeps what enters every so manieth step and runs those between again: see `checkpointSteps`. 0: keeps all. */
  keptEvery: number;
}

/** Steps one after another, named `0`, `1`, … as PyTorch's `nn.Sequential` does. */
export function sequential(...steps: readonly Layer[]): Sequential {
  const parts = { ...(numbered(steps) as Parts), keptEvery: 0 as number };
  const self = module('sequential', parts, (m, x, mode) => {
    const { steps: all, keptEvery: every } = m as typeof m & Sequential; // as they are now
    if (!every || mode === 'eval' || tracerOf(x)) return runSteps(all, x, mode);
    const runs = Array.from({ length: Math.ceil(all.length / every) }, (_, i) => all.slice(i * every, (i + 1) * every));
    return runs.reduce((h, run) => recomputeSteps(run, h, mode), x);
  });
  return listNumbered('steps', self) as Sequential;
}

const recomputeSteps = (steps: readonly Layer[], x: tf.Tensor, mode: Mode): tf.Tensor =>
  recompute([x], {
    parts: steps.filter((step) => typeof step !== 'function'),
    mode,
    forward: ([again], pass) => runSteps(steps, again as tf.Tensor, pass),
  });

/** Runs steps in order. */
export const runSteps = (steps: readonly Layer[], x: tf.Tensor, mode: Mode): tf.Tensor =>
  steps.reduce((h, step) => (typeof step === 'function' ? step(h) : step.forward(h, mode)), x);
