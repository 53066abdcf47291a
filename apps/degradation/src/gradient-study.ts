import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, type Module } from '@resnetjs/core';
import { type Batch, batches, cifar10Colours, type Dataset, imageFolder } from '@resnetjs/data';
import { sgd, trainStep } from '@resnetjs/train';
import { lineChart } from '@resnetjs/train/report';
import { createModel } from '@resnetjs/zoo';
import { densenet } from '@resnetjs/zoo/densenet';
import * as tf from '@tensorflow/tfjs-core';
import type { Terminal } from 'resnetjs';
import { type LayerGradient, layerGradients } from './layer-gradients.ts';

export interface GradientStudyOptions {
  readonly steps: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  readonly threads?: number;
  /** Where `gradients.csv` and `gradients.svg` go. */
  readonly out: string;
}

/** As deep as each other but for one layer: a dense network has 3n + 4. */
const NETWORKS: Readonly<Record<string, (classes: number) => Module>> = {
  plain: (classes) => createModel('plain32_cifar', { classes }),
  residual: (classes) => createModel('resnet32_cifar', { classes }),
  highway: (classes) => createModel('highway32_cifar', { classes }),
  dense: (classes) => densenet({ layers: [9, 9, 9], growth: 12, stemChannels: 16, stem: 'cifar', bottleneck: 0, compression: 1, classes }),
};

interface Measured {
  readonly network: string;
  readonly step: number;
  readonly layers: readonly LayerGradient[];
}

/** Trains the four networks on the same batches and measures each layer's gradient before the first step and after the last. */
export async function gradientStudy(folder: string, options: GradientStudyOptions, { stdout }: Pick<Terminal, 'stdout'>): Promise<void> {
  const { out, threads } = options;
  await useWasm(threads === undefined ? {} : { threads });
  await mkdir(out, { recursive: true });
  const train = join(folder, 'train');
  const dataset = await imageFolder(existsSync(train) ? train : folder);
  const measured: Measured[] = [];
  for (const [network, create] of Object.entries(NETWORKS)) {
    const model = create(dataset.classes?.length ?? 0);
    try {
      initialize(model, { seed: options.seed });
      measured.push(...(await measure({ network, model, dataset }, options)));
    } finally {
      dispose(model);
    }
    await writeFile(join(out, 'gradients.csv'), table(measured));
    await writeFile(join(out, 'gradients.svg'), picture(measured));
    stdout.write(`${network}: ${summary(measured.slice(-2))}\n`);
  }
  stdout.write(`${join(out, 'gradients.svg')}\n`);
}

async function measure(
  { network, model, dataset }: { network: string; model: Module; dataset: Dataset },
  { steps, batchSize, lr, seed }: GradientStudyOptions,
): Promise<Measured[]> {
  const optimizer = sgd(model, { momentum: 0.9, weightDecay: 1e-4 });
  const epochs = Math.ceil((steps * batchSize) / Math.max(1, dataset.length - batchSize)) + 1;
  const run = batches(dataset, { batchSize, shuffle: true, seed, epochs, dropLast: true, normalization: cifar10Colours });
  const found: Measured[] = [];
  let step = 0;
  try {
    for await (const batch of run) {
      // All are measured on what follows training, which none of them has seen: their first batch, and the one after the last step.
      if (step === 0 || step === steps) found.push({ network, step, layers: await gradientsOf(model, batch) });
      if (step++ === steps) break;
      await trainStep(model, batch, { optimizer, learningRate: lr });
    }
  } finally {
    optimizer.dispose();
  }
  return found;
}

async function gradientsOf(model: Module, { images, shape, labels }: Batch): Promise<LayerGradient[]> {
  const x = tf.tensor4d(images as Float32Array, shape as [number, number, number, number]);
  try {
    return await layerGradients(model, x, labels as Int32Array);
  } finally {
    x.dispose();
  }
}

const table = (measured: readonly Measured[]): string =>
  [
    'network,step,layer,parameter,gradient_norm',
    ...measured.flatMap(({ network, step, layers }) =>
      layers.map(({ layer, name, norm }) => [network, step, layer, name, norm.toExponential(4)].join(',')),
    ),
  ]
    .map((line) => `${line}\n`)
    .join('');

const picture = (measured: readonly Measured[]): string => {
  const networks = Object.keys(NETWORKS);
  return lineChart(
    measured.map(({ network, step, layers }) => ({
      name: step === 0 ? `${network}, at first` : `${network}, after ${step} steps`,
      group: networks.indexOf(network),
      dashed: step === 0,
      points: layers.map(({ layer, norm }) => [layer, norm] as const),
    })),
    { title: "Length of each layer's gradient", x: 'layer, from the image', y: 'gradient', logY: true, width: 760, height: 460 },
  );
};

/** How much longer the first layer's gradient is than that of the last convolution. */
const summary = (measured: readonly Measured[]): string =>
  measured
    .map(({ step, layers }) => {
      const ratio = (layers[0]?.norm ?? Number.NaN) / (layers.at(-2)?.norm ?? Number.NaN);
      return `${step === 0 ? 'at first' : `after ${step} steps`} the first layer's gradient is ${ratio.toPrecision(3)} times as long as the last convolution's`;
    })
    .join(', ');
