import { ExplainError } from '../explain-error.ts';
import { relusOf } from '../pass/written-pass.ts';
import { type PixelMethod, pixelMap } from './pixel-gradients.ts';
import { type Found, logitsOf, type Maps, partOf, type Question, targetsOf } from './question.ts';
import { scoreWeights } from './target.ts';

/** Image by image and target by target, for each has its own gradients. */
export async function pixelMaps(context: Question, method: PixelMethod): Promise<Maps> {
  const { pass, images, options, values, turn } = context;
  if (method === 'guided-backprop' && relusOf(pass).length === 0)
    throw new ExplainError(
      `guided-backprop: ${pass.model.kind} has no ReLU whose gradient could be guided. Take another method, such as smooth-grad.`,
    );
  const logits = await logitsOf(context);
  const { targets, classes } = targetsOf(context, logits);
  const [count = 1, height = 1, width = 1] = images.shape;
  const shape = [1, ...images.shape.slice(1)];
  const size = images.data.length / count;
  const found: Found[][] = [];
  for (const [i, ofImage] of targets.entries()) {
    const maps: Found[] = [];
    for (const [t, target] of ofImage.entries()) {
      const { data, completeness } = await pixelMap(method, {
        ...options,
        pass,
        image: images.data.subarray(i * size, (i + 1) * size),
        shape,
        weights: scoreWeights(target, (logits[0] as Float32Array).length, classes),
        turn: partOf(turn, i * ofImage.length + t, targets.length * ofImage.length),
        ...(values && { values }),
      });
      maps.push({ grid: { width, height, data }, ...(completeness && { completeness }) });
    }
    found.push(maps);
  }
  return { found, logits, targets, classes };
}
