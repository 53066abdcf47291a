import * as tf from '@tensorflow/tfjs-core';
import { isReplay, type Mode } from './mode.ts';
import type { Module } from './module.ts';
import { parameters } from './named-modules.ts';
import type { Parameter } from './parameter.ts';
import { tracerOf } from './trace.ts';

export interface Recomputation {
  /** The modules that `forward` runs: gradients reach their trainable parameters. */
  readonly parts: readonly Module[];
  readonly mode: Mode;
  /** Runs once in the forward pass and once more, with another mode, in the backward pass. */
  readonly forward: (inputs: readonly tf.Tensor[], mode: Mode) => tf.Tensor;
}

/**
 * Runs `forward` on `inputs`, and while training keeps nothing else of it for the backward pass, which runs it again.
 *
 * @returns what `forward` returns, owned by the caller.
 */
export function recompute(inputs: readonly tf.Tensor[], { parts, mode, forward }: Recomputation): tf.Tensor {
  if (mode === 'eval' || inputs.some(tracerOf)) return forward(inputs, mode);
  const again: Mode = isReplay(mode) ? mode : { replay: mode };
  const trained = new Set<Parameter>();
  for (const part of parts) for (const parameter of parameters(part).values()) if (parameter.trainable) trained.add(parameter);
  const variables = [...trained].map(({ variable }) => variable);
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    save([...inputs]);
    return {
      value: forward(args.slice(0, inputs.length) as tf.Tensor[], mode),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => innerGradients(() => forward(saved, again), [...saved, ...variables], dy),
    };
  });
  return run(...inputs, ...variables);
}

/** Gradients inside of another's backward pass. tfjs has one tape: it is put aside meanwhile, for tfjs would clear it. */
function innerGradients(forward: () => tf.Tensor, xs: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const engine = tf.engine();
  const tape = engine.state.activeTape;
  try {
    return tf.tidy(() => {
      const { grads } = engine.gradients(forward, xs, dy, true);
      return grads.map((gradient, i) => gradient ?? tf.zerosLike(xs[i] as tf.Tensor));
    });
  } finally {
    engine.state.activeTape = tape;
  }
}
