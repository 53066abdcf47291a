import type { PackageName } from './package-name.ts';

/** The machine, as far as a prebuilt binary cares. */
export interface Platform {
  readonly platform: string;
  readonly arch: string;
  /** The flags of `/proc/cpuinfo`, where there is one. */
  readonly cpuFlags?: string;
}

/** For what libtensorflow is published. */
const PUBLISHED: Readonly<Record<PackageName, readonly string[]>> = {
  '@tensorflow/tfjs-node': ['linux-x64', 'linux-arm64', 'linux-arm', 'darwin-x64', 'darwin-arm64', 'win32-x64'],
  '@tensorflow/tfjs-node-gpu': ['linux-x64', 'win32-x64'],
};

/** Why no binary of a package can run on a machine; undefined if one can. */
export function unsupported(name: PackageName, { platform, arch, cpuFlags }: Platform): string | undefined {
  const here = `${platform}-${arch}`;
  if (!PUBLISHED[name].includes(here))
    return `there is no libtensorflow for ${here} (only for ${PUBLISHED[name].join(', ')}). Use @resnetjs/backend-wasm or @resnetjs/backend-webgpu here`;
  // Without AVX the library ends the process instead of throwing.
  if (arch === 'x64' && cpuFlags && !/\bavx\b/.test(cpuFlags))
    return 'its libtensorflow needs a CPU with AVX, which this one does not have. Use @resnetjs/backend-wasm here';
  return undefined;
}
