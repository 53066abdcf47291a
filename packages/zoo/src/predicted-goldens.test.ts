import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict, optimizeForInference } from '@resnetjs/core';
import { formulaWeights, relativeError } from '@resnetjs/testing';
import { beforeAll, expect, test } from 'vitest';
import { predictions, REFERENCES, referenceModel } from './references.testing.ts';

// Winograd's algorithm rounds ten times as much as a plain sum; `goldens.test.ts` is about those.
const TOLERANCE = 5e-5;

beforeAll(async () => {
  await useWasm();
});

test.each(REFERENCES)("as users predict, %s gives the reference's logits, and again", async (file, reference) => {
  const model = referenceModel(file, reference);
  loadStateDict(model, formulaWeights(reference.names));
  const predictor = optimizeForInference(model, [1, 64, 64, 3]);
  const passes = await predictions(predictor, reference);
  expect(relativeError(passes[0] ?? [], reference.eval.logits.flat())).toBeLessThan(TOLERANCE);
  for (const repeated of passes) expect(repeated).toEqual(passes[0]);
  predictor.dispose();
  dispose(model);
});
