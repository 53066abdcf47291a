import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import type { EncodedOnnx } from '../export/encode.ts';

/** What comes out of a file for one input. */
export interface RuntimeOutput {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export interface RuntimeInput {
  readonly data: Float32Array | Uint8Array;
  readonly shape: readonly number[];
}

export interface LoadedFile {
  run(input: RuntimeInput): Promise<RuntimeOutput>;
  release(): Promise<void>;
}

export type RuntimeName = 'onnxruntime-node' | 'onnxruntime-web';

web.env.wasm.numThreads = 1;
web.env.logLevel = 'error';

/** A file's bytes in one piece. */
export const wholeFile = ({ parts }: Pick<EncodedOnnx, 'parts'>): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** How a runtime treats a graph: as it does by itself, as the file says it, or by exact products on processors that have no instruction for them. */
export type SessionKind = 'usual' | 'unoptimized' | 'exactProducts';

export const runtimeOf = (name: RuntimeName): typeof native => (name === 'onnxruntime-node' ? native : (web as unknown as typeof native));

export const sessionOptions = (kind: SessionKind): native.InferenceSession.SessionOptions => ({
  logSeverityLevel: 3,
  intraOpNumThreads: 1,
  ...(kind === 'unoptimized' && { graphOptimizationLevel: 'disabled' }),
  ...(kind === 'exactProducts' && { extra: { session: { x64quantprecision: '1' } } }),
});

/** Loads a file, or what lies at a path, into a runtime; whoever does so releases it. */
export async function load(runtime: RuntimeName, file: EncodedOnnx | string, kind: SessionKind = 'usual'): Promise<LoadedFile> {
  const { Tensor, InferenceSession } = runtimeOf(runtime);
  const session =
    typeof file === 'string'
      ? await InferenceSession.create(file, sessionOptions(kind))
      : await InferenceSession.create(wholeFile(file), {
          ...sessionOptions(kind),
          ...(file.data && { externalData: [{ path: file.data.name, data: wholeFile(file.data) }] }),
        });
  return {
    async run({ data, shape }) {
      const tensor = data instanceof Uint8Array ? new Tensor('uint8', data, [...shape]) : new Tensor('float32', data, [...shape]);
      const outputs = await session.run({ [session.inputNames[0] as string]: tensor });
      const output = outputs[session.outputNames[0] as string] as native.Tensor;
      return { data: output.data as Float32Array, shape: output.dims };
    },
    release: () => session.release(),
  };
}

/** Images `[N,H,W,C]` as `[N,C,H,W]`. */
export function planar(data: Float32Array, [n = 1, h = 1, w = 1, c = 1]: readonly number[]): RuntimeInput {
  const planes = new Float32Array(data.length);
  for (let i = 0; i < n; i++)
    for (let p = 0; p < h * w; p++) for (let k = 0; k < c; k++) planes[(i * c + k) * h * w + p] = data[(i * h * w + p) * c + k] as number;
  return { data: planes, shape: [n, c, h, w] };
}
