import { decodeImage, preprocess, type RgbImage } from '@resnetjs/data';
import type { Network } from '@resnetjs/network';
import * as tf from '@tensorflow/tfjs-core';
import { RequestFault } from '../request-fault.ts';
import { fromText } from './image-bytes.ts';
import { readInferRequest } from './infer-request.ts';
import { type OutputTensor, writeInferResponse } from './infer-response.ts';
import type { Durations, Results, Task, TensorFacts } from './protocol.ts';
import { floatsOf, type SentTensor, stringsOf, words } from './tensors.ts';

/** Rows that go through the network at once, as in `Network`'s own batches. */
const BATCH = 16;

/** The two ways to give images, of which a request takes one. */
export const inferInputs = ({ preprocessing: { crop }, hasHead }: Network): TensorFacts[] => [
  { name: 'image', datatype: 'BYTES', shape: [-1] },
  ...(hasHead ? [{ name: 'input', datatype: 'FP32', shape: [-1, crop, crop, 3] } as const] : []),
];

export const inferOutputs = ({ classes, hasHead }: Network, embeddingSize: number): TensorFacts[] =>
  hasHead
    ? ['logits', 'probabilities'].map((name) => ({ name, datatype: 'FP32', shape: [-1, classes] }))
    : [{ name: 'embedding', datatype: 'FP32', shape: [-1, embeddingSize] }];

/** Answers a request of the Open Inference Protocol. @throws RequestFault, or ImageError for what is no image. */
export async function infer(
  network: Network,
  { body, jsonBytes, model }: Extract<Task, { kind: 'infer' }>,
  { maxPixels }: { readonly maxPixels: number },
): Promise<{ readonly value: Results['infer'] } & Durations> {
  const started = performance.now();
  const request = readInferRequest(body, jsonBytes);
  const [input, ...more] = request.inputs;
  if (!input || more.length > 0) throw new RequestFault(400, `expected one input, image or input, but ${request.inputs.length} came.`);
  const known = network.hasHead ? ['logits', 'probabilities'] : ['embedding'];
  for (const { name } of request.outputs ?? [])
    if (!known.includes(name)) throw new RequestFault(400, `there is no output '${name}'; there are ${known.join(', ')}.`);
  const images = input.name === 'image' ? await decoded(input, maxPixels) : undefined;
  const pixels = images ? undefined : prepared(network, input);
  const decodedAt = performance.now();
  const tensors = network.hasHead
    ? await outputsOf(network, pixels ?? preprocess(images as RgbImage[], network.preprocessing))
    : new Map([['embedding', rows(await network.embed(images as RgbImage[]))]]);
  const networkMs = performance.now() - decodedAt;
  return { value: writeInferResponse(request, model, tensors, network.labels), decodeMs: decodedAt - started, networkMs };
}

async function decoded(input: SentTensor, maxPixels: number): Promise<RgbImage[]> {
  const { name, datatype, shape } = input;
  if (datatype !== 'BYTES')
    throw new RequestFault(400, `${name}: expected datatype BYTES, each element an image file, but received ${datatype}.`);
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1))
    throw new RequestFault(400, `${name}: expected shape [N] but received ${words(shape)}.`);
  const files = stringsOf(input).map((value, i) => (typeof value === 'string' ? fromText(value, `${name} ${i}`, { bare: true }) : value));
  const images: RgbImage[] = [];
  for (const [i, file] of files.entries()) images.push(await decodeImage(file, { name: `${name} ${i}`, orient: true, maxPixels }));
  return images;
}

function prepared({ preprocessing: { crop }, hasHead }: Network, input: SentTensor): { data: Float32Array; shape: readonly number[] } {
  const { name, datatype, shape } = input;
  if (name !== 'input' || !hasHead)
    throw new RequestFault(400, `there is no input '${name}'; expected image${hasHead ? ', files, or input, prepared pixels' : ''}.`);
  if (datatype !== 'FP32') throw new RequestFault(400, `${name}: expected datatype FP32 but received ${datatype}.`);
  const [, height, width, channels] = shape;
  if (shape.length !== 4 || height !== crop || width !== crop || channels !== 3)
    throw new RequestFault(400, `${name}: expected shape [N,${crop},${crop},3], channels last, but received ${words(shape)}.`);
  return { data: floatsOf(input), shape };
}

async function outputsOf(
  { predictor, classes }: Network,
  { data, shape: [count = 0, ...shape] }: { readonly data: Float32Array; readonly shape: readonly number[] },
): Promise<Map<string, OutputTensor>> {
  const logits = new Float32Array(count * classes);
  const probabilities = new Float32Array(count * classes);
  const length = data.length / count;
  for (let from = 0; from < count; from += BATCH) {
    const to = Math.min(count, from + BATCH);
    const results = tf.tidy(() => {
      const values = predictor.forward(
        tf.tensor(data.subarray(from * length, to * length), [to - from, ...shape], 'float32'),
        'eval',
      ) as tf.Tensor2D;
      return [values, classes === 1 ? tf.sigmoid(values) : tf.softmax(values)] as const;
    });
    try {
      const [a, b] = await Promise.all(results.map((result) => result.data()));
      logits.set(a as Float32Array, from * classes);
      probabilities.set(b as Float32Array, from * classes);
    } finally {
      tf.dispose(results as unknown as tf.Tensor[]);
    }
  }
  const shaped = (values: Float32Array): OutputTensor => ({ shape: [count, classes], data: values });
  return new Map([
    ['logits', shaped(logits)],
    ['probabilities', shaped(probabilities)],
  ]);
}

function rows(vectors: readonly Float32Array[]): OutputTensor {
  const length = vectors[0]?.length ?? 0;
  const data = new Float32Array(vectors.length * length);
  for (const [i, vector] of vectors.entries()) data.set(vector, i * length);
  return { shape: [vectors.length, length], data };
}
