import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import type { Batch } from './batch.ts';
import { cutmix, labelSmoothing, mixup } from './soft-labels.ts';

/** Three 4x4 images whose pixels all have the image's number. */
const batch: Batch = {
  images: Float32Array.from({ length: 3 * 48 }, (_, i) => Math.floor(i / 48)),
  shape: [3, 4, 4, 3],
  labels: Int32Array.from([0, 1, 2]),
  indices: Int32Array.from([0, 1, 2]),
  epoch: 0,
};

test('label smoothing takes from the label and gives to every class', () => {
  expect([...labelSmoothing(Int32Array.from([1]), 4)]).toEqual([0, 1, 0, 0]);
  const soft = labelSmoothing(Int32Array.from([1]), 4, 0.1); // as torch.nn.CrossEntropyLoss(label_smoothing=0.1) has it
  expect([...soft].map((share) => Math.round(share * 1000))).toEqual([25, 925, 25, 25]);
  expect(() => labelSmoothing(Int32Array.from([4]), 4)).toThrow(/label 4 of sample 0 is beyond the 4 classes/);
});

test('mixup blends images and labels in one share', () => {
  const { images, labels } = mixup(batch, { classes: 3, random: createRandom(1) });
  const share = labels[0] as number;
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(1);
  expect(images[0]).toBeCloseTo((1 - share) * 2, 5);
  expect(images[48]).toBeCloseTo(share, 5);
  expect([...labels.subarray(3, 6)].map((value) => value.toFixed(5))).toEqual([(1 - share).toFixed(5), share.toFixed(5), '0.00000']);
  expect(() => mixup({ ...batch, images: new Uint8Array(144) }, { classes: 3, random: createRandom(1) })).toThrow(/normalization first/);
});

test('cutmix takes as much of the label as of the area', () => {
  for (let seed = 0; seed < 50; seed++) {
    const { images, labels } = cutmix(batch, { classes: 3, random: createRandom(seed) });
    for (let n = 0; n < 3; n++) {
      const own = images.subarray(n * 48, (n + 1) * 48);
      expect(own.filter((value) => value === n).length / 48).toBeCloseTo(labels[n * 3 + n] as number, 5);
    }
  }
});
