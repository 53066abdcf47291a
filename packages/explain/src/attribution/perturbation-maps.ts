import * as tf from '@tensorflow/tfjs-core';
import { type Layer, spatialLayer } from '../pass/layer.ts';
import { type RunOptions, run, type WrittenPass } from '../pass/written-pass.ts';
import type { Grid } from './grid.ts';
import { occlusion, type PerturbationMethod, type PerturbedImage, rise, type Scorer, scoreCam } from './perturbation.ts';
import { type Found, forwardMany, logitsOf, type Maps, partOf, type Question, rowsOf, targetsOf } from './question.ts';
import { probabilityOf, scoreOf } from './target.ts';

/** Image by image; the changed copies of one serve all targets. */
export async function perturbationMaps(context: Question, method: PerturbationMethod): Promise<Maps> {
  const { pass, images, options, values, turn } = context;
  const layer = method === 'score-cam' ? spatialLayer(pass, options.layer) : undefined;
  const logits = await logitsOf(context);
  const { targets, classes } = targetsOf(context, logits);
  const shape = [1, ...images.shape.slice(1)];
  const size = images.data.length / (images.shape[0] as number);
  const forward = forwardMany(context, shape);
  try {
    const found: Found[][] = [];
    for (const [i, ofImage] of targets.entries()) {
      const image: PerturbedImage = {
        image: images.data.subarray(i * size, (i + 1) * size),
        shape,
        outputs: forward.outputs(partOf(turn, i, targets.length)),
      };
      const scorers = ofImage.map(
        (target): Scorer => ({
          score: (outputs) => scoreOf(outputs, target, classes),
          probability: (outputs) => probabilityOf(outputs, target, classes),
        }),
      );
      const grids =
        layer === undefined
          ? await (method === 'rise' ? rise : occlusion)(image, scorers, options)
          : await scoreCam(image, scorers, await activationsOf(pass, layer, image, values));
      found.push(grids.map((grid) => ({ grid })));
    }
    return { found, logits, targets, classes, ...(layer && { layer }) };
  } finally {
    forward.dispose();
  }
}

async function activationsOf(
  { input }: WrittenPass,
  { node }: Layer,
  { image, shape }: PerturbedImage,
  values: RunOptions['values'],
): Promise<Grid> {
  const [data] = await rowsOf(
    tf.tidy(() => run(new Map([[input, tf.tensor(image, [...shape])]]), [node], values ? { values } : {})[0] as tf.Tensor),
  );
  return { data: data as Float32Array, width: node.shape[2] as number, height: node.shape[1] as number };
}
