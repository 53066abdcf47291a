import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { kernel, type NoAttributes, type Operand, operation } from '../op.ts';
import type { TraceNode } from '../trace.ts';
import { type Factor, reluGradient, reluOperation } from './activations.ts';

// Where branches of a network meet.

interface Pair {
  readonly a: tf.Tensor;
  readonly b: tf.Tensor;
}

export const addReluOperation = operation<Factor, Pair, { readonly dy: tf.Tensor; readonly y: tf.Tensor }>({
  name: 'addRelu',
  inputs: ['a', 'b'],
  shape: ([a = [], b = []]) => sameShape('addRelu', a, b),
  forward: kernel('ResNetAddRelu', ({ a, b }: Pair, { factor }: Factor) =>
    tf.relu(tf.add(factor === undefined ? a : tf.mul(a, factor), b)),
  ),
  saved: (_, [y]) => ({ y: y as tf.Tensor }),
  backward: (given, attributes) => {
    const [gradient, scaled] = reluGradient(given, attributes) as [tf.Tensor, tf.Tensor?];
    return [scaled ?? tf.clone(gradient), gradient];
  },
});

/**
 * max(factor·a + b, 0): where a block's residual joins its shortcut. Both of one shape, checked: a broadcast here would
 * be a wiring fault. A backend may register `ResNetAddRelu`.
 *
 * @param factor 1 if absent. The residual that stochastic depth keeps has one, which so costs no pass over memory.
 */
export const addRelu = (a: tf.Tensor, b: tf.Tensor, { factor }: Factor = {}): tf.Tensor =>
  addReluOperation([a, b], factor === undefined ? {} : { factor });

/** Whether a node of a trace is a ReLU: max(sum of its inputs, 0), of one input or of two. For whoever gives it another gradient. */
export const rectifies = (node: TraceNode): boolean => reluOperation.made(node) || addReluOperation.made(node);

export const addOperation = operation<NoAttributes>({
  name: 'add',
  shape: ([a = [], b = []]) => sameShape('add', a, b),
  run: ([a, b]) => tf.add(a as tf.Tensor, b as tf.Tensor),
});

/** a + b, both of one shape. */
export const add = (a: Operand, b: Operand): tf.Tensor => addOperation([a, b], {});

function sameShape(what: string, a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length !== b.length || a.some((d, i) => d !== b[i]))
    throw new ShapeError(`${what}: the residual is [${a.join(',')}] but the shortcut is [${b.join(',')}]; they must be equal.`);
  return a;
}

/** Keeps nothing for the backward pass; tfjs' own gradient keeps every input. */
export const concatOperation = operation<NoAttributes, readonly tf.Tensor[]>({
  name: 'concat',
  shape: ([first = [], ...rest]) => {
    if (first.length === 0) throw new ShapeError('concat: there is nothing to put side by side. Give it tensors that have channels.');
    const faulty = rest.find((x) => x.length !== first.length || x.slice(0, -1).some((d, i) => d !== first[i]));
    if (faulty)
      throw new ShapeError(
        `concat: [${first.join(',')}] and [${faulty.join(',')}] cannot stand side by side; all sizes but the last, channels, must be equal.`,
      );
    return [...first.slice(0, -1), rest.reduce((sum, x) => sum + (x.at(-1) ?? 0), first.at(-1) ?? 0)];
  },
  forward: (inputs) => (inputs.length === 1 ? tf.clone(inputs[0] as tf.Tensor) : tf.concat([...inputs], -1)),
  backward: ({ dy }, _, shapes) => {
    let end = 0;
    return shapes.map((shape) => {
      const begin = shape.map((_, i) => (i === shape.length - 1 ? end : 0));
      end += shape.at(-1) ?? 0;
      return tf.slice(dy, begin, shape);
    });
  },
});

/**
 * Tensors side by side along their last axis: `[N,H,W,C1]`, `[N,H,W,C2]`, … to `[N,H,W,C1+C2+…]`.
 *
 * @throws ShapeError if they differ in any other axis.
 */
export const concat = (inputs: readonly tf.Tensor[]): tf.Tensor => concatOperation(inputs, {});

interface Highway {
  readonly h: tf.Tensor;
  readonly x: tf.Tensor;
  readonly gate: tf.Tensor;
}

interface HighwayGradient {
  readonly dy: tf.Tensor;
  /** How far the gate is open. */
  readonly open: tf.Tensor;
  /** h − x */
  readonly change: tf.Tensor;
}

