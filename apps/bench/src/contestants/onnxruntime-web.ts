import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web';
import type { Workload } from '../protocol.ts';
import { serveRuns } from './serve-runs.ts';

const { task, network, batch, size, threads } = JSON.parse(process.argv[2] as string) as Workload;
const python = process.env.RESNETJS_PYTHON ?? 'python3';

/** torchvision's network as ONNX, batch norms folded by the exporter. */
function exported(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'resnetjs-onnx-'));
  try {
    const path = join(folder, 'network.onnx');
    execFileSync(python, [fileURLToPath(new URL('../../python/export_onnx.py', import.meta.url)), network, path], { stdio: 'pipe' });
    return readFileSync(path);
  } catch {
    throw new Error('its network is exported with torchvision, which this Python lacks');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await serveRuns(async () => {
  if (task === 'train') throw new Error('it only infers');
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(exported(), { executionProviders: ['wasm'] });
  const values = Float32Array.from({ length: batch * 3 * size * size }, (_, i) => Math.sin(i));
  const input = new ort.Tensor('float32', values, [batch, 3, size, size]);
  return {
    about: `onnxruntime-web ${ort.env.versions.web}, Node ${process.versions.node}`,
    run: async () => {
      await session.run({ x: input });
    },
  };
});
