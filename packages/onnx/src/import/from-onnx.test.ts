import { useWasm } from '@resnetjs/backend-wasm';
import {
  batchNorm2d,
  bottleneck,
  conv2d,
  dispose,
  globalAveragePool,
  groupNorm,
  linear,
  loadStateDict,
  type Module,
  maxPool2d,
  module,
  parameters,
  type StateDict,
  zeroPad,
} from '@resnetjs/core';
import { formulaInput, relativeError } from '@resnetjs/testing';
import { cifarResnet, createModel, densenet, highwayNet, resnet, resnetV2 } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { toOnnx } from '../export/to-onnx.ts';
import { withFormulaWeights } from '../parity/formula-network.testing.ts';
import { wholeFile } from '../parity/runtimes.testing.ts';
import { fromOnnx } from './from-onnx.ts';

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

const layers = [1, 1, 1, 1] as const;
const networks: Readonly<Record<string, () => Module>> = {
  'a CIFAR ResNet with padded shortcuts': () => cifarResnet({ depth: 8 }),
  'a deep stem, averages and squeeze and excitation': () =>
    resnet({ block: 'basic', layers, stem: 'deep', shortcut: 'D', attention: 'se', classes: 7 }),
  'efficient channel attention and SiLU': () => resnet({ block: 'basic', layers, attention: 'eca', activation: 'silu' }),
  'a pre-activation ResNet whose head is a convolution': () => resnetV2({ block: 'basic', layers }),
  'a DenseNet': () => densenet({ layers: [2, 2], growth: 4, stemChannels: 8, stem: 'cifar', classes: 10 }),
};

const image = formulaInput([1, 3, 32, 32]);
const logitsOf = (model: Module): Float32Array =>
  tf.tidy(() => model.forward(tf.tensor4d(image.data, image.shape), 'eval').dataSync() as Float32Array);
/** To the bit; a matcher would take seconds for millions of numbers. */
const isSame = (a: Float32Array | undefined, b: Float32Array): boolean =>
  a?.length === b.length && a.every((value, i) => Object.is(value, b[i]));
/** The same network without values: what the weights are read for. */
const inputShape = [1, 32, 32, 3];

describe.each(Object.entries(networks))('%s', (_, build) => {
  test('comes back as it was, or with its norms folded and the same logits', async () => {
    const model = withFormulaWeights(build());
    const expected = logitsOf(model);
    const back = build();
    const kept = await fromOnnx(wholeFile(await toOnnx(model, inputShape, { folded: false })), back, inputShape);
    for (const [name, parameter] of parameters(model))
      expect(isSame(kept.stateDict.get(name)?.data, await parameter.read()), name).toBe(true);
    const folded = await fromOnnx(wholeFile(await toOnnx(model, inputShape)), back, inputShape);
    expect(folded.notes.join()).toMatch(/^\d+ batch norms are folded/);
    loadStateDict(back, folded.stateDict);
    expect(relativeError(logitsOf(back), expected)).toBeLessThan(2e-6); // folding rounds each filter once more
    dispose(model);
    dispose(back);
  });
});

/** A stem as Big Transfer's, by either norm, and a head. */
const stemBy = (norm: () => Module) => () =>
  module('stem', { conv: conv2d(3, 8, { kernel: 3, standardize: 1e-8 }), norm: norm(), fc: linear(8, 5) }, (m, x, mode) => {
    const padded = zeroPad(m.conv.forward(x, mode), 1);
    return m.fc.forward(globalAveragePool(m.norm.forward(maxPool2d({ kernel: 3, stride: 2 })(padded), mode)), mode);
  });
const bit = stemBy(() => groupNorm(8, { groups: 4 }));
const blurred = () =>
  module('blurred', { block: bottleneck(3, 4, { stride: 2, antiAlias: 'blur' }), fc: linear(16, 5) }, (m, x, mode) =>
    m.fc.forward(globalAveragePool(m.block.forward(x, mode)), mode),
  );

