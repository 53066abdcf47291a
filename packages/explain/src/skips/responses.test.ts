import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, type Module, namedModules, relu } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import { densenet, highwayNet, resnet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { dissect } from './dissect.ts';
import { measureGradientNorms } from './gradient-norms.ts';
import { measureResponses } from './responses.ts';
import { measureSimilarity } from './similarity.ts';
import { smallImages, smallNetwork } from './small-network.testing.ts';

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

/** Standard deviation and root mean square of all values. */
function spreadOf(values: readonly tf.Tensor[]): { deviation: number; size: number } {
  const all = values.flatMap((value) => [...value.dataSync()]);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const square = (of: (value: number) => number) => Math.sqrt(all.reduce((sum, value) => sum + of(value) ** 2, 0) / all.length);
  return { deviation: square((value) => value - mean), size: square((value) => value) };
}

test('responses are those of the parts, run one by one', async () => {
  const model = smallNetwork();
  const parts = new Map(namedModules(model));
  const run = (name: string, x: tf.Tensor) => (parts.get(name) as Module).forward(x, 'eval');
  const { layers, blocks } = await measureResponses(model, smallImages());
  tf.tidy(() => {
    const stem = smallImages().map(({ images, shape }) => run('bn1', run('conv1', tf.tensor(images, [...shape]))));
    const entering = stem.map(relu);
    const first = entering.map((x) => run('layer1.0.bn1', run('layer1.0.conv1', x)));
    const residual = first.map((h) => run('layer1.0.bn2', run('layer1.0.conv2', relu(h))));
    expect(layers.slice(0, 3).map(({ name }) => name)).toEqual(['conv1', 'layer1.0.conv1', 'layer1.0.conv2']);
    expect(layers).toHaveLength(13);
    for (const [i, values] of [stem, first, residual].entries()) expect(layers[i]?.deviation).toBeCloseTo(spreadOf(values).deviation, 5);
    expect(blocks[0]).toMatchObject({ name: 'layer1.0', shortcut: 'identity' });
    expect(blocks[0]?.residual).toBeCloseTo(spreadOf(residual).size, 5);
    expect(blocks[0]?.carried).toBeCloseTo(spreadOf(entering).size, 5);
    expect(blocks[0]?.carriedDeviation).toBeCloseTo(spreadOf(entering).deviation, 5);
    expect(blocks.map(({ shortcut }) => shortcut)).toEqual(['identity', 'identity', 'padded', 'identity', 'padded', 'identity']);
  });
  dispose(model);
});

test('what a gated layer adds is what it gives beyond its input', async () => {
  const model = highwayNet({ layers: [[4, 4], [4], [4]], classes: 4 });
  initialize(model, { seed: 3 });
  const { blocks } = await measureResponses(model, smallImages());
  tf.tidy(() => {
    const parts = new Map(namedModules(model));
    const run = (name: string, x: tf.Tensor) => (parts.get(name) as Module).forward(x, 'eval');
    const added = smallImages().map(({ images, shape }) => {
      const x = run('conv1', tf.tensor(images, [...shape]));
      return tf.sub(run('layer1.0', x), x);
    });
    expect(blocks[0]?.residual).toBeCloseTo(spreadOf(added).size, 5);
  });
  dispose(model);
});

test("the gradient of the head's weights is (p − y) times the embedding", async () => {
  const model = smallNetwork();
  const [batch] = smallImages([6]) as [ReturnType<typeof smallImages>[number]];
  const norms = await measureGradientNorms(model, [batch]);
  expect(norms.map(({ name }) => name)).toEqual([...(await measureResponses(model, [batch])).layers.map(({ name }) => name), 'fc']);
  expect(norms.every(({ gradient, weights }) => gradient > 0 && weights > 0)).toBe(true);
  tf.tidy(() => {
    const x = tf.tensor(batch.images, [...batch.shape]);
    const embedding = model.embed(model.forwardStages(x, 'eval').at(-1) as tf.Tensor) as tf.Tensor2D;
    const p = tf.softmax(model.forward(x, 'eval') as tf.Tensor2D);
    const difference = tf.sub(p, tf.oneHot([...(batch.labels as number[])], 4)) as tf.Tensor2D;
    const [expected] = tf.norm(tf.div(tf.matMul(embedding, difference, true, false), 6)).dataSync();
    expect(norms.at(-1)?.gradient).toBeCloseTo(expected as number, 5);
  });
  dispose(model);
});

test('each layer is like itself, and a batch of what is left over is passed over', async () => {
  const model = smallNetwork();
  const { layers, matrix } = await measureSimilarity(model, smallImages([6, 6, 2]));
  expect(layers).toEqual(['layer1.0', 'layer1.1', 'layer2.0', 'layer2.1', 'layer3.0', 'layer3.1']);
  for (const [i, row] of matrix.entries()) expect(row[i]).toBeCloseTo(1, 12);
  expect(await measureSimilarity(model, smallImages([6, 6]))).toEqual({ layers, matrix });
  expect((await measureSimilarity(model, smallImages([6]), { layers: ['conv1', 'layer3'] })).layers).toEqual(['conv1', 'layer3']);
  await expect(measureSimilarity(model, smallImages([6]), { layers: ['layer9'] })).rejects.toThrow(/Did you mean layer\d/);
  await expect(measureSimilarity(model, smallImages([3]))).rejects.toThrow('give batches of 4 or more');
  dispose(model);
});

test.each<[string, () => Module, number]>([
  ['residual', () => smallNetwork({ blocks: 1 }), 3],
  ['plain', () => smallNetwork({ shortcut: 'none' }), 6],
  [
    'bottlenecks with gates',
    () => resnet({ block: 'bottleneck', layers: [2, 1, 1, 1], classes: 4, attention: 'se', groups: 2, groupWidth: 4 }),
    5,
  ],
])('a dissection of a %s network is plain JSON and leaves nothing behind', async (name, make, count) => {
  const model = make();
  if (name.startsWith('bottle')) initialize(model, { seed: 1 });
  const seen: string[] = [];
  const leaked = await leakedTensors(async () => {
    const found = await dissect(model, smallImages(), {
      total: 9,
      repeats: 1,
      samples: 2,
      onProgress: ({ study, done }) => {
        if (done === 1) seen.push(study);
      },
    });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(found.blocks).toHaveLength(count);
    expect(found.paths === undefined).toBe(name === 'plain');
    expect(found.dropped).toHaveLength(name === 'plain' ? 4 : count);
  });
  expect([new Set(seen).size, leaked]).toEqual([name === 'plain' ? 4 : 5, 0]);
  dispose(model);
});

test('of a DenseNet it is said why there is nothing to measure', async () => {
  const model = densenet({ layers: [2], growth: 4, stemChannels: 4, stem: 'cifar', classes: 4 });
  initialize(model, { seed: 1 });
  await expect(measureResponses(model, smallImages())).rejects.toThrow(/has no residual blocks/);
  dispose(model);
});
