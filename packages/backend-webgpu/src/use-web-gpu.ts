import * as tf from '@tensorflow/tfjs-core';
import { type AdapterInfo, describeAdapter, requestAdapter } from './adapter.ts';
import { BackendError } from './backend-error.ts';
import type { GpuAdapter, GpuDevice, PowerPreference } from './gpu.ts';
import { loadPackage } from './load-package.ts';

export interface WebGpuOptions {
  /** Which GPU, where there are several: the discrete one by default. */
  readonly powerPreference?: PowerPreference;
  /** For Node alone, what Dawn is started with: `backend=vulkan`, `adapter=NVIDIA`, `enable-dawn-features=…`. */
  readonly dawnFlags?: readonly string[];
}

/** What was started. */
export interface WebGpuInfo {
  readonly backend: 'webgpu';
  readonly adapter: AdapterInfo;
  /** Resolves with the reason if the GPU goes away (driver reset, out of memory); what is computed after that is lost. */
  readonly lost: Promise<string>;
  /** Frees the backend and every tensor on it; `useWebGpu()` can be called again. */
  dispose(): void;
}

let running: Promise<WebGpuInfo> | undefined;

/**
 * Makes WebGPU tfjs' current backend: the browser's own, or in Node that of the package `webgpu`.
 * Calling it again returns what runs already. Results can be read by `await x.data()` only.
 *
 * @throws BackendError that says which piece is missing (see its `missing`) and what to do about it.
 */
export function useWebGpu(options: WebGpuOptions = {}): Promise<WebGpuInfo> {
  running ??= start(options).catch((error: unknown) => {
    running = undefined;
    throw error;
  });
  return running.then(async (info) => {
    await tf.setBackend('webgpu');
    return info;
  });
}

async function start({ powerPreference = 'high-performance', dawnFlags = [] }: WebGpuOptions): Promise<WebGpuInfo> {
  const adapter = await requestAdapter(powerPreference, dawnFlags);
  const device = await requestDevice(adapter);
  // Imported only now: tfjs reads navigator.gpu and the GPU constants while it is imported.
  const { WebGPUBackend } = await loadPackage('@tensorflow/tfjs-backend-webgpu', () => import('@tensorflow/tfjs-backend-webgpu'));
  // Its own factory fails with a TypeError where there is no adapter, and asks for no say in which.
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device as never, adapter.info as never), PRIORITY);
  return {
    backend: 'webgpu',
    adapter: describeAdapter(adapter),
    lost: device.lost.then(({ reason, message }) => message || reason),
    dispose() {
      if (!running) return;
      running = undefined;
      tf.removeBackend('webgpu');
      device.destroy();
    },
  };
}

const PRIORITY = 3;

/** What tfjs' kernels make use of. */
const FEATURES = ['timestamp-query', 'bgra8unorm-storage'];
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

async function requestDevice(adapter: GpuAdapter): Promise<GpuDevice> {
  const { features, limits } = adapter;
  try {
    return await adapter.requestDevice({
      requiredFeatures: FEATURES.filter((feature) => features.has(feature)),
      requiredLimits: Object.fromEntries(LIMITS.flatMap((name) => (limits[name] === undefined ? [] : [[name, limits[name]]]))),
    });
  } catch (cause) {
    const { vendor, description } = describeAdapter(adapter);
    throw new BackendError(
      'device',
      `The GPU (${description || vendor}) refuses a device: ${cause instanceof Error ? cause.message : cause}. Close what else uses it, or update its driver.`,
      { cause },
    );
  }
}
