import { writeFileSync } from 'node:fs';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose } from '@resnetjs/core';
import { formulaInput, relativeError } from '@resnetjs/testing';
import { createModel, listModels, modelInfo } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { OPSETS, toOnnx } from '../export/to-onnx.ts';
import { withFormulaWeights } from './formula-network.testing.ts';
import { load, planar, type RuntimeName } from './runtimes.testing.ts';

export interface ParityOptions {
  /** Of the names, `*` for any characters. */
  readonly filter: string;
  /** Side of the images; by default what each network was published for. */
  readonly size?: number | undefined;
  /** Where each file is also written, for other checkers. */
  readonly folder?: string | undefined;
  readonly opset?: number | undefined;
}

const BATCHES = [1, 3];
/** What a page can hold: beyond it onnxruntime-web is not asked. */
const MAX_WEB_BYTES = 1.2e9;

/** Writes each network with formula weights and prints how far its logits in each runtime are from ours, one line a network. */
export async function main({ filter, size, folder, opset = OPSETS.usual }: ParityOptions): Promise<void> {
  await useWasm({ threads: 1 });
  console.log('| network | image | MB | batch | onnxruntime-node | onnxruntime-web |\n| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const name of listModels(filter)) {
    const model = withFormulaWeights(createModel(name));
    const side = Math.min(size ?? Number.POSITIVE_INFINITY, modelInfo(name).inputSize);
    const file = await toOnnx(model, [1, side, side, 3], { dynamicBatch: true, opset, dataFile: `${name}.onnx.data` });
    if (folder) {
      writeFileSync(`${folder}/${name}.onnx`, Buffer.concat(file.parts));
      if (file.data) writeFileSync(`${folder}/${name}.onnx.data`, Buffer.concat(file.data.parts));
    }
    const bytes = file.sizeBytes + (file.data?.sizeBytes ?? 0);
    const errors: Record<string, string[]> = {};
    const given = BATCHES.map((batch) => formulaInput([batch, 3, side, side]));
    const expected = given.map(({ shape, data }) => tf.tidy(() => model.forward(tf.tensor4d(data, shape), 'eval').dataSync()));
    dispose(model);
    for (const runtime of ['onnxruntime-node', 'onnxruntime-web'] satisfies RuntimeName[]) {
      if (runtime === 'onnxruntime-web' && bytes > MAX_WEB_BYTES) {
        errors[runtime] = BATCHES.map(() => 'too large');
        continue;
      }
      const loaded = await load(runtime, file);
      errors[runtime] = [];
      for (const [i, { shape, data }] of given.entries()) {
        const { data: logits } = await loaded.run(planar(data, shape));
        errors[runtime].push(relativeError(logits, expected[i] as Float32Array).toExponential(1));
      }
      await loaded.release();
    }
    for (const [i, batch] of BATCHES.entries())
      console.log(
        `| ${name} | ${side} | ${(bytes / 1e6).toFixed(1)} | ${batch} | ${errors['onnxruntime-node']?.[i]} | ${errors['onnxruntime-web']?.[i]} |`,
      );
  }
}
