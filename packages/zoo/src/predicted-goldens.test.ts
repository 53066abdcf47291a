import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict, optimizeForInference } from '@resnetjs/core';
import { formulaWeights, relativeError } from '@resnetjs/testing';
import { beforeAll, expect, test, vi } from 'vitest';
import { REFERENCES, referenceImage, referenceModel } from './references.testing.ts';

// Whole networks, at the size that users run.
vi.setConfig({ testTimeout: 60_000 });

// Winograd's algorithm rounds ten times as much as a plain sum; `goldens.test.ts` is about those.
const TOLERANCE = 5e-5;

beforeAll(async () => {
  await useWasm();
});

test.each(REFERENCES)("as users predict, %s gives the reference's logits, and again", async (file, reference) => {
  const model = referenceModel(file, reference);
  loadStateDict(model, formulaWeights(reference.names));
  const predictor = optimizeForInference(model, [1, 64, 64, 3]);
  const x = referenceImage(reference.eval.input);
  const predict = async () => {
    const logits = predictor.forward(x, 'eval');
    const values = await logits.data();
    logits.dispose();
    return values;
  };
  const first = await predict();
  expect(relativeError(first, reference.eval.logits.flat())).toBeLessThan(TOLERANCE);
  expect(await predict()).toEqual(first); // while its pass is recorded
  expect(await predict()).toEqual(first);
  predictor.dispose();
  dispose(model);
  x.dispose();
});
