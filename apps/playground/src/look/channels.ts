import type { LayerOutput } from '@resnetjs/explain';
import { sequential } from '@resnetjs/explain/picture';
import type { Pixels } from './looker.ts';

/** What one channel of a layer makes of a photo. */
export interface Channel {
  /** Its number, from 0. */
  readonly channel: number;
  /** From its smallest value, dark, to its largest, light. */
  readonly picture: Pixels;
  /** The mean of its values' sizes. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

const MOST = 24;

/** The channels whose values are largest on the whole, those first. */
export function mostActive(output: LayerOutput | undefined, most = MOST): Channel[] {
  if (!output) return [];
  const [height = 1, width = 1, channels = 1] = output.shape;
  const sums = new Float64Array(channels);
  for (let i = 0; i < output.data.length; i++) {
    const c = i % channels;
    sums[c] = (sums[c] as number) + Math.abs(output.data[i] as number);
  }
  return Array.from(sums, (sum, channel) => ({ channel, mean: sum / (height * width) }))
    .toSorted((a, b) => b.mean - a.mean)
    .slice(0, most)
    .map(({ channel, mean }) => {
      const values = Float32Array.from({ length: height * width }, (_, p) => output.data[p * channels + channel] as number);
      const [min, max] = [Math.min(...values), Math.max(...values)];
      return { channel, mean, min, max, picture: drawn(values, { width, height, min, max }) };
    });
}

function drawn(values: Float32Array, { width, height, min, max }: { width: number; height: number; min: number; max: number }): Pixels {
  const data = new Uint8ClampedArray(4 * values.length).fill(255);
  for (const [p, value] of values.entries()) data.set(sequential(max > min ? (value - min) / (max - min) : 0), 4 * p);
  return { width, height, data };
}
