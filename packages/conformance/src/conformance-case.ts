/** The backends that the suite knows, as `RESNETJS_BACKENDS` names them. */
export const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu', 'node', 'node-gpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What started. */
export interface Started {
  readonly backend: BackendName;
  /** In words, for the report. */
  readonly what: string;
  /** The GPU is a program on the CPU, and slow. */
  readonly software?: boolean;
}

/** What a case may be skipped for. */
export interface Circumstances extends Started {
  /** The backend was asked for by name: all of the suite runs, however long it takes. */
  readonly asked: boolean;
  /** In a browser rather than in Node. */
  readonly page: boolean;
}

/** One thing that every backend must do. It throws where the backend does not. */
export interface ConformanceCase {
  readonly name: string;
  /** Why a backend need not do it. */
  readonly skip?: (circumstances: Circumstances) => string | undefined;
  readonly run: () => Promise<void>;
}

/** How a case went on a backend. */
export interface Outcome {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or what went wrong. */
  readonly reason?: string;
}