test('group norms, standardized filters, blurs and padded pools come back as they were', async () => {
  for (const build of [bit, blurred]) {
    const model = withFormulaWeights(build());
    const { stateDict, compared } = await fromOnnx(wholeFile(await toOnnx(model, inputShape, { folded: false })), build(), inputShape);
    expect(compared).toBe(true);
    for (const [name, parameter] of parameters(model)) expect(isSame(stateDict.get(name)?.data, await parameter.read()), name).toBe(true);
    dispose(model);
  }
});

test('a network is not taken for one of other norms, whatever the names', async () => {
  const model = withFormulaWeights(stemBy(() => batchNorm2d(8))());
  const file = wholeFile(await toOnnx(model, inputShape, { folded: false }));
  await expect(fromOnnx(file, bit(), inputShape)).rejects.toThrow(
    /norm \(groupNorm\): the file has BatchNormalization .* where a norm of 8 channels in 4 groups is expected/,
  );
  dispose(model);
});

test('a blur by other numbers is refused', async () => {
  const model = withFormulaWeights(blurred());
  const file = Buffer.from(wholeFile(await toOnnx(model, inputShape, { folded: false })));
  const taps = file.indexOf(Buffer.from(Float32Array.of(1 / 16, 1 / 8, 1 / 16, 1 / 8, 1 / 4).buffer));
  file.writeFloatLE(0.5, taps);
  await expect(fromOnnx(new Uint8Array(file), blurred(), inputShape)).rejects.toThrow(/"blur_\d+" has 0\.5 at 0 where 0\.0625 is expected/);
  dispose(model);
});

test('a norm that is given back is the identity, to the bit', async () => {
  const model = withFormulaWeights(cifarResnet({ depth: 8 }));
  const { stateDict } = await fromOnnx(wholeFile(await toOnnx(model, inputShape)), cifarResnet({ depth: 8 }), inputShape);
  const [scale, variance] = ['bn1.weight', 'bn1.running_var'].map((name) => (stateDict as StateDict).get(name)?.data[0] as number);
  expect(scale).toBe(1);
  expect(Math.fround((variance as number) + Math.fround(1e-5))).toBe(1);
  dispose(model);
});

test('what cannot be compared is told by its names, with a note; folded, it is refused', async () => {
  const build = () => highwayNet({ layers: [[8, 8], [8], [8]] });
  const model = withFormulaWeights(build());
  const { stateDict, notes } = await fromOnnx(wholeFile(await toOnnx(model, inputShape)), build(), inputShape);
  expect(stateDict.size).toBe(parameters(model).size);
  expect(notes.join()).toContain('told by their names alone');
  dispose(model);
});

test.each([
  ['another depth', 'resnet32_cifar', /its graph is not that of the network\. layer3\.\d\.conv\d \(conv2d\)/],
  ['a plain network', 'plain20_cifar', /its graph is not that of the network\. layer3\.2 \(relu\): .* where a Relu is expected|layer3\.2/],
  ['other shapes', 'resnext29_8x64d_cifar', /Gemm "fc\/Gemm" is by \[10,64\] where a linear layer of \[10,1024\] is expected/],
])('the weights are not taken for %s', async (_, name, message) => {
  const model = withFormulaWeights(createModel('resnet20_cifar'));
  await expect(fromOnnx(wholeFile(await toOnnx(model, inputShape)), createModel(name), inputShape)).rejects.toThrow(message);
  dispose(model);
});

test('a stride in another place is told, though all names and shapes are the same', async () => {
  const options = { block: 'bottleneck', layers, stem: '7x7' } as const;
  const model = withFormulaWeights(resnet({ ...options, strideIn: '1x1' }));
  const file = wholeFile(await toOnnx(model, [1, 32, 32, 3], { folded: false }));
  await expect(fromOnnx(file, resnet({ ...options, strideIn: '3x3' }), inputShape)).rejects.toThrow(
    /layer4\.0\.conv2 \(conv2d\): Conv "layer4\.0\.conv2\/Conv" has strides \[1,1\] instead of \[2,2\]/,
  );
  dispose(model);
});
