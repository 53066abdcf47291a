import * as tf from '@tensorflow/tfjs-core';

/**
 * max(sum of the inputs, 0), through which only what is positive comes back: where both the ReLU's input and the gradient are.
 *
 * @see Springenberg et al. 2014, https://arxiv.org/abs/1412.6806
 */
export function guidedRelu(inputs: readonly tf.Tensor[]): tf.Tensor {
  const relu = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [first, second] = args as tf.Tensor[];
    const y = tf.relu(second ? tf.add(first as tf.Tensor, second) : (first as tf.Tensor));
    save([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [result]: tf.Tensor[]) => {
        const gradient = tf.mul(tf.relu(dy), tf.step(result as tf.Tensor));
        return inputs.map((_, i) => (i === 0 ? gradient : tf.clone(gradient)));
      },
    };
  });
  return relu(...inputs);
}
