import { loadSample, type Sample, type SampleSource } from '../datasets/dataset.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import type { DecodeOptions } from '../decode-image.ts';
import { DecoderError } from '../image-error.ts';
import { type Normalization, normalize } from '../normalize.ts';
import { createRandom } from '../random.ts';
import type { RgbImage } from '../rgb-image.ts';
import type { Transform } from '../transforms/transform.ts';

/** What is done to every sample. */
export interface BatchRecipe {
  readonly seed: number;
  readonly augment?: Transform | undefined;
  /** Absent: bytes are kept. */
  readonly normalization?: Normalization | undefined;
  readonly decode?: DecodeOptions | undefined;
  /** Leave broken samples out instead of failing. */
  readonly skipBroken: boolean;
}

/** A batch to prepare. */
export interface BatchRequest {
  readonly epoch: number;
  /** Where its first sample stands in the epoch: with seed and epoch it decides the luck of each sample. */
  readonly position: number;
  readonly sources: readonly SampleSource[];
}

/** A prepared batch; `kept` are the positions in the request that are in it. */
export interface PreparedBatch {
  readonly images: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  readonly shape: [number, number, number, 3];
  readonly labels: Int32Array<ArrayBuffer>;
  readonly kept: Int32Array<ArrayBuffer>;
  readonly broken: readonly { readonly at: number; readonly error: Error }[];
}

// Decoded photos that wait for their transform; it bounds memory, and keeps the decoder's threads busy.
const DECODES_AT_ONCE = 4;

/** Reads, decodes, augments and normalizes the samples of one batch. The result does not depend on who prepares it. */
export async function prepareBatch({ epoch, position, sources }: BatchRequest, recipe: BatchRecipe): Promise<PreparedBatch> {
  const { seed, augment, normalization, decode, skipBroken } = recipe;
  const pictures: (RgbImage | undefined)[] = new Array(sources.length);
  const broken: { at: number; error: Error }[] = [];
  let next = 0;
  const work = async () => {
    while (next < sources.length) {
      const at = next++;
      try {
        const sample: Sample = await loadSample(sources[at] as SampleSource, decode);
        pictures[at] = augment ? augment(sample.image, createRandom(seed, epoch, position + at)) : sample.image;
      } catch (error) {
        // Without its decoder every picture would pass for a broken one.
        if (!skipBroken || error instanceof DecoderError) {
          next = sources.length;
          throw error;
        }
        broken.push({ at, error: error as Error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(DECODES_AT_ONCE, sources.length) }, work));

  const kept = Int32Array.from(sources.keys()).filter((at) => pictures[at]);
  const size = sizeOf(pictures, sources);
  const length = size.width * size.height * 3;
  const images = normalization ? new Float32Array(kept.length * length) : new Uint8Array(kept.length * length);
  kept.forEach((at, n) => {
    const picture = pictures[at] as RgbImage;
    const place = images.subarray(n * length, (n + 1) * length);
    if (normalization) normalize(picture, normalization, place as Float32Array);
    else place.set(picture.data);
  });
  const labels = kept.map((at) => (sources[at] as SampleSource).label);
  return { images, shape: [kept.length, size.height, size.width, 3], labels, kept, broken: broken.sort((a, b) => a.at - b.at) };
}

/** The one size of all pictures. @throws DatasetError naming two that differ. */
function sizeOf(pictures: readonly (RgbImage | undefined)[], sources: readonly SampleSource[]): { width: number; height: number } {
  const first = pictures.findIndex(Boolean);
  const { width = 0, height = 0 } = pictures[first] ?? {};
  const other = pictures.findIndex((picture) => picture && (picture.width !== width || picture.height !== height));
  if (other >= 0) {
    const describe = (at: number) => `${sources[at]?.path ?? `sample ${at}`} is ${pictures[at]?.width}x${pictures[at]?.height}`;
    throw new DatasetError(
      `a batch needs images of one size, but ${describe(first)} and ${describe(other)}. Let augment crop or resize them.`,
    );
  }
  return { width, height };
}
