// Quantizes small networks, filled at random, into the files beside this. Usage, after a build: node golden/make-files.mjs
import { writeFile } from 'node:fs/promises';
import '@tensorflow/tfjs-backend-cpu';
import { concat, conv2d, basicBlock, batchNorm2d, globalAveragePool, initialize, linear, module, parameters, preactivationBasic, relu, uniform } from '@resnetjs/core';
import { quantize, quantizedCheckpoint } from '@resnetjs/quantize';
import { createManifest, encodeCheckpoint } from '@resnetjs/weights';
import { cifarResnet, densenet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';

const net = (parts, forward) => module('net', parts, forward);
const networks = {
  // Option A: shortcuts that are padded with channels of zeros.
  cifar: [() => cifarResnet({ depth: 8, planes: [4, 8, 8], shortcut: 'A', classes: 3 }), 12],
  // Groups, gates in float, shortcuts that average pixels.
  'resnext-se': [
    () => cifarResnet({ depth: 11, block: 'bottleneck', planes: [4, 4, 8], groups: 2, groupWidth: 32, attention: 'se', shortcut: 'D', classes: 3 }),
    11,
  ],
  // Norms of images side by side, and poolings.
  densenet: [() => densenet({ layers: [2, 2], growth: 4, stemChannels: 8, stem: 'imagenet', bottleneck: 2, classes: 3 }), 32],
  // Norms first, sums without a ReLU, a concatenation that convolutions read; the first layer and one in the middle in float.
  mixed: [
    () =>
      net(
        {
          conv1: conv2d(3, 6, { kernel: 3 }),
          block: preactivationBasic({ inChannels: 6, planes: 4, outChannels: 6 }),
          norm: batchNorm2d(6),
          left: basicBlock(6, 6),
          right: conv2d(6, 5, { kernel: 3, dilation: 2, bias: true }),
          join: conv2d(11, 8, { kernel: 1 }),
          fc: linear(8, 3),
        },
        (m, x, mode) => {
          const h = relu(m.norm.forward(m.block.forward(m.conv1.forward(x, mode), mode), mode));
          const both = concat([m.left.forward(h, mode), m.right.forward(h, mode)]);
          return m.fc.forward(globalAveragePool(relu(m.join.forward(both, mode))), mode);
        },
      ),
    9,
    ['first', 'block.conv2'],
  ],
};

await tf.setBackend('cpu');
for (const [name, [build, side, float = []]] of Object.entries(networks)) {
  const model = build();
  initialize(model, { seed: 1 });
  const next = uniform(2);
  for (const [name, parameter] of parameters(model))
    if (parameter.shape.length === 1) parameter.assign(Float32Array.from({ length: parameter.size }, () => next() + (/bias|mean/.test(name) ? -0.5 : 0.5)));
  const images = tf.randomNormal([8, side, side, 3], 0, 1, 'float32', 5);
  const network = await quantize(model, { images: [images], float });
  const { parts } = await encodeCheckpoint(quantizedCheckpoint(network, createManifest({ architecture: name })));
  await writeFile(new URL(`${name}.safetensors`, import.meta.url), Buffer.concat(parts));
  console.log(`${name}:`, network.report.map(({ name, computedIn, signalToNoiseDb }) => `${name} ${computedIn} ${signalToNoiseDb.toFixed(1)}`).join(', '));
}
