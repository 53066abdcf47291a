import { type Grid, ontoInput } from '../attribution/grid.ts';
import { prepare } from '../attribution/prepare.ts';
import { forwardMany, logitsOf } from '../attribution/question.ts';
import { bestOf, classesOf, probabilityOf, type Target, targetIndex } from '../attribution/target.ts';
import { breathe } from '../breathe.ts';
import { ExplainError } from '../explain-error.ts';
import { type Explained, explainable, type PreparedImages } from '../explainable.ts';
import { writtenPass } from '../pass/written-pass.ts';
import { blurred } from './blur.ts';

export interface CurveOptions {
  /** The class whose probability is followed. Default: what each image is taken for. */
  readonly target?: Target | undefined;
  /** Into so many parts the pixels are divided. Default 20. */
  readonly steps?: number;
  /**
   * What stands in the place of pixels that are taken away: the image blurred, or a value of prepared pixels. Default `'blurred'`: a colour's
   * hard edges would be something to see, and mislead a network by themselves.
   */
  readonly replacement?: 'blurred' | number;
  /** Images run at once. Default 16. */
  readonly batch?: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a class's probability goes as pixels come or go, those first that a map holds for the most important. */
export interface Curve {
  /** From 0 to 1, the share of pixels that were changed. */
  readonly shares: readonly number[];
  /** The probability at each. */
  readonly probabilities: readonly number[];
  /** The area below the curve, 0 to 1. */
  readonly area: number;
}

/** Both curves of a map. */
export interface Curves {
  /** Pixels are taken away: a good map's curve falls at once, its area is small. */
  readonly deletion: Curve;
  /** Pixels come into a blurred image: a good map's curve rises at once, its area is large. */
  readonly insertion: Curve;
}

/**
 * Whether the pixels that a map names are those that a network goes by, by the network's own word.
 *
 * @param maps of each image, on its photo's pixels: what `explain` gives, or any other to compare it with
 * @see Petsiuk et al. 2018, section 4.2, https://arxiv.org/abs/1806.07421
 */
export async function deletionInsertion<Image>(
  network: Explained<Image>,
  images: readonly Image[] | PreparedImages,
  maps: readonly { readonly map: Float32Array; readonly width: number; readonly height: number }[],
  { target, steps = 20, replacement = 'blurred', batch, signal }: CurveOptions = {},
): Promise<Curves[]> {
  const asked = explainable(network);
  const prepared = await prepare(asked, images as PreparedImages, signal);
  const [count = 0, height = 1, width = 1, channels = 1] = prepared.shape;
  if (maps.length !== count) throw new ExplainError(`deletionInsertion: ${count} images, but ${maps.length} maps.`);
  if (!Number.isInteger(steps) || steps < 1)
    throw new ExplainError(`deletionInsertion: 'steps' must be a whole number from 1 but is ${steps}.`);
  const shape = [1, height, width, channels];
  const pass = writtenPass(asked.model, shape);
  const turn = async (): Promise<void> => {
    await breathe();
    signal?.throwIfAborted();
  };
  const options = { ...(batch !== undefined && { batch }) };
  const outputs = await logitsOf({ pass, images: prepared });
  const classes = classesOf(asked, (outputs[0] as Float32Array).length);
  const forward = forwardMany({ pass, options }, shape);
  try {
    const results: Curves[] = [];
    for (const [i, { map, width: mapWidth, height: mapHeight }] of maps.entries()) {
      const photo = prepared.photos?.[i] ?? { width, height, view: { left: 0, top: 0, width, height } };
      if (mapWidth !== photo.width || mapHeight !== photo.height || map.length !== mapWidth * mapHeight)
        throw new ExplainError(
          `deletionInsertion: the map of image ${i} has ${map.length} numbers, ${mapWidth}x${mapHeight}, but its photo is ${photo.width}x${photo.height}.`,
        );
      const ranks = ranked(ontoInput({ data: map, width: mapWidth, height: mapHeight }, photo, width, height));
      const image = prepared.data.subarray(i * width * height * channels, (i + 1) * width * height * channels);
      const chosen = target === undefined ? bestOf(outputs[i] as Float32Array, classes) : targetIndex(target, classes);
      const follow = async (from: Float32Array, to: Float32Array): Promise<Curve> => {
        const found = await forward.outputs(turn)(steps + 1, (step, pixels) => {
          const changed = Math.round((step / steps) * ranks.length);
          for (let p = 0; p < pixels.length; p++)
            pixels[p] = ((ranks[Math.floor(p / channels)] as number) < changed ? to : from)[p] as number;
        });
        return curveOf(found.map((one) => probabilityOf(one, chosen, classes)));
      };
      const blur = blurred(image, { width, height, channels, radius: Math.max(width, height) / BLUR });
      const gone = replacement === 'blurred' ? blur : new Float32Array(image.length).fill(replacement);
      results.push({ deletion: await follow(image, gone), insertion: await follow(blur, image) });
    }
    return results;
  } finally {
    forward.dispose();
  }
}

/** The blur's standard deviation is the image's side by this: nothing can be told any more. */
const BLUR = 10;

/** The place of each pixel in the order of the map, the largest first; of equals the first. */
function ranked({ data }: Grid): Int32Array {
  const order = Int32Array.from({ length: data.length }, (_, i) => i).sort((a, b) => (data[b] as number) - (data[a] as number) || a - b);
  const ranks = new Int32Array(data.length);
  for (const [rank, pixel] of order.entries()) ranks[pixel] = rank;
  return ranks;
}

/** By the trapezoidal rule. */
function curveOf(probabilities: readonly number[]): Curve {
  const steps = probabilities.length - 1;
  const shares = probabilities.map((_, i) => i / steps);
  const area = probabilities.reduce((sum, p, i) => sum + (i === 0 || i === steps ? p / 2 : p), 0) / steps;
  return { shares, probabilities, area };
}