export const highwayOperation = operation<NoAttributes, Highway, HighwayGradient>({
  name: 'highway',
  inputs: ['h', 'x', 'gate'],
  shape: ([h = [], x = [], gate = []]) => {
    if (h.join() !== x.join() || h.join() !== gate.join())
      throw new ShapeError(
        `highway: the transform [${h.join(',')}], the input [${x.join(',')}] and the gate [${gate.join(',')}] must be of one shape.`,
      );
    return h;
  },
  forward: ({ h, x, gate }) => {
    const open = tf.sigmoid(gate);
    const change = tf.sub(h, x);
    return [tf.add(x, tf.mul(open, change)), open, change];
  },
  saved: (_, [, open, change]) => ({ open: open as tf.Tensor, change: change as tf.Tensor }),
  backward: ({ dy, open, change }) => {
    const dh = tf.mul(dy, open);
    return [dh, tf.sub(dy, dh), tf.mul(tf.mul(dh, change), tf.sub(1, open))];
  },
});

/**
 * T·h + (1 − T)·x with T = sigmoid(gate), elementwise: what a highway layer lets through of its transform and carries
 * of its input. All of one shape.
 *
 * @see Srivastava et al. 2015, equation 3, https://arxiv.org/abs/1505.00387
 */
export const highway = (h: tf.Tensor, x: tf.Tensor, gate: tf.Tensor): tf.Tensor => highwayOperation([h, x, gate], {});

interface Gated {
  readonly x: tf.Tensor;
  readonly gate: tf.Tensor;
}

export const scaleOperation = operation<NoAttributes, Gated, Gated & { readonly dy: tf.Tensor }>({
  name: 'scaleChannels',
  inputs: ['x', 'gate'],
  shape: ([x = [], gate = []]) => {
    if (x.length !== 4 || gate.length !== 4 || gate[0] !== x[0] || gate[1] !== 1 || gate[2] !== 1 || gate[3] !== x[3])
      throw new ShapeError(`scaleChannels: an input [${x.join(',')}] needs gates [${x[0]},1,1,${x[3]}] but received [${gate.join(',')}].`);
    return x;
  },
  forward: ({ x, gate }) => tf.mul(x, gate),
  saved: (inputs) => inputs,
  backward: ({ dy, x, gate }) => [tf.mul(dy, gate), tf.sum(tf.mul(dy, x), [1, 2], true)],
});

/**
 * Every channel of every image times a number of its own: where a channel attention acts.
 *
 * @param x `[N,H,W,C]`
 * @param gate `[N,1,1,C]`
 */
export const scaleChannels = (x: tf.Tensor, gate: tf.Tensor): tf.Tensor => scaleOperation([x, gate], {});

interface Weighted extends Pair {
  readonly scores: tf.Tensor4D;
}

interface WeightedGradient extends Pair {
  readonly dy: tf.Tensor;
  /** The weight of a, `[N,1,1,C]`. */
  readonly ofA: tf.Tensor;
}

export const weightedSumOperation = operation<NoAttributes, Weighted, WeightedGradient>({
  name: 'weightedSum',
  inputs: ['a', 'b', 'scores'],
  shape: ([a = [], b = [], scores = []]) => {
    if (a.length !== 4 || a.join() !== b.join() || scores.join() !== [a[0], 1, 1, 2 * (a[3] ?? 0)].join())
      throw new ShapeError(
        `weightedSum: paths [${a.join(',')}] and [${b.join(',')}] must be equal, and scores [${scores.join(',')}] hold both their channels.`,
      );
    return a;
  },
  forward: ({ a, b, scores }) => {
    const ofA = weight(scores);
    return [tf.add(tf.mul(a, ofA), tf.mul(b, tf.sub(1, ofA))), ofA];
  },
  saved: ({ a, b }, [, ofA]) => ({ a, b, ofA: ofA as tf.Tensor }),
  backward: ({ dy, a, b, ofA }) => {
    const ofB = tf.sub(1, ofA);
    const dScore = tf.mul(tf.sum(tf.mul(dy, tf.sub(a, b)), [1, 2], true), tf.mul(ofA, ofB));
    return [tf.mul(dy, ofA), tf.mul(dy, ofB), tf.concat([dScore, tf.neg(dScore)], 3)];
  },
});

/**
 * Two paths weighed channel by channel with the softmax of their scores: where selective kernels select.
 *
 * @param a and b `[N,H,W,C]`
 * @param scores `[N,1,1,2C]`: a's, then b's
 * @see Li et al. 2019, section 3.1, https://arxiv.org/abs/1903.06586
 */
export const weightedSum = (a: tf.Tensor, b: tf.Tensor, scores: tf.Tensor): tf.Tensor => weightedSumOperation([a, b, scores], {});

/** The softmax of two scores is the sigmoid of their difference. */
function weight(scores: tf.Tensor4D): tf.Tensor4D {
  const [n, , , both] = scores.shape;
  const half = both / 2;
  const difference = tf.sub<tf.Tensor4D>(
    tf.slice(scores, [0, 0, 0, 0], [n, 1, 1, half]),
    tf.slice(scores, [0, 0, 0, half], [n, 1, 1, half]),
  );
  return tf.sigmoid(difference);
}
