import { type Module, parameters } from '@resnetjs/core';
import { gradients } from '@resnetjs/train';
import * as tf from '@tensorflow/tfjs-core';

export interface LayerGradient {
  /** The parameter's dotted name. */
  readonly name: string;
  /** Counted from the image: 1 is the stem. */
  readonly layer: number;
  /** Euclidean length of the loss' gradient with respect to the layer's weights. */
  readonly norm: number;
}

/** The gradient of each layer on the way from image to logits: gates and projections of shortcuts are beside it, biases and norms are no layers. */
export async function layerGradients(model: Module, images: tf.Tensor4D, labels: ArrayLike<number>): Promise<LayerGradient[]> {
  const { loss, grads } = gradients(model, images, labels);
  try {
    const names = [...parameters(model)]
      .filter(([name, { shape }]) => shape.length > 1 && !/(^|\.)(gate|downsample)\./.test(name))
      .map(([name]) => name);
    return await Promise.all(
      names.map(async (name, i) => {
        const norm = tf.tidy(() => tf.norm(grads.get(name) as tf.Tensor));
        const [value = Number.NaN] = await norm.data<'float32'>();
        norm.dispose();
        return { name, layer: i + 1, norm: value };
      }),
    );
  } finally {
    tf.dispose([loss, ...grads.values()]);
  }
}
