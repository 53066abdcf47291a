import { dispose } from '@resnetjs/core';
import { explain, METHODS, type Method } from '@resnetjs/explain';
import { norm } from '@resnetjs/testing/closeness';
import type { ConformanceCase } from '../conformance-case.ts';
import { expectClose } from '../expect.ts';
import { slowInPages } from '../skip-reasons.ts';
import { type TrainingReference, tinyBatch, tinyNet, trainingReferences } from './tiny-nets.ts';

const given = trainingReferences[0] as TrainingReference;

/** float32 through a network and back. */
const CLOSE = 1e-4;

/** The norm of each method's map of the first image, from the WebAssembly backend, whose maps are PyTorch's: see `packages/explain/golden`. */
const NORMS: Readonly<Record<Method, number>> = {
  'grad-cam': 0.03169276,
  'grad-cam++': 1.627637,
  'hires-cam': 0.06958704,
  'layer-cam': 0.08362604,
  'eigen-cam': 2.132503,
  saliency: 0.08065884,
  'input-x-gradient': 0.07176694,
  'smooth-grad': 0.07345446,
  'integrated-gradients': 0.05146934,
  'guided-backprop': 0.1078608,
  'score-cam': 1.811227,
  occlusion: 0.4297393,
  rise: 2.112504,
};

const few = { samples: 3, patch: 4, stride: 4, masks: 8, cells: 4 };

/** Of a layer, and of the pixels: between them they run what the others run. */
const IN_ALL_PAGES: readonly Method[] = ['grad-cam', 'saliency'];

/** Where a network looks, by every method. */
export const explanations: readonly ConformanceCase[] = METHODS.map((method) => ({
  name: `${method}: the same map as on every backend`,
  ...(!IN_ALL_PAGES.includes(method) && { skip: slowInPages }),
  run: async () => {
    const model = tinyNet(given);
    const { images, shape } = tinyBatch(given);
    const size = images.length / shape[0];
    const image = { data: images.slice(0, size), shape: [1, ...shape.slice(1)] };
    const [found] = await explain(model, image, { method, target: 1, layer: 'layer1', ...few });
    expectClose(`norm of the map of ${method}`, [norm(found?.coarse.data ?? [])], [NORMS[method]], CLOSE);
    dispose(model);
  },
}));
