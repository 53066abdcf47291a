import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict, parameters, stateDict } from '@resnetjs/core';
import { batches, spriteFolder } from '@resnetjs/data';
import { formulaWeights, golden, norm } from '@resnetjs/testing';
import { sgd, trainStep } from '@resnetjs/train';
import { describe, expect, test } from 'vitest';
import { createModel } from './index.ts';

const cifar = `${process.env.RESNETJS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url))}/data/cifar10`;
const absent = !existsSync(cifar);
const BATCH = 64;
// A loss may be this many times as far from float64's as PyTorch's float32 has been in any step up to it: rounding adds up, in a plain
// network, whose first gradients are large, most of all.
const FACTOR = 10;
const FLOOR = 2e-6;

describe.each([true, false])(`ten steps on CIFAR-10${absent ? ' (its sprites are not in shared/)' : ''}, Winograd %s`, (winograd) => {
  test.skipIf(absent).each(['resnet20_cifar', 'plain20_cifar'])(
    "%s follows PyTorch's losses and ends as far from the start",
    async (name) => {
      const { names, ten_sgd_steps: expected } = golden(name);
      if (!expected) throw new Error(`The golden of ${name} has no steps.`);
      const backend = await useWasm({ winograd });
      const model = createModel(name);
      loadStateDict(model, formulaWeights(names));
      const optimizer = sgd(model, { momentum: 0.9, weightDecay: 1e-4 });
      const [mean, std] = [expected.mean, expected.std] as [never, never];
      const losses: number[] = [];
      for await (const batch of batches(await spriteFolder(cifar, 'train'), { batchSize: BATCH, normalization: { mean, std } })) {
        losses.push((await trainStep(model, batch, { optimizer, learningRate: 0.01 })).loss);
        if (losses.length === expected.losses.length) break;
      }
      let allowed = FLOOR;
      for (const [i, loss] of expected.losses.entries()) {
        allowed = Math.max(allowed, FACTOR * Math.abs((expected.f32_losses[i] as number) - loss));
        expect(Math.abs((losses[i] as number) - loss), `loss of step ${i + 1}`).toBeLessThan(allowed);
      }
      const trained = [...parameters(model)].filter(([, { trainable }]) => trainable).map(([key]) => key);
      const dict = await stateDict(model);
      const length = Math.hypot(...trained.map((key) => norm(dict.get(key)?.data ?? [])));
      const lengthError = Math.abs(expected.f32_final_parameter_norm - expected.final_parameter_norm);
      expect(Math.abs(length - expected.final_parameter_norm)).toBeLessThan(Math.max(FLOOR * length, FACTOR * lengthError));
      optimizer.dispose();
      dispose(model);
      backend.dispose();
    },
  );
});
