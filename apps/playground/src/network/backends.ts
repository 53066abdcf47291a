/** What a network can run on in a page, the usual first. */
export const BACKENDS = ['wasm', 'webgpu', 'webgl', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** What to run on. */
export interface BackendChoice {
  readonly backend: BackendName;
  /** Threads that compute, for `wasm`; all cores by default. */
  readonly threads?: number;
}

/** What runs. */
export interface BackendInUse {
  readonly backend: BackendName;
  /** Threads that compute. */
  readonly threads: number;
  /** What it is, in words: `2 threads, relaxed SIMD`. */
  readonly description: string;
}

/** Whether a backend could run here. */
export interface BackendSupport {
  readonly backend: BackendName;
  /** Why it cannot; undefined if it can. */
  readonly missing?: string;
}

/**
 * Starts a backend and makes it tfjs' current one. Its code is loaded only now.
 *
 * @throws BackendError saying what is missing.
 */
export async function startBackend({ backend, threads }: BackendChoice): Promise<BackendInUse> {
  switch (backend) {
    case 'wasm': {
      const { useWasm } = await import('@resnetjs/backend-wasm');
      const info = await useWasm({ everyOp: false, ...(threads && { threads }) });
      const speed = info.relaxedSimd ? 'relaxed SIMD' : info.simd ? 'SIMD' : 'no SIMD';
      return { backend, threads: info.threads, description: `${info.threads} ${info.threads === 1 ? 'thread' : 'threads'}, ${speed}` };
    }
    case 'webgpu': {
      const { useWebGpu } = await import('@resnetjs/backend-webgpu');
      const { vendor, architecture, description, software } = (await useWebGpu()).adapter;
      const name = description || `${vendor} ${architecture}`.trim() || 'a GPU';
      return { backend, threads: 1, description: software ? `${name}, in software` : name };
    }
    case 'webgl': {
      const { useWebGl } = await import('@resnetjs/backend-webgpu');
      const { version, renderer, software } = await useWebGl();
      return { backend, threads: 1, description: `WebGL ${version} on ${renderer}${software ? ', in software' : ''}` };
    }
    case 'cpu': {
      await import('@tensorflow/tfjs-backend-cpu');
      const { setBackend } = await import('@tensorflow/tfjs-core');
      await setBackend('cpu');
      return { backend, threads: 1, description: 'plain JavaScript' };
    }
  }
}

/** Which backends could run here, and what the others miss. Loads none of them. */
export async function supportedBackends(): Promise<BackendSupport[]> {
  const missing: Record<BackendName, string | undefined> = {
    wasm: typeof WebAssembly === 'undefined' ? 'this browser has none' : undefined,
    webgpu: await missingWebGpu(),
    webgl: hasWebGl() ? undefined : 'this browser gives no context for it',
    cpu: undefined,
  };
  return BACKENDS.map((backend) => ({ backend, ...(missing[backend] && { missing: missing[backend] }) }));
}

async function missingWebGpu(): Promise<string | undefined> {
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<object | null> } }).gpu;
  if (!gpu) return isSecureContext ? 'this browser has none' : 'it needs a page from https';
  const adapter = await gpu.requestAdapter().catch(() => null);
  return adapter ? undefined : 'it finds no GPU that it can use';
}

function hasWebGl(): boolean {
  if (typeof OffscreenCanvas === 'undefined') return false;
  const canvas = new OffscreenCanvas(1, 1);
  const gl = canvas.getContext('webgl2') ?? canvas.getContext('webgl');
  gl?.getExtension('WEBGL_lose_context')?.loseContext(); // browsers grant only a few contexts
  return gl !== null;
}
