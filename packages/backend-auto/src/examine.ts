import { relaxedSimd, simd, threads } from 'wasm-feature-detect';
import { candidates, facts } from '#platform';
import type { Candidate } from './backend-name.ts';
import type { Facts } from './platform/platform.ts';
import { type Considered, probe } from './probe.ts';

/**
 * Starts every backend once and stops it again. What ran before runs after, with its tensors.
 *
 * @returns the best first, with what each is or why it does not work.
 */
export function examineBackends(): Promise<Considered[]> {
  return probeAll(candidates);
}

/** The same for given candidates. */
export async function probeAll(all: readonly Candidate[]): Promise<Considered[]> {
  const found: Considered[] = [];
  for (const candidate of all) {
    const { considered } = await probe(candidate, ({ software }) => (software ? 'in software' : ''));
    found.push(considered);
  }
  return found;
}

/** What this machine and this engine bring for backends. */
export interface Machine extends Facts {
  readonly webAssembly: { readonly simd: boolean; readonly relaxedSimd: boolean; readonly threads: boolean };
  /** Whether a page may share memory with workers; undefined outside of pages. */
  readonly crossOriginIsolated?: boolean;
  /** What WebGPU offers, the fastest first. */
  readonly gpus: readonly {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly software: boolean;
  }[];
}

/** Finds out what this machine and this engine bring for backends. */
export async function examineMachine(): Promise<Machine> {
  const [hasSimd, hasRelaxedSimd, hasThreads] = await Promise.all([simd(), relaxedSimd(), threads()]);
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
  const gpus = await import('@resnetjs/backend-webgpu').then(
    ({ gpuAdapters }) => gpuAdapters(),
    () => [],
  );
  return {
    ...facts(),
    webAssembly: { simd: hasSimd, relaxedSimd: hasRelaxedSimd, threads: hasThreads },
    ...(isolated !== undefined && { crossOriginIsolated: isolated }),
    gpus,
  };
}
