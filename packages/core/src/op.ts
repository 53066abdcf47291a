import * as tf from '@tensorflow/tfjs-core';
import { asFloats } from './dtype.ts';
import { Parameter } from './parameter.ts';
import { nodeOf, type TraceNode, tracerOf } from './trace.ts';

/** What an operation reads: a tensor, or a parameter of the model. */
export type Operand = tf.Tensor | Parameter;
export type Shape = readonly number[];
export type NoAttributes = Record<never, never>;

interface Described<A> {
  readonly name: string;
  /** The result's shape. @throws ShapeError naming both sides where the inputs do not fit. */
  shape(inputs: readonly Shape[], attributes: A): Shape;
  /** Multiply-accumulates; none if absent. */
  macs?(output: Shape, inputs: readonly Shape[], attributes: A): number;
}

/** One operation: what it does to shapes, what it costs, what it computes out of what has gradients already. */
export interface Operation<A> extends Described<A> {
  /** The values, with gradients, on any backend. The inputs are float32 and fit; the result is the caller's. */
  run(inputs: readonly tf.Tensor[], attributes: A): tf.Tensor;
}

/** One tensor, or several of which the first is the result. */
type Outputs = tf.Tensor | readonly tf.Tensor[];

/**
 * A computation with a gradient of its own. `I` are its inputs, by name or in a list; `G` is what its gradient is computed from: that of the result,
 * `dy`, and what was saved.
 */
export interface Differentiable<A, I extends object, G extends { readonly dy: tf.Tensor }> {
  /** Of the inputs, those that no gradient reaches. */
  readonly constants?: readonly (keyof I & string)[];
  /** The result; behind it, what else `saved` wants. */
  forward(inputs: I, attributes: A): Outputs;
  /** What is kept for the backward pass; nothing if absent. */
  saved?(inputs: I, outputs: readonly tf.Tensor[], attributes: A): Omit<G, 'dy'>;
  /** The gradient of each input but the constants, in their order: a tensor of its own for each. */
  backward(given: G, attributes: A, shapes: ShapesOf<I>): Outputs;
}

export type ShapesOf<I extends object> = { readonly [K in keyof I]: I[K] extends tf.Tensor ? I[K]['shape'] : I[K] };

/** An {@link Operation} with a gradient of its own. */
export interface DifferentiableOperation<A, I extends object, G extends { readonly dy: tf.Tensor }>
  extends Described<A>,
    Differentiable<A, I, G> {
  /** What `forward` calls its inputs, in the order in which they are given; absent where it takes the list. */
  readonly inputs?: readonly (keyof I & string)[];
}

/** An operation ready to be called. */
export interface OperationCall<A> {
  (inputs: readonly Operand[], attributes: A): tf.Tensor;
  /** Whether a node of a trace is of this operation. */
  made(node: TraceNode): node is TraceNode & { readonly attributes: A };
}

const shapeOf = (x: Operand): Shape => (x instanceof Parameter ? x.storedShape : x.shape);

/**
 * Makes an operation callable on tensors, and on the shapes of a trace. This is the door of every computation: shapes are
 * checked here, what is not float32 is cast or refused ({@link asFloats}), and gradients are wired.
 */
export function operation<A>(op: Operation<A>): OperationCall<A>;
export function operation<A, I extends object, G extends { readonly dy: tf.Tensor } = { readonly dy: tf.Tensor }>(
  op: DifferentiableOperation<A, I, G>,
): OperationCall<A>;
export function operation<A>(op: Operation<A> | DifferentiableOperation<A, object, { dy: tf.Tensor }>): OperationCall<A> {
  const run = 'run' in op ? (values: readonly tf.Tensor[], attributes: A) => op.run(values, attributes) : positional(op);
  const call = (inputs: readonly Operand[], attributes: A): tf.Tensor => {
    const shapes = inputs.map(shapeOf);
    const shape = op.shape(shapes, attributes);
    const tracer = inputs.map(tracerOf).find((t) => t !== undefined);
    if (!tracer) {
      const values = inputs.map((x) => (x instanceof Parameter ? x.variable : x));
      if (values.every(isFloat)) return run(values, attributes);
      return tf.tidy(() =>
        run(
          values.map((x) => asFloats(op.name, x)),
          attributes,
        ),
      ); // frees what was cast
    }
    return tracer.record({
      op: op.name,
      operation: op,
      inputs: inputs.map((x) => (x instanceof Parameter ? x : nodeOf(x))),
      attributes,
      run: (values) => run(values, attributes),
      infer: (given) => op.shape(given, attributes),
      shape,
      macs: op.macs?.(shape, shapes, attributes) ?? 0,
    });
  };
  return Object.assign(call, { made: (node: TraceNode) => node.operation === op }) as OperationCall<A>;
}

