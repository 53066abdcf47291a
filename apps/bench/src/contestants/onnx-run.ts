import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import type { Workload } from '../protocol.ts';

const python = process.env.RESNETJS_PYTHON ?? 'python3';
/** It needs onnxruntime, which a Python that has torch may lack. */
const quantizer = process.env.RESNETJS_ONNX_PYTHON ?? python;

interface OnnxOptions {
  /** The folder of the Python programs that make networks. */
  readonly scripts: string;
  readonly isInt8: boolean;
}

function run(command: string, args: readonly string[], lacking: string): void {
  try {
    execFileSync(command, args, { stdio: 'pipe' });
  } catch {
    throw new Error(lacking);
  }
}

/** torchvision's network as ONNX, batch norms folded by the exporter; or of that its QDQ form in 8 bits. */
function exported({ network, size }: Workload, { scripts, isInt8 }: OnnxOptions): Uint8Array {
  const script = (name: string) => join(scripts, `${name}.py`);
  const folder = mkdtempSync(join(tmpdir(), 'resnetjs-onnx-'));
  try {
    const path = join(folder, 'network.onnx');
    run(python, [script('export_onnx'), network, path], 'its network is exported with torchvision, which this Python lacks');
    if (!isInt8) return readFileSync(path);
    const quantized = join(folder, 'int8.onnx');
    run(
      quantizer,
      [script('quantize_onnx'), path, quantized, String(size)],
      'its network is quantized with onnxruntime, which this Python lacks',
    );
    return readFileSync(quantized);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One run of a workload by onnxruntime-web. */
export async function onnxRun(workload: Workload, options: OnnxOptions): Promise<{ about: string; run: () => Promise<void> }> {
  const { task, batch, size, threads } = workload;
  if (task === 'train') throw new Error('it only infers');
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(exported(workload, options), { executionProviders: ['wasm'] });
  const values = Float32Array.from({ length: batch * 3 * size * size }, (_, i) => Math.sin(i));
  const input = new ort.Tensor('float32', values, [batch, 3, size, size]);
  return {
    about: `${options.isInt8 ? '8 bits, ' : ''}onnxruntime-web ${ort.env.versions.web}, Node ${process.versions.node}`,
    run: async () => {
      await session.run({ x: input });
    },
  };
}
