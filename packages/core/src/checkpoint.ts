import * as tf from '@tensorflow/tfjs-core';
import { ConfigError } from './errors.ts';
import { isReplay, type Mode } from './mode.ts';
import { type Module, parameters, runSteps, type Sequential, type Step, scoped } from './module.ts';
import type { Parameter } from './parameter.ts';
import { tracerOf } from './trace.ts';

/**
 * Makes `part` keep only its input while it trains: the backward pass runs it a second time for the rest. That is
 * one more forward pass of it, for the memory of everything inside it. Values, gradients, masks of dropout and running
 * statistics are those of the plain part; inference is not touched.
 *
 * @returns `part` itself, changed.
 * @see Chen et al. 2016, https://arxiv.org/abs/1604.06174
 */
export function checkpoint<M extends Module>(part: M): M {
  const { forward } = part;
  part.forward = (x, mode) => recompute([x], { parts: [part], mode, forward: ([again], pass) => forward(again as tf.Tensor, pass) });
  return part;
}

/**
 * Makes a sequence keep only what enters every `every`-th step while it trains. About the root of the number of steps
 * keeps the least: as many inputs as there are steps in a run.
 *
 * @returns `sequence` itself, changed.
 * @throws ConfigError if `every` is not a whole number from 1.
 */
export function checkpointSteps(sequence: Sequential, every: number): Sequential {
  if (!Number.isInteger(every) || every < 1)
    throw new ConfigError(`checkpointSteps: 'every' must be a whole number of steps from 1 but is ${every}.`);
  const { forward, steps } = sequence;
  const runs = Array.from({ length: Math.ceil(steps.length / every) }, (_, i) => steps.slice(i * every, (i + 1) * every));
  sequence.forward = (x, mode) =>
    mode === 'eval' || tracerOf(x) ? forward(x, mode) : scoped(x, () => runs.reduce((h, run) => recomputeSteps(run, h, mode), x));
  return sequence;
}

const recomputeSteps = (steps: readonly Step[], x: tf.Tensor, mode: Mode): tf.Tensor =>
  recompute([x], {
    parts: steps.filter((step) => typeof step !== 'function'),
    mode,
    forward: ([again], pass) => runSteps(steps, again as tf.Tensor, pass),
  });

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
