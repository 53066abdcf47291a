import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { ckaTally } from './cka.ts';
import { gram } from './similarity.ts';

interface Golden {
  /** By batch and layer, `[images][features]`. */
  readonly batches: readonly (readonly (readonly (readonly number[])[])[])[];
  readonly cka: readonly (readonly number[])[];
}

const golden = JSON.parse(readFileSync(new URL('../../golden/cka.json', import.meta.url), 'utf8')) as Golden;

test("linear CKA over minibatches is numpy's, by the sum over all quadruples of images", () => {
  const tally = ckaTally(3);
  for (const layers of golden.batches)
    tally.add(
      layers.map((features) => tf.tidy(() => gram(tf.tensor2d(features as number[][])).dataSync() as Float32Array)),
      layers[0]?.length as number,
    );
  const found = tally.total();
  for (const [i, row] of golden.cka.entries())
    for (const [j, value] of row.entries()) expect(found[i]?.[j], `${i},${j}`).toBeCloseTo(value, 5);
});

test('a layer is all like itself, turned or scaled', () => {
  const tally = ckaTally(2);
  tf.tidy(() => {
    const features = tf.randomNormal([8, 3], 0, 1, 'float32', 4);
    const turned = tf.matMul(features, tf.tensor2d([0, 0, 5, 5, 0, 0, 0, 5, 0], [3, 3]));
    tally.add([gram(features).dataSync() as Float32Array, gram(turned).dataSync() as Float32Array], 8);
  });
  for (const value of tally.total().flat()) expect(value).toBeCloseTo(1, 5);
});
