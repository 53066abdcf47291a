import { gradientsOf, type TraceNode } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { spatialLayer } from '../pass/layer.ts';
import { besides, run } from '../pass/written-pass.ts';
import { activationMap, type ClassActivationMethod, eigenMap, needsGradient } from './class-activation.ts';
import { type Found, type Maps, type Question, rowsOf, targetsOf } from './question.ts';
import { scoreWeights } from './target.ts';

/** One pass up to the layer, one from there on for the scores, and for each target one more with its gradient. */
export async function classActivationMaps(context: Question, method: ClassActivationMethod): Promise<Maps> {
  const { pass, images, options, values } = context;
  const layer = spatialLayer(pass, options.layer);
  const others = besides(layer.node, pass.output);
  const wanted = [layer.node, ...others];
  const known = tf.tidy(() => run(new Map([[pass.input, tf.tensor(images.data, [...images.shape])]]), wanted, values ? { values } : {}));
  const before = new Map(wanted.map((node, i) => [node, known[i] as tf.Tensor]));
  const [activations] = known as [tf.Tensor4D];
  const behind = (given: ReadonlyMap<TraceNode, tf.Tensor>): tf.Tensor =>
    run(given, [pass.output], values ? { values } : {})[0] as tf.Tensor;
  try {
    const logits = await rowsOf(tf.tidy(() => behind(before)));
    const { targets, classes } = targetsOf(context, logits);
    const [, height = 1, width = 1] = activations.shape;
    const grid = (data: Float32Array): Found => ({ grid: { width, height, data } });
    if (!needsGradient(method)) {
      const maps = (await rowsOf(tf.clone(activations))).map((values) => grid(eigenMap(values, width * height)));
      return { found: maps.map((map, i) => (targets[i] as number[]).map(() => map)), logits, targets, classes, layer };
    }
    const found: Found[][] = targets.map(() => []);
    const count = (targets[0] as number[]).length;
    for (let t = 0; t < count; t++) {
      await context.turn(t / count);
      const map = tf.tidy(() => {
        const asked = tf.stack(
          targets.map((ofImage) => tf.tensor1d(scoreWeights(ofImage[t] as number, (logits[0] as Float32Array).length, classes))),
        );
        const { gradients } = gradientsOf(() => tf.sum(tf.mul(behind(before), asked)), [activations]);
        return activationMap(method, activations, (gradients[0] ?? tf.zerosLike(activations)) as tf.Tensor4D);
      });
      for (const [i, data] of (await rowsOf(map)).entries()) (found[i] as Found[]).push(grid(data));
    }
    return { found, logits, targets, classes, layer };
  } finally {
    tf.dispose(known);
  }
}
