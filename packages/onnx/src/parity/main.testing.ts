import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, type Module, optimizeForInference } from '@resnetjs/core';
import { formulaInput, relativeError } from '@resnetjs/testing';
import { createModel, listModels, modelInfo } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import type { FileParts } from '../export/encode.ts';
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
/** What a page can hold: beyond it onnxruntime-web is not asked, and what is compared with is computed without all weights in memory twice. */
const LARGE_BYTES = 1.2e9;

/** Writes each network with formula weights and prints how far its logits in each runtime are from ours, one line a network. */
export async function main({ filter, size, folder, opset = OPSETS.usual }: ParityOptions): Promise<void> {
  await useWasm({ threads: 1 });
  console.log('| network | image | MB | batch | onnxruntime-node | onnxruntime-web |\n| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const name of listModels(filter)) {
    const side = Math.min(size ?? Number.POSITIVE_INFINITY, modelInfo(name).inputSize);
    const model = withFormulaWeights(createModel(name));
    const file = await toOnnx(model, [1, side, side, 3], { dynamicBatch: true, opset, dataFile: `${name}.onnx.data` });
    const bytes = file.sizeBytes + (file.data?.sizeBytes ?? 0);
    const given = BATCHES.map((batch) => formulaInput([batch, 3, side, side]));
    const isLarge = bytes > LARGE_BYTES;
    const place = folder ?? (isLarge ? mkdtempSync(join(tmpdir(), 'resnetjs-parity-')) : undefined);
    if (place) {
      writeParts(join(place, `${name}.onnx`), file);
      if (file.data) writeParts(join(place, file.data.name), file.data);
    }
    const expected = await logitsOf(model, given, isLarge);
    const errors: Record<string, string[]> = {};
    for (const runtime of ['onnxruntime-node', 'onnxruntime-web'] satisfies RuntimeName[]) {
      if (runtime === 'onnxruntime-web' && isLarge) {
        errors[runtime] = BATCHES.map(() => 'too large');
        continue;
      }
      const loaded = await load(runtime, isLarge ? join(place as string, `${name}.onnx`) : file);
      errors[runtime] = [];
      for (const [i, { shape, data }] of given.entries()) {
        const { data: logits } = await loaded.run(planar(data, shape));
        errors[runtime].push(relativeError(logits, expected[i] as Float32Array).toExponential(1));
      }
      await loaded.release();
    }
    if (place && !folder) rmSync(place, { recursive: true });
    for (const [i, batch] of BATCHES.entries())
      console.log(
        `| ${name} | ${side} | ${(bytes / 1e6).toFixed(1)} | ${batch} | ${errors['onnxruntime-node']?.[i]} | ${errors['onnxruntime-web']?.[i]} |`,
      );
  }
}

/** Disposes the model. Of a large one, what optimizeForInference makes is run, which holds each filter once, packed. */
async function logitsOf(model: Module, given: readonly ReturnType<typeof formulaInput>[], isLarge: boolean): Promise<Float32Array[]> {
  const made = isLarge ? optimizeForInference(model, [1, ...(given[0]?.shape.slice(1) ?? [])]) : model;
  const expected = given.map(({ shape, data }) => tf.tidy(() => made.forward(tf.tensor4d(data, shape), 'eval').dataSync() as Float32Array));
  dispose(made as Module);
  dispose(model);
  return expected;
}

function writeParts(path: string, { parts }: FileParts): void {
  const to = openSync(path, 'w');
  for (const part of parts) for (let at = 0; at < part.length; ) at += writeSync(to, part, at);
  closeSync(to);
}
