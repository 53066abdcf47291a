import { runOperation } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Constant, Float, ValueId } from './plan.ts';

type Described = Pick<Float, 'op' | 'attributes' | 'operands' | 'output'>;

/** A step in float32, with what computes it. Its constants become tensors when it is run first, and stay until `release`. */
export function floatStep({ op, attributes, operands, output }: Described): Float {
  const held = new Map<Constant, tf.Tensor>();
  const tensorOf = (constant: Constant): tf.Tensor => {
    const tensor = held.get(constant) ?? tf.keep(tf.tensor(constant.data, [...constant.shape], 'float32'));
    held.set(constant, tensor);
    return tensor;
  };
  return {
    kind: 'float',
    op,
    attributes,
    operands,
    inputs: operands.filter(isValue),
    output,
    run: (inputs) => {
      const rest = [...inputs];
      const given = operands.map((operand) => (isValue(operand) ? (rest.shift() as tf.Tensor) : tensorOf(operand)));
      return tf.tidy(() => runOperation(op, given, attributes));
    },
    release: () => {
      tf.dispose([...held.values()]);
      held.clear();
    },
  };
}

export const isValue = (operand: ValueId | Constant): operand is ValueId => typeof operand === 'number';
