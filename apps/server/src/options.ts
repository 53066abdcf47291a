import { totalmem } from 'node:os';
import type { BackendName } from '@resnetjs/backend-auto';
import type { ModelSpec } from './models/model-spec.ts';
import type { Optimize } from './models/shared-cores.ts';
import type { Isolation } from './models/worker-channel.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What to serve, and how. */
export interface ServerOptions {
  readonly models?: readonly ModelSpec[] | undefined;
  /** A folder of more: `NAME.safetensors`, or `NAME/VERSION/….safetensors`. */
  readonly folder?: string | undefined;
  /** A JSON file of more. */
  readonly config?: string | undefined;
  /** How the cores are shared out. Default `throughput`. */
  readonly optimize?: Optimize | undefined;
  /** Of each network; default what `optimize` makes of the cores. */
  readonly workers?: number | undefined;
  /** Of each worker. */
  readonly threads?: number | undefined;
  readonly backend?: BackendName | undefined;
  /** Workers are threads, or processes of their own, which survive what ends one of them and cost the time to copy images. Default `threads`. */
  readonly isolation?: Isolation | undefined;
  /** Images or requests that may wait for each network, beside those that are computed. Default 2 for each worker. */
  readonly queue?: number | undefined;
  /** Images computed at once. Default `auto`. */
  readonly batch?: number | 'auto' | undefined;
  /** How long a request may take where its own `?timeout` does not say. Default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** What the workers may hold together. Default three quarters of the machine's (or container's) memory. */
  readonly memoryBytes?: number | undefined;
  /** Of a request's body. Default 20 MiB. */
  readonly maxBytes?: number | undefined;
  /** Of an image, refused before it is decoded. Default 50 million. */
  readonly maxPixels?: number | undefined;
  /** Images in one multipart request. Default 16. */
  readonly maxImages?: number | undefined;
  /** Whoever sends one of these may; nobody needs any if there are none. */
  readonly tokens?: readonly string[] | undefined;
  /** Origins of pages that may ask; `*` for all. */
  readonly cors?: readonly string[] | undefined;
  /** Requests of one address a minute. Default: as many as it likes. */
  readonly rateLimit?: number | undefined;
  /** Whether a proxy's `X-Forwarded-For` is believed. Default no. */
  readonly trustProxy?: boolean | undefined;
  /** Whether clients may load and unload models, by the protocol's repository extension. Default no. */
  readonly control?: boolean | undefined;
  /** Lateness of the event loop in milliseconds beyond which everything is refused with 503; 0 for never. Default 1,000. */
  readonly maxDelayMs?: number | undefined;
  /** Weights that were loaded before, or files. */
  readonly offline?: boolean | undefined;
  readonly logLevel?: LogLevel | undefined;
}

const MIB = 2 ** 20;

/** The options with what they are where they are not said. */
export const whole = (options: ServerOptions) => ({
  models: options.models ?? [],
  folder: options.folder,
  config: options.config,
  optimize: options.optimize ?? 'throughput',
  workers: options.workers,
  threads: options.threads,
  backend: options.backend ?? 'wasm',
  isolation: options.isolation ?? 'threads',
  queue: options.queue,
  batch: options.batch ?? 'auto',
  timeoutMs: options.timeoutMs ?? 30_000,
  memoryBytes: options.memoryBytes ?? Math.floor(0.75 * machineMemory()),
  maxBytes: options.maxBytes ?? 20 * MIB,
  maxPixels: options.maxPixels ?? 50e6,
  maxImages: options.maxImages ?? 16,
  tokens: options.tokens ?? [],
  cors: options.cors ?? [],
  rateLimit: options.rateLimit,
  trustProxy: options.trustProxy ?? false,
  control: options.control ?? false,
  maxDelayMs: options.maxDelayMs ?? 1000,
  offline: options.offline,
  logLevel: options.logLevel ?? 'info',
});

export type WholeOptions = ReturnType<typeof whole>;

/** Of the container, where there is one. */
function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
