// WebGPU, as far as this package uses it: TypeScript's DOM library does not have it, and users should need no other.

export interface GpuAdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

export interface GpuDevice {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  destroy(): void;
}

export interface GpuAdapter {
  readonly info: GpuAdapterInfo;
  readonly features: ReadonlySet<string>;
  readonly limits: Readonly<Record<string, number>>;
  /** Older browsers say it here. */
  readonly isFallbackAdapter?: boolean;
  requestDevice(descriptor: { requiredFeatures: string[]; requiredLimits: Record<string, number> }): Promise<GpuDevice>;
}

export type PowerPreference = 'high-performance' | 'low-power';

/** `navigator.gpu`. */
export interface Gpu {
  requestAdapter(options?: { powerPreference?: PowerPreference }): Promise<GpuAdapter | null>;
}

/** How a platform comes by WebGPU: a browser has it or not, Node loads Dawn. */
export interface GpuSource {
  /** Puts it at `navigator.gpu`, where tfjs looks for it. @throws BackendError if there is none. */
  provideGpu(options: { readonly dawnFlags: readonly string[] }): Promise<Gpu>;
}

export const existingGpu = (): Gpu | undefined => (globalThis.navigator as { gpu?: Gpu } | undefined)?.gpu;