const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === 'float32';

/** Calls by position what has names. */
function positional<A>(op: DifferentiableOperation<A, object, { dy: tf.Tensor }>): Operation<A>['run'] {
  const run = differentiable(op);
  const { inputs: names } = op as { readonly inputs?: readonly string[] };
  return names
    ? (values, attributes) => run(Object.fromEntries(values.map((x, i) => [names[i] as string, x])), attributes)
    : (values, attributes) => run(values, attributes);
}

/**
 * Wires the gradient of a computation: for parts of an operation that have one each. The inputs are known to fit.
 *
 * @returns a function of the inputs; its result is the caller's.
 */
export function differentiable<A, I extends object, G extends { readonly dy: tf.Tensor }>({
  constants = [],
  forward,
  saved,
  backward,
}: Differentiable<A, I, G>): (inputs: I, attributes: A) => tf.Tensor {
  return (inputs, attributes) => {
    const learned = (Object.keys(inputs) as (keyof I & string)[]).filter((name) => !constants.includes(name));
    const run = tf.customGrad((...args) => {
      const outputs = listed(forward(inputs, attributes));
      const kept = (saved?.(inputs, outputs, attributes) ?? {}) as Readonly<Record<string, tf.Tensor>>;
      const names = Object.keys(kept);
      if (names.length) (args.at(-1) as unknown as tf.GradSaveFunc)(Object.values(kept));
      return {
        value: outputs[0] as tf.Tensor,
        gradFunc: (dy: tf.Tensor, values: tf.Tensor[]) => {
          const given = { dy, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) };
          return [...listed(backward(given as unknown as G, attributes, shapesOf(inputs)))];
        },
      };
    });
    return run(...learned.map((name) => inputs[name] as tf.Tensor));
  };
}

const listed = (outputs: Outputs): readonly tf.Tensor[] => (outputs instanceof tf.Tensor ? [outputs] : outputs);

function shapesOf<I extends object>(inputs: I): ShapesOf<I> {
  if (Array.isArray(inputs)) return inputs.map(({ shape }: tf.Tensor) => shape) as unknown as ShapesOf<I>;
  return Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, (x as tf.Tensor).shape])) as ShapesOf<I>;
}

/**
 * A computation on named tensors for which a backend may register a kernel of the name, with the same inputs, attributes
 * and results: that where there is one, the portable form elsewhere.
 */
export const kernel =
  <I extends object, A extends object>(name: string, portable: (inputs: I, attributes: A) => Outputs) =>
  (inputs: I, attributes: A): readonly tf.Tensor[] =>
    fastKernel(name, inputs as Record<string, tf.Tensor>, attributes) ?? listed(portable(inputs, attributes));

/**
 * Runs a kernel that the current backend may have registered for one of our operations. Those take floats: other
 * inputs are cast or refused as an operation's.
 *
 * @returns its outputs, or undefined where the backend has no such kernel and the portable form must serve.
 */
export function fastKernel(name: string, inputs: Record<string, tf.Tensor>, attributes: object): tf.Tensor[] | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  const call = (given: Record<string, tf.Tensor>): tf.Tensor[] => {
    const outputs = tf.engine().runKernel(name, given, attributes as tf.NamedAttrMap);
    return Array.isArray(outputs) ? outputs : [outputs as tf.Tensor];
  };
  if (Object.values(inputs).every(isFloat)) return call(inputs);
  return tf.tidy(() => call(Object.fromEntries(Object.entries(inputs).map(([key, x]) => [key, asFloats(name, x)]))));
}
