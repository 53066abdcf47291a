import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import * as ort from 'onnxruntime-web';
import sharp from 'sharp';

// What one writes around onnxruntime-web in an afternoon: Express, sharp, a session, the best five.
const [network = 'resnet50', threads = '2'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'resnetjs-onnx-'));
const path = join(folder, 'network.onnx');
const script = fileURLToPath(new URL('../../python/export_onnx.py', import.meta.url));
execFileSync(process.env.RESNETJS_PYTHON ?? 'python3', [script, network, path], { stdio: 'pipe' });
ort.env.wasm.numThreads = Number(threads);
ort.env.logLevel = 'error';
const session = await ort.InferenceSession.create(readFileSync(path), { executionProviders: ['wasm'] });
rmSync(folder, { recursive: true });

const SIDE = 224;
const MEAN = [0.485, 0.456, 0.406] as const;
const STD = [0.229, 0.224, 0.225] as const;

async function logits(file: Buffer): Promise<Float32Array> {
  const rgb = await sharp(file)
    .removeAlpha()
    .resize(256, 256, { fit: 'outside' })
    .extract({ left: 16, top: 16, width: SIDE, height: SIDE })
    .raw()
    .toBuffer();
  const values = new Float32Array(3 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++)
    for (let c = 0; c < 3; c++) values[c * SIDE * SIDE + i] = ((rgb[3 * i + c] as number) / 255 - (MEAN[c] as number)) / (STD[c] as number);
  const { y } = await session.run({ x: new ort.Tensor('float32', values, [1, 3, SIDE, SIDE]) });
  return y?.data as Float32Array;
}

const app = express();
app.post('/classify', express.raw({ type: 'image/*', limit: '20mb' }), async (request, response) => {
  const values = Array.from(await logits(request.body as Buffer));
  const most = Math.max(...values);
  const sum = values.reduce((total, value) => total + Math.exp(value - most), 0);
  const predictions = values.map((value, index) => ({ index, probability: Math.exp(value - most) / sum }));
  response.json({ predictions: predictions.sort((a, b) => b.probability - a.probability).slice(0, 5) });
});
const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.on('SIGTERM', () => process.exit());
