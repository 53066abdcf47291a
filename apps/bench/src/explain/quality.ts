import { normal } from '@resnetjs/core';
import { cifarImagenetColours, type Dataset, preprocess } from '@resnetjs/data';
import {
  deletionInsertion,
  type Explainable,
  type Explanation,
  explain,
  type Method,
  type PreparedImages,
  resample,
} from '@resnetjs/explain';

/** How good a method's maps are, the mean over all images. */
export interface Quality {
  readonly maps: string;
  /** Area below the curve as pixels go: small is good. */
  readonly deletion: number;
  /** Area below the curve as pixels come: large is good. */
  readonly insertion: number;
}

type Map = Pick<Explanation, 'map' | 'width' | 'height'>;

const BATCH = 20;

/** What maps must be better than: they know nothing of the network. */
const BASELINES: Readonly<Record<string, (side: number, image: number) => Float32Array>> = {
  random: (side, image) => {
    const draw = normal(1000 + image);
    return Float32Array.from({ length: side * side }, draw);
  },
  'random blobs': (side, image) => {
    const draw = normal(2000 + image);
    return resample({ width: 8, height: 8, data: Float32Array.from({ length: 64 }, draw) }, side, side).data;
  },
  'centre blob': (side) =>
    Float32Array.from({ length: side * side }, (_, p) => -Math.hypot((p % side) - (side - 1) / 2, Math.floor(p / side) - (side - 1) / 2)),
};

/** Measures methods on the first images of a dataset, each asked about what the network takes it for. */
export async function measureQuality(
  network: Explainable,
  dataset: Dataset,
  { images, methods, onMeasured }: { images: number; methods: readonly Method[]; onMeasured: (quality: Quality) => void },
): Promise<void> {
  const side = cifarImagenetColours.crop;
  const batches: PreparedImages[] = [];
  for (let start = 0; start < images; start += BATCH) {
    const samples = await Promise.all(Array.from({ length: Math.min(BATCH, images - start) }, (_, i) => dataset.get(start + i)));
    batches.push(
      preprocess(
        samples.map(({ image }) => image),
        cifarImagenetColours,
      ),
    );
  }
  const ways: [string, (batch: PreparedImages, start: number) => Promise<readonly Map[]>][] = [
    ...Object.entries(BASELINES).map(([name, of]): (typeof ways)[number] => [
      name,
      async ({ shape }, start) =>
        Array.from({ length: shape[0] as number }, (_, i) => ({ map: of(side, start + i), width: side, height: side })),
    ]),
    ...methods.map((method): (typeof ways)[number] => [method, (batch) => explain(network, batch, { method })]),
  ];
  for (const [maps, mapsOf] of ways) {
    let [deletion, insertion] = [0, 0];
    for (const [i, batch] of batches.entries()) {
      for (const curves of await deletionInsertion(network, batch, await mapsOf(batch, i * BATCH), { batch: 64 })) {
        deletion += curves.deletion.area / images;
        insertion += curves.insertion.area / images;
      }
    }
    onMeasured({ maps, deletion, insertion });
  }
}
