import { gradientsOf, type Module, type TraceNode, uniform } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../explain-error.ts';
import { isNode, run } from '../pass/written-pass.ts';
import { type BlocksInPass, blocksOf } from './blocks-of.ts';
import { crossEntropy } from './cross-entropy.ts';
import { classesOf, firstShape, type LabelledImages, type Shown, showEach } from './labelled-images.ts';
import type { StudyOptions } from './lesions.ts';

/** Paths that go through so many residual branches. */
export interface PathLength {
  /** How many branches they go through. */
  readonly length: number;
  /** Their share of all paths: with a shortcut around each of n blocks, (n over length) / 2ⁿ. */
  readonly paths: number;
  /** Length of the gradient that arrives at the image through a single one of them, on average. */
  readonly gradient: number;
  /** Their share of the gradient of all paths: paths × gradient, of the sum. */
  readonly share: number;
}

export interface PathLengths {
  readonly lengths: readonly PathLength[];
  /** The shortest run of lengths through which 95 % of the gradient comes. */
  readonly effective: { readonly from: number; readonly to: number; readonly share: number };
}

export interface PathLengthsOptions extends StudyOptions {
  /** Paths that are drawn for each length; each is seen by one image. */
  readonly samples?: number;
  readonly seed?: number;
}

/** The share of the gradient that Veit et al. call all of it. */
const EFFECTIVE = 0.95;

/**
 * How long the paths through a network are, and through which the gradient comes: after a whole forward pass, the gradient goes back
 * through the branches of `length` blocks drawn at random and through the shortcuts of all others. Each image of a batch has a path of its own.
 * Norms run on their running statistics, so that images do not mix.
 *
 * @throws ExplainError for a network without shortcuts, whose one path goes through all, or images without labels.
 * @see Veit et al. 2016, section 5, https://arxiv.org/abs/1605.06431
 */
export async function measurePathLengths(
  model: Module,
  images: LabelledImages,
  { samples = 32, seed = 0, onProgress, signal }: PathLengthsOptions = {},
): Promise<PathLengths> {
  const inPass = blocksOf('measurePathLengths', model, await firstShape('measurePathLengths', images));
  const joined = inPass.blocks.filter(({ join }) => join).length;
  if (joined === 0)
    throw new ExplainError(
      `measurePathLengths: ${model.kind} has no shortcuts, so that there is one path: through every layer. Take a residual network beside it.`,
    );
  if (!Number.isInteger(samples) || samples < 1)
    throw new ExplainError(`measurePathLengths: 'samples' must be a whole number from 1 but is ${samples}.`);
  const total = (joined + 1) * samples;
  const sums = new Float64Array(joined + 1);
  const random = uniform(seed);
  let drawn = 0;
  while (drawn < total) {
    const before = drawn;
    await showEach('measurePathLengths', images, {
      classes: classesOf('measurePathLengths', model, inPass.pass.output.shape),
      signal,
      async show({ x, labels }) {
        const count = Math.min(labels.length, total - drawn);
        if (count === 0) return;
        const paths = Array.from({ length: count }, (_, i) => ({ length: (drawn + i) % (joined + 1) }));
        const branches = paths.map(({ length }) => drawBranches(joined, length, random));
        const norms = tf.tidy(() => {
          const begin = x.shape.map(() => 0);
          const shown = tf.slice(x, begin, [count, ...x.shape.slice(1)]);
          const gradients = pathGradients(inPass, { x: shown, labels: Array.from(labels).slice(0, count) }, branches);
          return tf.norm(tf.reshape(gradients, [count, -1]), 'euclidean', 1);
        });
        try {
          const read = await norms.data();
          for (const [i, { length }] of paths.entries()) sums[length] = (sums[length] as number) + (read[i] as number) / samples;
        } finally {
          norms.dispose();
        }
        drawn += count;
        onProgress?.(drawn);
      },
    });
    if (drawn === before) break; // nothing was shown: showEach has thrown
  }
  return summed(binomial(joined), sums);
}

/** How many paths `measurePathLengths` draws, which is what its progress counts. */
export const pathsDrawn = (blocks: number, samples: number): number => (blocks + 1) * samples;

/** For each block, whether a path of this length goes through its branch. */
function drawBranches(blocks: number, length: number, random: () => number): boolean[] {
  const order = Array.from({ length: blocks }, (_, i) => i);
  for (let i = 0; i < length; i++) {
    const j = i + Math.floor(random() * (blocks - i));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const taken = new Set(order.slice(0, length));
  return order.map((_, block) => taken.has(block));
}

/**
 * The gradient of each image's own cross-entropy, as far as it comes back by the image's own path.
 *
 * @param branches by image, whether the path goes through the branch of each block that has a shortcut
 * @returns of the images' shape
 */
export function pathGradients({ pass, blocks }: BlocksInPass, { x, labels }: Shown, branches: readonly (readonly boolean[])[]): tf.Tensor {
  const joins = new Map(
    blocks.flatMap(({ join }) => (join ? [join] : [])).map((join, i) => [join, branches.map((path) => path[i] === true)]),
  );
  const asOnPath = (node: TraceNode, inputs: readonly tf.Tensor[]): tf.Tensor | undefined => {
    const through = joins.get(node);
    if (!through) return undefined;
    const shortcut = node.inputs.filter(isNode)[1];
    return node.run(
      inputs.map((input, i) => gradientOnly(input, node.inputs[i] === shortcut ? through.map((branch) => !branch) : through)),
    );
  };
  const { gradients } = gradientsOf(
    () => crossEntropy(run(new Map([[pass.input, x]]), [pass.output], { instead: asOnPath })[0] as tf.Tensor2D, labels, 'sum'),
    [x],
  );
  return gradients[0] ?? tf.zerosLike(x);
}

/** `x` itself, whose gradient comes back only for some of the images. */
function gradientOnly(x: tf.Tensor, images: readonly boolean[]): tf.Tensor {
  const mask = images.map(Number);
  const run = tf.customGrad((...args) => {
    const [input] = args as tf.Tensor[];
    return {
      value: tf.clone(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.tensor(mask, [mask.length, ...dy.shape.slice(1).map(() => 1)])),
    };
  });
  return run(x);
}

/** The share of the paths through n blocks that go through k branches, for each k from 0. */
export function binomial(n: number): number[] {
  const shares: number[] = [];
  // By logarithms: 2ⁿ of 500 blocks is no number any more.
  let log = -n * Math.log(2);
  for (let k = 0; k <= n; k++) {
    shares.push(Math.exp(log));
    log += Math.log((n - k) / (k + 1));
  }
  return shares;
}

function summed(paths: readonly number[], gradients: ArrayLike<number>): PathLengths {
  const weights = paths.map((share, k) => share * (gradients[k] as number));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const lengths = paths.map(
    (share, length): PathLength => ({
      length,
      paths: share,
      gradient: gradients[length] as number,
      share: all > 0 ? (weights[length] as number) / all : 0,
    }),
  );
  return { lengths, effective: shortestRun(lengths) };
}

function shortestRun(lengths: readonly PathLength[]): PathLengths['effective'] {
  let best = { from: 0, to: lengths.length - 1, share: lengths.reduce((sum, { share }) => sum + share, 0) };
  for (let from = 0; from < lengths.length; from++)
    for (let to = from, share = 0; to < lengths.length && to - from <= best.to - best.from; to++) {
      share += (lengths[to] as PathLength).share;
      if (share < EFFECTIVE) continue;
      if (to - from < best.to - best.from || share > best.share) best = { from, to, share };
      break;
    }
  return best;
}
