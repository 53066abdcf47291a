import { existsSync } from 'node:fs';
import { type NodeOptions, useNode } from '@resnetjs/backend-node';
import type { BackendName, Started } from './conformance-case.ts';
import { starters } from './start-backend.ts';

/** The Vulkan in software that Chromium brings: slow, but it is all that a machine without a GPU has. */
const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json';

async function startNode(backend: BackendName, options: NodeOptions): Promise<Started> {
  const { package: name, tensorflow, native, fallback } = await useNode(options);
  const what = `${name}, libtensorflow ${tensorflow}, by itself: ${native.join(', ')}${fallback ? `; ${fallback}` : ''}`;
  return { backend, what };
}

function startWebGpu(): Promise<Started> {
  // Read when Dawn is loaded, so it cannot be tried without first.
  const hasGpu = process.platform !== 'linux' || existsSync('/dev/dri') || existsSync('/dev/nvidia0');
  if (!hasGpu && existsSync(SOFTWARE_VULKAN)) {
    process.env.VK_ICD_FILENAMES ??= SOFTWARE_VULKAN;
    process.env.XDG_RUNTIME_DIR ??= '/tmp';
  }
  return (starters.webgpu as () => Promise<Started>)();
}

/** Starts a backend in this process. @throws Error with the reason if it cannot. */
export function startInNode(backend: BackendName): Promise<Started> {
  if (backend === 'node') return startNode(backend, {});
  if (backend === 'node-gpu') return startNode(backend, { gpu: true });
  if (backend === 'webgpu') return startWebGpu();
  if (backend === 'webgl') return Promise.reject(new Error('there is no WebGL in Node'));
  return (starters[backend] as () => Promise<Started>)();
}
