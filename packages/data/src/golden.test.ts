import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  centerCrop,
  decodeImage,
  type Interpolation,
  imagenet,
  preprocess,
  type RgbImage,
  resize,
  resizeAndCrop,
  resizedCrop,
} from './index.ts';

type GoldenCase =
  | { op: 'decode'; size: [number, number]; sha256_rgb: string }
  | {
      op: 'resize+center_crop';
      interpolation: Interpolation;
      resize: number;
      resized_size: [number, number];
      crop: number;
      sha256_rgb: string;
      normalized_sum: number;
      normalized_first: number[];
    }
  | {
      op: 'resized_crop';
      'top,left,height,width': [number, number, number, number];
      size: number;
      interpolation: Interpolation;
      sha256_rgb: string;
    };

const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const sha256 = (image: RgbImage) => createHash('sha256').update(image.data).digest('hex');

describe.each(['chelsea', 'rocket'])('%s equals Pillow and torchvision', async (name) => {
  const { photo, cases } = JSON.parse(read(`../golden/${name}.json`).toString()) as { photo: string; cases: GoldenCase[] };
  const image = await decodeImage(read(`../../testing/photos/${photo}`), { name: photo });

  test.each(cases.filter((c) => c.op === 'decode'))('decoded: $size', (golden) => {
    expect([image.width, image.height]).toEqual(golden.size);
    expect(sha256(image)).toBe(golden.sha256_rgb);
  });

  test.each(cases.filter((c) => c.op === 'resize+center_crop'))('$interpolation to $resize, crop $crop', (golden) => {
    const { interpolation } = golden;
    const resized = resize(image, golden.resize, { interpolation });
    expect([resized.width, resized.height]).toEqual(golden.resized_size);
    expect(sha256(centerCrop(resized, golden.crop))).toBe(golden.sha256_rgb);

    const spec = { ...imagenet, resize: golden.resize, crop: golden.crop, interpolation };
    expect(sha256(resizeAndCrop(image, spec))).toBe(golden.sha256_rgb);

    const { data, shape } = preprocess(image, spec);
    expect(shape).toEqual([1, golden.crop, golden.crop, 3]);
    // The golden's values are NCHW and have 7 digits: its first six are red, three floats apart here.
    const first = golden.normalized_first.map((_, i) => Number((data[i * 3] as number).toPrecision(7)));
    expect(first).toEqual(golden.normalized_first);
    // Sums of doubles in another order: they differ by rounding alone.
    expect(data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(golden.normalized_sum, 6);
  });

  test.each(cases.filter((c) => c.op === 'resized_crop'))('resized crop of %o', (golden) => {
    const [top, left, height, width] = golden['top,left,height,width'];
    expect(sha256(resizedCrop(image, { top, left, height, width }, golden.size, golden.interpolation))).toBe(golden.sha256_rgb);
  });
});
