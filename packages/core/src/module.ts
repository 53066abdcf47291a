import * as tf from '@tensorflow/tfjs-core';
import { checkMode, type Mode } from './mode.ts';
import type { Parameter } from './parameter.ts';
import { placeParts } from './place.ts';
import { recompute } from './recompute.ts';
import { tracerOf } from './trace.ts';

/** Anything with a forward pass. Its parts are its own properties, and their names are the checkpoint's names. */
export interface Module {
  /** What it is, for summaries: `bottleneck`, `conv 3x3 /2`. */
  readonly kind: string;
  /**
   * @param x `[N,H,W,C]` for convolutional parts, `[N,C]` for linear ones; stays the caller's.
   * @returns a new tensor, owned by the caller.
   * @throws TypeError for another mode.
   */
  forward(x: tf.Tensor, mode: Mode): tf.Tensor;
  /** Whether training keeps only the input and runs it again in the backward pass: see `checkpoint`. Of what {@link module} made. */
  recomputed?: boolean;
}

/** Named parts, and plain data that a forward pass reads, whether a norm is frozen say. */
export type Parts = Readonly<Record<string, Module | Parameter | boolean | number | undefined>>;

/**
 * A module of named parts and a forward pass over them. The object literal is the state dict: a part's key is its
 * name in a checkpoint. A forward pass that reads its parts from `m` alone runs what the state dict names, also where a
 * part was replaced by another.
 *
 * Every call frees what the forward pass made except its result (what gradients need is kept by tfjs' tape).
 */
export function module<P extends Parts>(
  kind: string,
  parts: P,
  forward: (m: P & Module, x: tf.Tensor, mode: Mode) => tf.Tensor,
): P & Module {
  const self: P & Module = Object.assign({} as object, parts, {
    kind,
    recomputed: false,
    forward: (x: tf.Tensor, mode: Mode): tf.Tensor => {
      const tracer = tracerOf(x);
      if (tracer) return tracer.within(self, () => forward(self, x, mode));
      const run = (input: tf.Tensor, pass: Mode) => tf.tidy(() => forward(self, input, pass));
      if (mode === 'eval') return run(x, mode);
      checkMode(mode);
      placeParts(self); // a part that replaced another has no place yet
      return self.recomputed
        ? recompute([x], { parts: [self], mode, forward: ([again], pass) => run(again as tf.Tensor, pass) })
        : run(x, mode);
    },
  });
  placeParts(self);
  return self;
}

/**
 * Frees what `run` makes of `x` except its result, as every module does: for a part of a forward pass that makes much.
 */
export const scoped = <T extends tf.TensorContainer = tf.Tensor>(x: tf.Tensor, run: () => T): T => (tracerOf(x) ? run() : tf.tidy(run));
