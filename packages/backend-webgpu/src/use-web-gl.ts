import * as tf from '@tensorflow/tfjs-core';
import { isSoftware } from './adapter.ts';
import { BackendError } from './backend-error.ts';
import { loadPackage } from './load-package.ts';

/** What was started. */
export interface WebGlInfo {
  readonly backend: 'webgl';
  /** Of WebGL. */
  readonly version: 1 | 2;
  /** The GPU, as far as the browser tells. */
  readonly renderer: string;
  /** It is the CPU that plays a GPU: right, but slow. */
  readonly software: boolean;
  /** Bits of a number: 16 on GPUs (phones) that cannot render to 32. */
  readonly precision: 16 | 32;
  /** Frees the backend and every tensor on it; `useWebGl()` can be called again. */
  dispose(): void;
}

let running: Promise<WebGlInfo> | undefined;
let factory: (() => tf.KernelBackend | Promise<tf.KernelBackend>) | undefined;

/**
 * Makes WebGL tfjs' current backend, for browsers that have no WebGPU. Calling it again returns what runs already.
 *
 * @throws BackendError that says which piece is missing (see its `missing`) and what to do about it.
 */
export function useWebGl(): Promise<WebGlInfo> {
  running ??= start().catch((error: unknown) => {
    running = undefined;
    throw error;
  });
  return running.then(async (info) => {
    await tf.setBackend('webgl');
    return info;
  });
}

async function start(): Promise<WebGlInfo> {
  const renderer = rendererName();
  await loadPackage('@tensorflow/tfjs-backend-webgl', () => import('@tensorflow/tfjs-backend-webgl'));
  factory ??= tf.findBackendFactory('webgl') ?? undefined;
  if (!factory)
    throw new BackendError(
      'webgl',
      'tfjs-backend-webgl did not register itself with the @tensorflow/tfjs-core imported here. Install one version of it.',
    );
  if (!tf.findBackendFactory('webgl')) tf.registerBackend('webgl', factory, PRIORITY);
  if (!(await tf.setBackend('webgl'))) throw new BackendError('webgl', `tfjs cannot start WebGL on ${renderer}; the console says why.`);
  return {
    backend: 'webgl',
    version: tf.env().getNumber('WEBGL_VERSION') === 2 ? 2 : 1,
    renderer,
    software: isSoftware(renderer),
    precision: tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED') ? 32 : 16,
    dispose() {
      if (!running) return;
      running = undefined;
      tf.removeBackend('webgl');
    },
  };
}

const PRIORITY = 2;

/** The name of what draws here. @throws BackendError if nothing does. */
function rendererName(): string {
  if (typeof document === 'undefined' && typeof OffscreenCanvas === 'undefined')
    throw new BackendError(
      'webgl',
      'There is no WebGL outside of browsers. In Node use useWebGpu(), @resnetjs/backend-wasm or @resnetjs/backend-node.',
    );
  const canvas = typeof OffscreenCanvas === 'undefined' ? document.createElement('canvas') : new OffscreenCanvas(1, 1);
  const gl = (canvas.getContext('webgl2') ?? canvas.getContext('webgl')) as WebGLRenderingContext | null;
  if (!gl)
    throw new BackendError(
      'webgl',
      'This browser gives no WebGL context. Allow hardware acceleration in its settings, or use @resnetjs/backend-wasm.',
    );
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(extension ? extension.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // browsers grant only a few contexts
  return name;
}
