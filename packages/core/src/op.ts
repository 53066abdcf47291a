import * as tf from '@tensorflow/tfjs-core';
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
  /** The values, with gradients, on any backend. The result is the caller's. */
  run(inputs: readonly tf.Tensor[], attributes: A): tf.Tensor;
}

const shapeOf = (x: Operand): Shape => (x instanceof Parameter ? x.storedShape : x.shape);

/** Makes an operation callable on tensors, and on the shapes of a trace. */
export function operation<A>(op: Operation<A>): (inputs: readonly Operand[], attributes: A) => tf.Tensor {
  return (inputs, attributes) => {
    const shapes = inputs.map(shapeOf);
    const shape = op.shape(shapes, attributes);
    const tracer = inputs.map(tracerOf).find((t) => t !== undefined);
    if (!tracer)
      return op.run(
        inputs.map((x) => (x instanceof Parameter ? x.variable : x)),
        attributes,
      );
    return tracer.record({
      op: op.name,
      inputs: inputs.map((x) => (x instanceof Parameter ? x : nodeOf(x))),
      attributes,
      run: (values) => op.run(values, attributes),
      shape,
      macs: op.macs?.(shape, shapes, attributes) ?? 0,
    });
  };
}

/**
 * Runs a kernel that the current backend may have registered for one of our operations.
 *
 * @returns its outputs, or undefined where the backend has no such kernel and the portable form must serve.
 */
export function fastKernel(name: string, inputs: Record<string, tf.Tensor>, attributes: object): tf.Tensor[] | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  const outputs = tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
  return Array.isArray(outputs) ? outputs : [outputs as tf.Tensor];
}
