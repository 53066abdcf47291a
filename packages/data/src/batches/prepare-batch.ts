import { loadSample, type Sample, type SampleSource } from '../datasets/dataset.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import type { DecodeOptions } from '../decode-image.ts';
import { DecoderError, ImageError } from '../image-error.ts';
import { type Normalization, normalize } from '../normalize.ts';
import { createRandom } from '../random.ts';
import type { RgbImage } from '../rgb-image.ts';
import type { Transform } from '../transforms/transform.ts';
import type { PostedError } from './worker-message.ts';

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

/** A sample of a batch: where it is, or, of a dataset that only its own thread can ask, what came of asking. */
export type RequestedSample = SampleSource | { readonly failure: PostedError };

/** A batch to prepare. */
export interface BatchRequest {
  readonly epoch: number;
  /** Where its first sample stands in the epoch: with seed and epoch it decides the luck of each sample. */
  readonly position: number;
  readonly samples: readonly RequestedSample[];
}

/** The same, for whoever has the dataset itself: each sample is asked for when its turn comes, so that few pictures wait in memory. */
export interface OwnBatchRequest extends Omit<BatchRequest, 'samples'> {
  readonly samples: readonly (() => SampleSource | Promise<Sample>)[];
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
export async function prepareBatch(
  { epoch, position, samples }: BatchRequest | OwnBatchRequest,
  recipe: BatchRecipe,
): Promise<PreparedBatch> {
  const { seed, augment, normalization, decode, skipBroken } = recipe;
  const pictures: (Sample | undefined)[] = new Array(samples.length);
  const broken: { at: number; error: Error }[] = [];
  const leaveOut = (at: number, error: unknown) => {
    // Without its decoder every picture would pass for a broken one.
    if (!skipBroken || error instanceof DecoderError) throw error;
    broken.push({ at, error: error as Error });
  };
  const prepare = async (at: number) => {
    let sample: Sample;
    try {
      sample = await load(samples[at] as RequestedSample, decode);
    } catch (error) {
      return leaveOut(at, error);
    }
    try {
      pictures[at] = augment ? { ...sample, image: augment(sample.image, createRandom(seed, epoch, position + at)) } : sample;
    } catch (error) {
      // A picture may be too small for a crop; any other error is the transform's own fault, and would be every picture's.
      if (!(error instanceof ImageError || error instanceof DatasetError)) throw error;
      leaveOut(at, error);
    }
  };
  let next = 0;
  const work = async () => {
    while (next < samples.length) await prepare(next++);
  };
  const stop = (error: unknown) => {
    next = samples.length;
    throw error;
  };
  await Promise.all(Array.from({ length: Math.min(DECODES_AT_ONCE, samples.length) }, () => work().catch(stop)));

  const kept = Int32Array.from(samples.keys()).filter((at) => pictures[at]);
  const size = sizeOf(pictures);
  const length = size.width * size.height * 3;
  const images = normalization ? new Float32Array(kept.length * length) : new Uint8Array(kept.length * length);
  kept.forEach((at, n) => {
    const picture = pictures[at]?.image as RgbImage;
    const place = images.subarray(n * length, (n + 1) * length);
    if (normalization) normalize(picture, normalization, place as Float32Array);
    else place.set(picture.data);
  });
  const labels = kept.map((at) => (pictures[at] as Sample).label);
  return { images, shape: [kept.length, size.height, size.width, 3], labels, kept, broken: broken.sort((a, b) => a.at - b.at) };
}

async function load(
  requested: RequestedSample | (() => SampleSource | Promise<Sample>),
  decode: DecodeOptions | undefined,
): Promise<Sample> {
  if ('failure' in requested) throw Object.assign(new Error(requested.failure.message), { name: requested.failure.name });
  return loadSample(typeof requested === 'function' ? await requested() : requested, decode);
}

/** The one size of all pictures. @throws DatasetError naming two that differ. */
function sizeOf(pictures: readonly (Sample | undefined)[]): { width: number; height: number } {
  const first = pictures.findIndex(Boolean);
  const { width = 0, height = 0 } = pictures[first]?.image ?? {};
  const other = pictures.findIndex((picture) => picture && (picture.image.width !== width || picture.image.height !== height));
  if (other >= 0) {
    const describe = (at: number) =>
      `${pictures[at]?.path ?? `sample ${at}`} is ${pictures[at]?.image.width}x${pictures[at]?.image.height}`;
    throw new DatasetError(
      `a batch needs images of one size, but ${describe(first)} and ${describe(other)}. Let augment crop or resize them.`,
    );
  }
  return { width, height };
}
