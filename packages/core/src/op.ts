import * as tf from '@tensorflow/tfjs-core';
import { asFloats } from './dtype.ts';
import { Parameter } from './parameter.ts';
import { nodeOf, tracerOf } from './trace.ts';

/** What an operation reads: a tensor, or a parameter of the model. */
export type Operand = tf.Tensor | Parameter;
export type Shape = readonly number[];

/** One operation: what it does to shapes, what it costs, what it computes. */
export interface Operation<A> {
  readonly name: string;
  /** The result's shape. @throws ShapeError naming both sides where the inputs do not fit. */
  shape(inputs: readonly Shape[], attributes: A): Shape;
  /** Multiply-accumulates; none if absent. */
  macs?(output: Shape, inputs: readonly Shape[], attributes: A): number;
  /** The values, with gradients, on any backend. The inputs are float32 and fit; the result is the caller's. */
  run(inputs: readonly tf.Tensor[], attributes: A): tf.Tensor;
}

const shapeOf = (x: Operand): Shape => (x instanceof Parameter ? x.storedShape : x.shape);

/**
 * Makes an operation callable on tensors, and on the shapes of a trace. This is the door of every computation: shapes are
 * checked here, and what is not float32 is cast or refused ({@link asFloats}).
 */
export function operation<A>(op: Operation<A>): (inputs: readonly Operand[], attributes: A) => tf.Tensor {
  return (inputs, attributes) => {
    const shapes = inputs.map(shapeOf);
    const shape = op.shape(shapes, attributes);
    const tracer = inputs.map(tracerOf).find((t) => t !== undefined);
    if (!tracer) {
      const values = inputs.map((x) => (x instanceof Parameter ? x.variable : x));
      if (values.every(isFloat)) return op.run(values, attributes);
      return tf.tidy(() =>
        op.run(
          values.map((x) => asFloats(op.name, x)),
          attributes,
        ),
      ); // frees what was cast
    }
    return tracer.record({
      op: op.name,
      inputs: inputs.map((x) => (x instanceof Parameter ? x : nodeOf(x))),
      attributes,
      run: (values) => op.run(values, attributes),
      infer: (given) => op.shape(given, attributes),
      shape,
      macs: op.macs?.(shape, shapes, attributes) ?? 0,
    });
  };
}

const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === 'float32';

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
