import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Module, mix32 } from '@resnetjs/core';
import type { Colours } from '@resnetjs/onnx';
import * as tf from '@tensorflow/tfjs-core';

const RUNTIME = 'onnxruntime-node';

/** Of networks in 8 bits: sums of products that do not saturate, on processors that have no instruction for them either. */
const EXACT_PRODUCTS = { extra: { session: { x64quantprecision: '1' } } } as const;

/** What is used of onnxruntime-node, which is not installed with this: those who have it have it in their own project. */
interface Runtime {
  readonly InferenceSession: {
    create(
      path: string,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: object): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
      release(): Promise<void>;
    }>;
  };
  readonly Tensor: new (type: string, data: Float32Array | Uint8Array, shape: readonly number[]) => object;
}

export interface CompareOptions {
  /** `[N,H,W,C]` */
  readonly inputShape: readonly number[];
  /** Of a file that takes bytes. */
  readonly colours?: Colours;
  readonly softmax?: boolean | undefined;
}

/**
 * Runs a file in onnxruntime, where that is installed, on an image of noise.
 *
 * @returns a sentence: how far what came out is from what the model says, or why it was not run.
 */
export async function compareWithRuntime(
  path: string,
  model: Pick<Module, 'forward'>,
  { inputShape, colours, softmax = false }: CompareOptions,
): Promise<string> {
  const runtime = await installedRuntime();
  if (!runtime) return `Not run: ${RUNTIME} is not installed here (npm install ${RUNTIME}).`;
  const [n = 1, h = 1, w = 1, c = 1] = inputShape;
  const bytes = Uint8Array.from({ length: n * h * w * c }, (_, i) => mix32(i) & 255);
  const { mean, std } = colours ?? { mean: Array<number>(c).fill(0.5), std: Array<number>(c).fill(0.25) };
  const { fround } = Math;
  const pixels = Float32Array.from(bytes, (byte, i) =>
    fround(fround(fround(byte / 255) - fround(mean[i % c] as number)) / fround(std[i % c] as number)),
  );
  const [expected, planes] = tf.tidy(() => {
    const x = tf.tensor(pixels, [...inputShape]);
    const logits = model.forward(x, 'eval');
    const planar = inputShape.length === 4 ? tf.transpose(x, [0, 3, 1, 2]) : x;
    return [(softmax ? tf.softmax(logits as tf.Tensor2D) : logits).dataSync(), planar.dataSync()] as [Float32Array, Float32Array];
  });
  const session = await runtime.InferenceSession.create(path, { logSeverityLevel: 3, ...EXACT_PRODUCTS });
  try {
    const input = colours
      ? new runtime.Tensor('uint8', bytes, inputShape)
      : new runtime.Tensor('float32', planes, inputShape.length === 4 ? [n, c, h, w] : inputShape);
    const outputs = await session.run({ [session.inputNames[0] as string]: input });
    const { data } = outputs[session.outputNames[0] as string] as { readonly data: Float32Array };
    let [difference, largest] = [0, 0];
    for (const [i, value] of expected.entries()) {
      const distance = Math.abs(value - (data[i] as number));
      difference = Math.max(difference, distance); // NaN stays
      largest = Math.max(largest, Math.abs(value));
    }
    return `In onnxruntime the largest difference from what is computed here is ${difference.toExponential(1)}, of ${softmax ? 'probabilities' : 'logits'} up to ${largest.toPrecision(3)}.`;
  } finally {
    await session.release();
  }
}

async function installedRuntime(): Promise<Runtime | undefined> {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url])
    try {
      return (await import(pathToFileURL(createRequire(from).resolve(RUNTIME)).href)) as Runtime;
    } catch {
      // not there: look on
    }
  return undefined;
}
