import { type BackendInfo, useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict, stateDict } from '@resnetjs/core';
import { normalize, spriteFolder } from '@resnetjs/data';
import { formulaWeights, golden, norm } from '@resnetjs/testing';
import { notShared, shared } from '@resnetjs/testing/shared';
import { type Batch, sgd, trainStep } from '@resnetjs/train';
import { createModel } from '@resnetjs/zoo';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

// Ten training steps at full precision, beside their reference.
vi.setConfig({ testTimeout: 120_000 });

// CIFAR-10 has no open licence, so its images are not in the repository.
const absent = notShared('data/cifar10');

// Another order of summation drifts from float64 as PyTorch's float32 does, and about as far: over all ten steps within
// a few times its distance. At a single step either may be lucky.
const FACTOR = 3;
const STEP_FACTOR = 10;

// Float32's rounding of a length.
const FLOOR = 2e-6;

describe.skipIf(absent).each([true, false])(
  `ten SGD steps on real images, Winograd %s${absent ? ` (skipped: ${absent})` : ''}`,
  (winograd) => {
    let backend: BackendInfo;
    beforeAll(async () => {
      backend = await useWasm({ winograd });
    });
    afterAll(() => backend.dispose());

    test.each(['resnet20_cifar', 'plain20_cifar'])(
      '%s follows PyTorch',
      async (name) => {
        const { names, ten_sgd_steps: reference } = golden(name);
        if (!reference) throw new Error(`${name}.json has no ten_sgd_steps`);
        const images = await spriteFolder(shared('data/cifar10'), 'train');
        const model = createModel(name);
        loadStateDict(model, formulaWeights(names));
        const optimizer = sgd(model, { momentum: 0.9, weightDecay: 1e-4 });
        const losses: number[] = [];
        for (let step = 0; step < 10; step++) {
          const batch = await rows(images, step * 64, reference);
          losses.push((await trainStep(model, batch, { optimizer, learningRate: 0.01 })).loss);
        }
        const drift = (values: readonly number[]) => values.map((v, i) => v - (reference.losses[i] as number));
        const [own, fair] = [drift(losses), drift(reference.f32_losses).map(Math.abs)];
        expect(norm(own)).toBeLessThan(FACTOR * norm(fair));
        for (const [step, error] of own.entries())
          expect(Math.abs(error), `step ${step}`).toBeLessThan(STEP_FACTOR * Math.max(...fair.slice(0, step + 1)));
        const trained = [...(await stateDict(model))].filter(([key]) => !key.includes('running_'));
        const length = norm(trained.map(([, { data }]) => norm(data)));
        const fairLength = Math.abs(reference.f32_final_parameter_norm - reference.final_parameter_norm);
        expect(Math.abs(length - reference.final_parameter_norm)).toBeLessThan(Math.max(FLOOR * length, STEP_FACTOR * fairLength));
        optimizer.dispose();
        dispose(model);
      },
      300_000,
    );
  },
);

type Images = Awaited<ReturnType<typeof spriteFolder>>;
type Colours = { readonly mean: readonly number[]; readonly std: readonly number[] };

async function rows(images: Images, from: number, { mean, std }: Colours): Promise<Batch> {
  const data = new Float32Array(64 * 32 * 32 * 3);
  const labels: number[] = [];
  for (let i = 0; i < 64; i++) {
    const { image, label } = await images.get(from + i);
    normalize(image, { mean, std } as Parameters<typeof normalize>[1], data.subarray(i * 3072, (i + 1) * 3072));
    labels.push(label);
  }
  return { images: data, shape: [64, 32, 32, 3], labels };
}
