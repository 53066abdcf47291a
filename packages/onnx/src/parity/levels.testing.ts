import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type QuantizedPlan, quantizedPredictor, type Value, type ValueId } from '@resnetjs/quantize';
import * as tf from '@tensorflow/tfjs-core';
import type * as native from 'onnxruntime-node';
import { GraphBuilder } from '../export/graph-builder.ts';
import { toOnnx, valueInfo } from '../export/to-onnx.ts';
import { writePlan } from '../export/write-plan.ts';
import { type GraphProto, ModelProtoSchema, TensorProto_DataType } from '../schema/onnx-ml_pb.js';
import { type RuntimeName, runtimeOf, type SessionKind, sessionOptions, wholeFile } from './runtimes.testing.ts';

/** How the 8-bit numbers of a plan's values differ in a runtime from ours. */
export interface Differences {
  /** Numbers that were compared: all 8-bit values of the plan. */
  readonly numbers: number;
  readonly different: number;
  /** The largest difference. */
  readonly levels: number;
  /** Values of which a number differs, with what made them. */
  readonly where: readonly string[];
}

export interface LevelOptions {
  readonly runtime: RuntimeName;
  readonly kind?: SessionKind;
  /** Gives each step our own numbers, so that what differs is what this step rounded otherwise; else what a step makes goes into the next. */
  readonly eachByItself: boolean;
}

/** What a plan makes of images: its values of 8 bits by their numbers, in NCHW, as bytes without a sign, and its logits. */
export interface OurLevels {
  readonly integers: ReadonlyMap<ValueId, Uint8Array>;
  readonly logits: Float32Array;
  readonly images: tf.Tensor4D;
}

/** Every value of 8 bits that a plan makes, each as the output of a plan that ends there. */
export function ourLevels(plan: QuantizedPlan, images: tf.Tensor4D): OurLevels {
  const integers = new Map<ValueId, Uint8Array>();
  const logits = run(plan, images);
  for (const [i, { output }] of plan.steps.entries()) {
    const value = plan.values[output] as Value;
    if (value.type === 'f32') continue;
    const end = plan.values.length;
    const cut: QuantizedPlan = {
      ...plan,
      values: [...plan.values, { shape: value.shape, type: 'f32', scale: 1 }],
      steps: [...plan.steps.slice(0, i + 1), { kind: 'dequantize', input: output, output: end }],
      output: end,
    };
    const zero = value.type === 'u8' ? 0 : 128;
    integers.set(
      output,
      Uint8Array.from(run(cut, images), (x) => Math.round(x / value.scale) + zero),
    );
  }
  return { integers, logits, images };
}

/** In NCHW. */
function run(plan: QuantizedPlan, images: tf.Tensor4D): Float32Array {
  const predictor = quantizedPredictor(plan, 'plan');
  const data = tf.tidy(() => {
    const y = predictor.forward(images, 'eval');
    return (y.rank === 4 ? tf.transpose(y, [0, 3, 1, 2]) : y).dataSync() as Float32Array;
  });
  predictor.dispose();
  return data;
}

/** Runs a plan's file with all its values of 8 bits as outputs and compares them. */
export async function compareLevels(
  plan: QuantizedPlan,
  { integers, images }: OurLevels,
  { runtime, kind = 'usual', eachByItself }: LevelOptions,
): Promise<Differences> {
  const [n, h, w, c] = images.shape;
  const names = writePlan(new GraphBuilder(17, 'float32', ['input', 'logits']), plan, 'input').values;
  const file = fromBinary(ModelProtoSchema, wholeFile(await toOnnx({ kind: 'plan', plan }, images.shape)));
  const graph = file.graph as GraphProto;
  const { InferenceSession, Tensor } = runtimeOf(runtime);
  const feeds = new Map<string, native.Tensor>([
    [
      'input',
      new Tensor(
        'float32',
        tf.tidy(() => tf.transpose(images, [0, 3, 1, 2]).dataSync() as Float32Array),
        [n, c, h, w],
      ),
    ],
  ]);
  for (const [id, data] of integers) {
    const name = names.get(id) as string;
    const { shape } = plan.values[id] as Value;
    const dims = shape.length === 3 ? [n, shape[2] as number, shape[0] as number, shape[1] as number] : [n, ...shape];
    const info = (as: string) => valueInfo(as, TensorProto_DataType.UINT8, dims);
    graph.output.push(info(name));
    const readers = graph.node.filter((node) => node.input.includes(name));
    if (!eachByItself || readers.length === 0) continue;
    for (const node of readers) node.input = node.input.map((input) => (input === name ? `our ${name}` : input));
    graph.input.push(info(`our ${name}`));
    feeds.set(`our ${name}`, new Tensor('uint8', data, dims));
  }
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, create(ModelProtoSchema, file)), sessionOptions(kind));
  const results = await session.run(Object.fromEntries(feeds));
  let [numbers, different, levels] = [0, 0, 0];
  const where: string[] = [];
  for (const [id, ours] of integers) {
    const theirs = results[names.get(id) as string]?.data as Uint8Array;
    let here = 0;
    for (const [i, number] of ours.entries()) {
      const distance = Math.abs(number - (theirs[i] as number));
      if (distance > 0) here++;
      levels = Math.max(levels, distance);
    }
    numbers += ours.length;
    different += here;
    if (here > 0) where.push(`${names.get(id)} ${here}/${ours.length}`);
  }
  await session.release();
  return { numbers, different, levels, where };
}
