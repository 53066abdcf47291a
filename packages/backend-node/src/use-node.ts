import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.ts';
import { registerConvolutions } from './convolution/register.ts';
import { libraryFolders, missingCuda } from './cuda.ts';
import { checkPackage, folderOf, thisPlatform } from './find-package.ts';
import { explainLoadError, INSTALL_CUDA } from './load-error.ts';
import type { NativeBackend } from './native-backend.ts';
import type { PackageName } from './package-name.ts';
import { restoreUtil } from './restore-util.ts';

export interface NodeOptions {
  /** Computes on a CUDA GPU by tfjs-node-gpu; otherwise on the CPU. */
  readonly gpu?: boolean;
  /** Which GPU, counted from 0; all that `CUDA_VISIBLE_DEVICES` allows by default. */
  readonly device?: number;
  /** Takes the GPU's memory as it is needed rather than all of it at once. On by default. */
  readonly memoryGrowth?: boolean;
}

/** What was started. */
export interface NodeBackendInfo {
  /** tfjs' name for it. */
  readonly backend: 'tensorflow';
  readonly package: PackageName;
  readonly gpu: boolean;
  /** Version of libtensorflow. */
  readonly tensorflow: string;
  /** Which convolutions the library does by itself; those that it cannot are composed of these. */
  readonly native: readonly string[];
  /** Why something slower runs than could. Absent if all is well. */
  readonly fallback?: string;
  /** Frees the backend and every tensor on it; `useNode()` can be called again. */
  dispose(): void;
}

/** A process can hold one libtensorflow, and keeps it once it is loaded. */
interface Library {
  readonly name: PackageName;
  readonly factory: () => tf.KernelBackend | Promise<tf.KernelBackend>;
}
let library: Library | undefined;
let running: Promise<NodeBackendInfo> | undefined;

/**
 * Makes TensorFlow's native library tfjs' current backend, in Node. Calling it again returns what runs already.
 *
 * @throws BackendError that says which piece is missing (see its `missing`) and the command that mends it.
 */
export async function useNode({ gpu = false, device, memoryGrowth = true }: NodeOptions = {}): Promise<NodeBackendInfo> {
  if (typeof process === 'undefined' || !process.versions?.node)
    throw new BackendError(
      'platform',
      'useNode: libtensorflow runs in Node only. In a browser use @resnetjs/backend-wasm or @resnetjs/backend-webgpu.',
    );
  if (!library) {
    if (gpu && device !== undefined) process.env.CUDA_VISIBLE_DEVICES = String(device);
    process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= String(memoryGrowth);
    library = load(choose(gpu), gpu);
  }
  const wasRunning = running !== undefined;
  running ??= start(library, gpu).catch((error: unknown) => {
    running = undefined;
    throw error;
  });
  const info = await running;
  if (info.gpu !== gpu) {
    if (!wasRunning) info.dispose();
    throw new BackendError(
      'platform',
      `useNode: this process runs ${library.name} on the ${info.gpu ? 'GPU' : 'CPU'} already, and a process can hold one libtensorflow. Start another process.`,
    );
  }
  await tf.setBackend(info.backend);
  return info;
}

/** The installed package that fits. */
function choose(gpu: boolean): { name: PackageName; folder: string } {
  // Either package can compute on the CPU.
  const onlyGpu = !folderOf('@tensorflow/tfjs-node') && folderOf('@tensorflow/tfjs-node-gpu');
  const name = gpu || onlyGpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const folder = folderOf(name);
  checkPackage(name, folder, thisPlatform());
  return { name, folder: folder as string };
}

function load({ name, folder }: { name: PackageName; folder: string }, gpu: boolean): Library {
  if (!gpu && name === '@tensorflow/tfjs-node-gpu') process.env.CUDA_VISIBLE_DEVICES = '-1';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  const require = createRequire(import.meta.url);
  restoreUtil(require('node:util') as Record<string, unknown>);
  try {
    require(folder);
  } catch (error) {
    throw explainLoadError(name, folder, error);
  }
  const factory = tf.findBackendFactory(BACKEND);
  if (!factory) throw new BackendError('unknown', `${name} ${TWO_ENGINES}`);
  return { name, factory };
}

async function start({ name, factory }: Library, gpu: boolean): Promise<NodeBackendInfo> {
  if (!tf.findBackendFactory(BACKEND)) tf.registerBackend(BACKEND, factory, PRIORITY);
  await tf.setBackend(BACKEND);
  const backend = tf.backend() as NativeBackend;
  if (gpu && !backend.isUsingGpuDevice) {
    tf.removeBackend(BACKEND);
    const missing = missingCuda(libraryFolders(process.env, process.platform), process.platform);
    const found =
      missing.length > 0 ? `Not found: ${missing.join('; ')}.` : 'All its libraries were found; TensorFlow printed the reason above.';
    throw new BackendError('cuda', `${name} started but sees no GPU. ${found} ${INSTALL_CUDA}`);
  }
  const { native, fallback, remove } = registerConvolutions(backend);
  return {
    backend: BACKEND,
    package: name,
    gpu: backend.isUsingGpuDevice,
    tensorflow: backend.binding.TF_Version,
    native,
    ...(fallback && { fallback }),
    dispose() {
      if (!running) return;
      running = undefined;
      remove();
      tf.removeBackend(BACKEND);
    },
  };
}

const BACKEND = 'tensorflow';
const PRIORITY = 3;
const TWO_ENGINES =
  'registered itself with another copy of @tensorflow/tfjs-core than the one imported here. Install one version of it (npm ls @tensorflow/tfjs-core shows them).';
