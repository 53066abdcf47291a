/** The backends that are tried, by the package or the device that makes the difference. */
export type BackendName = 'node-gpu' | 'webgpu' | 'node' | 'wasm' | 'webgl' | 'cpu';

/** What a caller may insist on: a GPU that is one, more than one thread, numbers of 32 bits. */
export type Ability = 'gpu' | 'threads' | 'float32';

/** A backend that has started and is tfjs' current one. */
export interface Started {
  /** What it is, in words: `2 threads, SIMD`. */
  readonly description: string;
  readonly abilities: readonly Ability[];
  /** A GPU that is a program on the CPU: right, but slower than WebAssembly. */
  readonly software?: boolean;
  dispose(): void;
}

/** A backend that could be tried. */
export interface Candidate {
  readonly backend: BackendName;
  /** tfjs' own name for it. */
  readonly registered: string;
  /** @throws Error with the reason if it cannot start here. */
  start(): Promise<Started>;
}
