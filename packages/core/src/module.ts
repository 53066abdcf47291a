import * as tf from '@tensorflow/tfjs-core';
import type { Mode } from './mode.ts';
import { Parameter } from './parameter.ts';
import { tracerOf } from './trace.ts';

/** Anything with a forward pass. Its parts are its own properties, and their names are the checkpoint's names. */
export interface Module {
  /** What it is, for summaries: `bottleneck`, `conv 3x3 /2`. */
  readonly kind: string;
  /**
   * @param x `[N,H,W,C]` for convolutional parts, `[N,C]` for linear ones; stays the caller's.
   * @returns a new tensor, owned by the caller.
   */
  forward(x: tf.Tensor, mode: Mode): tf.Tensor;
}

export type Parts = Readonly<Record<string, Module | Parameter | undefined>>;

/**
 * A module of named parts and a forward pass over them. The object literal is the state dict: a part's key is its
 * name in a checkpoint.
 *
 * Every call frees what the forward pass made except its result (what gradients need is kept by tfjs' tape).
 */
export function module<P extends Parts>(
  kind: string,
  parts: P,
  forward: (m: P & Module, x: tf.Tensor, mode: Mode) => tf.Tensor,
): P & Module {
  const self: P & Module = Object.assign(Object.create(null) as object, parts, {
    kind,
    forward: (x: tf.Tensor, mode: Mode): tf.Tensor => {
      const tracer = tracerOf(x);
      return tracer ? tracer.within(self, () => forward(self, x, mode)) : tf.tidy(() => forward(self, x, mode));
    },
  });
  for (const [key, part] of Object.entries(parts)) if (isModule(part) && !places.has(part)) places.set(part, { parent: self, key });
  return self;
}

/**
 * Frees what `run` makes of `x` except its result, as every module does: for a part of a forward pass that makes much.
 */
export const scoped = (x: tf.Tensor, run: () => tf.Tensor): tf.Tensor => (tracerOf(x) ? run() : tf.tidy(run));

/** Where each module was put when the module around it was made; one that is put into another later keeps its first place. */
const places = new WeakMap<Module, { readonly parent: Module; readonly key: string }>();

/** The dotted name of a part in the whole that it belongs to: the same however and from wherever it is run. */
export function nameOf(part: Module): string {
  const keys: string[] = [];
  for (let place = places.get(part); place; place = places.get(place.parent)) keys.unshift(place.key);
  return keys.join('.');
}

/** A module, or a function of one tensor: the latter takes an index in a {@link sequential} but no name in a checkpoint. */
export type Step = Module | ((x: tf.Tensor) => tf.Tensor);

/** Steps one after another. */
export interface Sequential extends Module {
  readonly steps: readonly Step[];
}

/** Steps one after another, named `0`, `1`, … as PyTorch's `nn.Sequential` does. */
export function sequential(...steps: readonly Step[]): Sequential {
  const parts = Object.fromEntries(steps.flatMap((step, i) => (typeof step === 'function' ? [] : [[String(i), step]])));
  const self = module('sequential', parts, (_, x, mode) => runSteps(steps, x, mode));
  return Object.assign(self, { steps });
}

/** Runs steps in order. */
export const runSteps = (steps: readonly Step[], x: tf.Tensor, mode: Mode): tf.Tensor =>
  steps.reduce((h, step) => (typeof step === 'function' ? step(h) : step.forward(h, mode)), x);

export const isModule = (value: unknown): value is Module =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Module>).forward === 'function';

/** A module and every module in it, depth first, by dotted name; the module itself is `''`. */
export function* namedModules(model: Module, prefix = ''): Generator<[name: string, module: Module]> {
  yield [prefix, model];
  for (const [key, part] of Object.entries(model)) if (isModule(part)) yield* namedModules(part, prefix ? `${prefix}.${key}` : key);
}

/** Every parameter and buffer of a model by its dotted name, in PyTorch's order. */
export function parameters(model: Module): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const [name, part] of namedModules(model))
    for (const [key, value] of Object.entries(part)) if (value instanceof Parameter) found.set(name ? `${name}.${key}` : key, value);
  return found;
}
