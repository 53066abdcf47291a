import { existsSync, readFileSync } from 'node:fs';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict } from '@resnetjs/core';
import { quantize } from '@resnetjs/quantize';
import { formulaInput } from '@resnetjs/testing';
import { loadCheckpoint } from '@resnetjs/weights';
import { createModel, listModels, modelInfo } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { withFormulaWeights } from './formula-network.testing.ts';
import { compareLevels, ourLevels } from './levels.testing.ts';
import type { RuntimeName, SessionKind } from './runtimes.testing.ts';

const SHIPPED = new URL('../../../../apps/cli/models/resnet20-cifar10.safetensors', import.meta.url);

/** Ways to run a file: two runtimes, and what each does with its graph. */
const RUNS: readonly (readonly [RuntimeName, SessionKind])[] = [
  ['onnxruntime-node', 'usual'],
  ['onnxruntime-node', 'unoptimized'],
  ['onnxruntime-web', 'usual'],
];

/** Quantizes each network on two images, writes it, and prints how many of its 8-bit numbers each runtime makes otherwise. */
export async function levelsMain({ filter, size, verbose }: { filter: string; size?: number; verbose?: boolean }): Promise<void> {
  await useWasm({ threads: 1 });
  console.log(
    '| network | image | runtime | graph | 8-bit numbers | differ, each step given ours | largest | differ, step after step | largest |\n| --- | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |',
  );
  const shipped = filter === 'shipped';
  for (const name of shipped ? ['resnet20_cifar'] : listModels(filter)) {
    const model = createModel(name);
    if (shipped && !existsSync(SHIPPED)) throw new Error(`${SHIPPED.pathname} is not there: build resnetjs first.`);
    if (shipped) loadStateDict(model, (await loadCheckpoint(readFileSync(SHIPPED))).stateDict);
    else withFormulaWeights(model);
    const side = Math.min(size ?? Number.POSITIVE_INFINITY, modelInfo(name).inputSize);
    const { shape, data } = formulaInput([2, 3, side, side]);
    const images = tf.tensor4d(data, shape);
    const network = await quantize(model, { images: [images] });
    dispose(model);
    const ours = ourLevels(network.plan, images);
    for (const [runtime, kind] of RUNS) {
      const [alone, chained] = [
        await compareLevels(network.plan, ours, { runtime, kind, eachByItself: true }),
        await compareLevels(network.plan, ours, { runtime, kind, eachByItself: false }),
      ];
      console.log(
        `| ${name}${shipped ? ' (shipped)' : ''} | ${side} | ${runtime} | ${kind === 'usual' ? 'optimized' : 'as it is written'} | ${alone.numbers} | ${alone.different} | ${alone.levels} | ${chained.different} | ${chained.levels} |`,
      );
      if (verbose) console.log(alone.where.join('\n'));
    }
    network.dispose();
    images.dispose();
  }
}
