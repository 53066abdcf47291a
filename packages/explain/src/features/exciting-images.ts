import { ExplainError } from '../explain-error.ts';
import { type Explained, explainable, type PreparedImages } from '../explainable.ts';
import { namedLayer } from '../pass/layer.ts';
import { writtenPass } from '../pass/written-pass.ts';
import { outputsOf } from './feature-maps.ts';

export interface ExcitingOptions {
  /** Dotted name of a module. */
  readonly layer: string;
  /** One of its channels, or several. Default: all. */
  readonly channels?: readonly number[] | undefined;
  /** So many images of each. Default 9. */
  readonly count?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An image that excites a channel, and where. */
export interface ExcitingImage {
  /** Its place among all the images that were shown, from 0. */
  readonly index: number;
  /** The channel's largest value. */
  readonly value: number;
  /** Where on the layer's grid that is. */
  readonly row: number;
  readonly column: number;
}

/** The images that excite a channel most. */
export interface ExcitedChannel {
  readonly channel: number;
  /** The most exciting first. */
  readonly images: readonly ExcitingImage[];
}

/**
 * Which of many images excite each channel of a layer most: what it has learned to see.
 *
 * @param batches prepared images, all of one size; as they come, so that a whole training set can be shown
 */
export async function excitingImages(
  network: Explained,
  batches: AsyncIterable<PreparedImages> | Iterable<PreparedImages>,
  { layer, channels, count = 9, signal }: ExcitingOptions,
): Promise<ExcitedChannel[]> {
  const { model } = explainable(network);
  const best = new Map<number, ExcitingImage[]>();
  let shown = 0;
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const pass = writtenPass(model, [1, ...batch.shape.slice(1)]);
    const { node } = namedLayer(pass, layer);
    const [, height, width, depth] = node.shape.length === 4 ? node.shape : [1, 1, 1, node.shape.at(-1)];
    const all = depth as number;
    for (const channel of channels ?? [])
      if (!Number.isInteger(channel) || channel < 0 || channel >= all)
        throw new ExplainError(`channel ${channel}: layer '${layer}' has ${all}, 0 to ${all - 1}.`);
    const [output] = outputsOf(pass, batch, [layer]);
    const values = (await output?.data()) as Float32Array;
    output?.dispose();
    const [images = 0] = batch.shape;
    const pixels = (height as number) * (width as number);
    for (const channel of channels ?? Array.from({ length: all }, (_, i) => i)) {
      const list = best.get(channel) ?? [];
      for (let i = 0; i < images; i++) {
        let [value, at] = [Number.NEGATIVE_INFINITY, 0];
        for (let p = 0; p < pixels; p++) {
          const one = values[(i * pixels + p) * all + channel] as number;
          if (one > value) [value, at] = [one, p];
        }
        if (list.length === count && value <= (list.at(-1) as ExcitingImage).value) continue;
        const place = list.findIndex((other) => other.value < value);
        list.splice(place < 0 ? list.length : place, 0, {
          index: shown + i,
          value,
          row: Math.floor(at / (width as number)),
          column: at % (width as number),
        });
        list.length = Math.min(list.length, count);
      }
      best.set(channel, list);
    }
    shown += images;
  }
  return [...best].map(([channel, images]) => ({ channel, images }));
}
