import { availableParallelism } from 'node:os';
import { BackendError } from '../backend-error.ts';
import { existingGpu, type Gpu, type GpuSource } from '../gpu.ts';
import { remedy } from '../remedy.ts';
import { hasVulkanDriver } from './vulkan-drivers.ts';

// Dawn must stay referenced while its adapters and devices live.
let dawn: Gpu | undefined;

export const provideGpu: GpuSource['provideGpu'] = async ({ dawnFlags }) => {
  const existing = existingGpu(); // Deno has its own, and somebody may have loaded Dawn already
  if (existing) return existing;
  dawn ??= await loadDawn(dawnFlags);
  const value = dawn;
  // Node 20 has no navigator. What asks it for more than a GPU should find what Node 21 has there.
  if (!globalThis.navigator)
    Object.defineProperty(globalThis, 'navigator', {
      value: { userAgent: `Node.js/${process.versions.node.split('.')[0]}`, hardwareConcurrency: availableParallelism() },
      configurable: true,
      writable: true,
    });
  Object.defineProperty(globalThis.navigator, 'gpu', { value, configurable: true });
  return value;
};

async function loadDawn(flags: readonly string[]): Promise<Gpu> {
  if (process.platform === 'linux' && !hasVulkanDriver(process.env))
    throw new BackendError('adapter', `WebGPU finds no GPU here: no Vulkan driver is installed. ${remedy()}`);
  try {
    const { create, globals } = await import('webgpu');
    // GPUBufferUsage and its kin, which tfjs reads as globals.
    for (const [name, value] of Object.entries(globals)) (globalThis as Record<string, unknown>)[name] ??= value;
    return create([...flags]) as unknown as Gpu;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND')
      throw new BackendError(
        'package',
        'WebGPU in Node comes from the package webgpu (Dawn), which is not installed. Run: npm install webgpu',
        {
          cause,
        },
      );
    throw new BackendError(
      'webgpu',
      `The package webgpu (Dawn) does not load on ${process.platform}-${process.arch}: ${message}. It has binaries for Linux and Windows (x64, arm64) and macOS; on Linux they need glibc.`,
      { cause },
    );
  }
}
