import { provideGpu } from '#dawn';
import { BackendError } from './backend-error.ts';
import type { GpuAdapter, PowerPreference } from './gpu.ts';
import { remedy } from './remedy.ts';

/** A GPU that WebGPU can use here. */
export interface AdapterInfo {
  /** `nvidia`, `intel`, `apple`, `google` (SwiftShader). */
  readonly vendor: string;
  /** `ampere`, `gen-12lp`, `swiftshader`; empty if it is not told. */
  readonly architecture: string;
  readonly description: string;
  /** It is the CPU that plays a GPU: right, but slow. */
  readonly software: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

/** Whether a renderer's or adapter's name is that of a program that plays a GPU. */
export const isSoftware = (name: string): boolean => SOFTWARE.test(name);

export function describeAdapter({ info, isFallbackAdapter }: GpuAdapter): AdapterInfo {
  const { vendor = '', architecture = '', description = '' } = info ?? {};
  return {
    vendor,
    architecture,
    description,
    software: Boolean(isFallbackAdapter ?? info?.isFallbackAdapter) || isSoftware(`${architecture} ${description}`),
  };
}

/** @throws BackendError if there is no WebGPU, or no GPU for it. */
export async function requestAdapter(powerPreference: PowerPreference, dawnFlags: readonly string[]): Promise<GpuAdapter> {
  const gpu = await provideGpu({ dawnFlags });
  const adapter = await gpu.requestAdapter({ powerPreference }).catch((cause: unknown) => {
    throw new BackendError('adapter', `WebGPU failed when it looked for a GPU: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  });
  if (adapter) return adapter;
  throw new BackendError('adapter', `WebGPU is here, but it finds no GPU that it can use. ${remedy()}`);
}

/** The GPUs that WebGPU offers here, the fastest first; none where there is no WebGPU. */
export async function gpuAdapters(): Promise<AdapterInfo[]> {
  const found: AdapterInfo[] = [];
  for (const preference of ['high-performance', 'low-power'] as const) {
    const adapter = await requestAdapter(preference, []).catch(() => undefined);
    if (!adapter) continue;
    const info = describeAdapter(adapter);
    if (!found.some((other) => JSON.stringify(other) === JSON.stringify(info))) found.push(info);
  }
  return found;
}
