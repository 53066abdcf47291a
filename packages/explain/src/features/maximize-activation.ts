import { gradientsOf, normal, uniform } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { classesOf, scoreWeights, type Target, targetIndex } from '../attribution/target.ts';
import { ExplainError } from '../explain-error.ts';
import { type Explained, explainable } from '../explainable.ts';
import { namedLayer } from '../pass/layer.ts';
import { run, writtenPass } from '../pass/written-pass.ts';
import { blurred } from '../quality/blur.ts';

export interface MaximizeOptions {
  /** `[H,W,C]` of the prepared image that is made. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** How images were normalized, so that pixels stay colours. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** The class to be made; or a layer and one of its channels. */
  readonly target?: Target | undefined;
  readonly layer?: string | undefined;
  readonly channel?: number | undefined;
  /** Default 200. */
  readonly steps?: number;
  /** How far each step goes, in prepared pixels. Default 0.08. */
  readonly rate?: number;
  /** Before each step the image is moved by up to so many pixels. Default a sixteenth of its side. */
  readonly jitter?: number;
  /** Standard deviation, in pixels, of the blur that keeps the image from grain: strong at first, none at the end. Default 0.7. */
  readonly blur?: number;
  /** What the first image and the jitter are drawn from. Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told after each step. */
  readonly onStep?: ((step: { readonly step: number; readonly value: number }) => void) | undefined;
}

/** An image made for a network. */
export interface MadeImage {
  readonly width: number;
  readonly height: number;
  /** Bytes, `[H,W,C]`. */
  readonly data: Uint8Array;
  /** What was made large, before each step and at the end. */
  readonly values: readonly number[];
}

/**
 * The image that a class, or a channel of a layer, answers to most: from grey noise uphill.
 *
 * @see Simonyan et al. 2013, section 2; Olah et al. 2017, https://distill.pub/2017/feature-visualization
 */
export async function maximizeActivation(network: Explained, options: MaximizeOptions): Promise<MadeImage> {
  const asked = explainable(network);
  const { shape, mean, std, target, layer, channel, seed = 0, signal, onStep } = options;
  const [height, width, channels] = shape;
  const { steps = 200, rate = 0.08, jitter = Math.ceil(Math.min(height, width) / 16), blur = 0.7 } = options;
  if ((layer === undefined) === (target === undefined))
    throw new ExplainError('maximizeActivation: say either a target, a class, or a layer with its channel.');
  const pass = writtenPass(asked.model, [1, ...shape]);
  const node = layer === undefined ? pass.output : namedLayer(pass, layer).node;
  const depth = node.shape.at(-1) as number;
  const weights = new Float32Array(depth);
  if (target !== undefined) {
    const classes = classesOf(asked, depth);
    weights.set(scoreWeights(targetIndex(target, classes), depth, classes));
  } else {
    if (channel === undefined || !Number.isInteger(channel) || channel < 0 || channel >= depth)
      throw new ExplainError(`channel ${channel}: layer '${layer}' has ${depth}, 0 to ${depth - 1}.`);
    weights[channel] = 1;
  }
  /** The mean of what is asked for, over all pixels, and its gradient. */
  const climb = async (image: Float32Array, wantsGradient: boolean): Promise<{ value: number; gradient?: Float32Array }> => {
    const made = tf.tidy(() => {
      const x = tf.tensor(image, [1, ...shape]);
      const asking = tf.tensor1d(weights);
      const value = () => {
        const [output] = run(new Map([[pass.input, x]]), [node]) as [tf.Tensor];
        return tf.div(tf.sum(tf.mul(output, asking)), output.size / depth) as tf.Scalar;
      };
      if (!wantsGradient) return [value()];
      const { value: reached, gradients } = gradientsOf(value, [x]);
      return [reached, gradients[0] ?? tf.zerosLike(x)];
    });
    try {
      const [[value = 0], gradient] = (await Promise.all(made.map((one) => one.data()))) as Float32Array[] as [Float32Array, Float32Array?];
      return { value, ...(gradient && { gradient }) };
    } finally {
      tf.dispose(made);
    }
  };
  const least = mean.map((m, c) => -m / (std[c] as number));
  const most = mean.map((m, c) => (1 - m) / (std[c] as number));
  const noise = normal(seed);
  const draw = uniform(seed + 1);
  let image: Float32Array = Float32Array.from({ length: height * width * channels }, () => 0.1 * noise());
  const values: number[] = [];
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    const [dx, dy] = [0, 0].map(() => Math.round((2 * draw() - 1) * jitter)) as [number, number];
    const moved = rolled(image, shape, dx, dy);
    const { value, gradient = new Float32Array(moved.length) } = await climb(moved, true);
    values.push(value);
    onStep?.({ step, value });
    // Each step is as long as the others, however steep the slope.
    const length = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0) / gradient.length) || 1;
    for (let i = 0; i < moved.length; i++) {
      const next = (moved[i] as number) + (rate * (gradient[i] as number)) / length;
      moved[i] = Math.min(Math.max(next, least[i % channels] ?? next), most[i % channels] ?? next);
    }
    image = rolled(moved, shape, -dx, -dy);
    const radius = blur * (1 - step / steps);
    if (radius > 0.2 && step % 4 === 3) image = blurred(image, { width, height, channels, radius });
  }
  values.push((await climb(image, false)).value);
  const data = Uint8Array.from(image, (value, i) =>
    Math.round(255 * Math.min(1, Math.max(0, value * (std[i % channels] ?? 1) + (mean[i % channels] ?? 0)))),
  );
  return { width, height, data, values };
}

/** Moved by whole pixels; what leaves on one side comes in on the other. */
function rolled(
  image: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  dx: number,
  dy: number,
): Float32Array<ArrayBuffer> {
  const moved = new Float32Array(image.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      const to = (((y + dy + height) % height) * width + ((x + dx + width) % width)) * channels;
      for (let c = 0; c < channels; c++) moved[to + c] = image[from + c] as number;
    }
  return moved;
}
