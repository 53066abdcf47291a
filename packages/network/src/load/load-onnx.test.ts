import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadNetwork } from './load-network.ts';

const python = process.env.RESNETJS_PYTHON ?? '/usr/bin/python3';
const hasTorch = spawnSync(python, ['-c', 'import torchvision']).status === 0;
/** Larger ones take the machine longer: name them in RESNETJS_ONNX_NETWORKS. */
const names = (process.env.RESNETJS_ONNX_NETWORKS ?? 'resnet18,densenet121').split(',');
const EXPORTING_MS = 300_000;

describe.skipIf(!hasTorch)(`what ${python} exports with torchvision (skipped where it has none)`, () => {
  let folder: string;
  beforeAll(async () => {
    await useWasm({ threads: 1 });
    folder = mkdtempSync(join(tmpdir(), 'resnetjs-onnx-'));
    execFileSync(python, [fileURLToPath(new URL('./export_onnx.py', import.meta.url)), folder, ...names], { stdio: 'pipe' });
  }, EXPORTING_MS);
  afterAll(() => rmSync(folder, { recursive: true }));

  const floats = (file: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(join(folder, file))).buffer);

  test.each(names)("%s gives PyTorch's logits, however it was exported", { timeout: EXPORTING_MS }, async (name) => {
    const files = readdirSync(folder).filter((file) => file.startsWith(`${name}.`) && file.endsWith('.onnx'));
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      const network = await loadNetwork(join(folder, file));
      expect(network.architecture, file).toEqual({ name, options: { classes: 10 } });
      const logits = tf.tidy(() => network.predictor.forward(tf.tensor4d(floats(`${name}.input`), [2, 64, 64, 3]), 'eval').dataSync());
      // Of ten random logits; float32's own error is some 1e-6 here.
      expect(relativeError(logits, floats(`${name}.logits`)), file).toBeLessThan(1e-5);
      network.dispose();
    }
  });

  test('the network that it is not of is told where they differ', async () => {
    const file = join(folder, `${names[0]}.folded.onnx`);
    await expect(loadNetwork(file, { architecture: 'resnet18d' })).rejects.toThrow(/resnet18d .*has strides \[2,2\] instead of \[1,1\]/);
  });

  test('a file that is cut is named, with the place', async () => {
    const cut = join(folder, 'cut.onnx');
    copyFileSync(join(folder, `${names[0]}.folded.onnx`), cut);
    truncateSync(cut, statSync(cut).size - 1000);
    await expect(loadNetwork(cut)).rejects.toThrow(/cut\.onnx: byte \d+, in onnx\.ModelProto: .* truncated/);
    writeFileSync(cut, '');
    await expect(loadNetwork(cut)).rejects.toThrow(/cut\.onnx: there is no graph in it/);
  });
});
