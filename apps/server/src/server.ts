import type { FastifyInstance } from 'fastify';
import { httpApp } from './http/app.ts';
import { serverMetrics } from './metrics.ts';
import { type HostObserver, type ModelHost, modelHost } from './models/model-host.ts';
import { ConfigError, type ModelSpec } from './models/model-spec.ts';
import { readConfig } from './models/read-config.ts';
import { readFolder } from './models/read-folder.ts';
import { modelRegistry, type Registry } from './models/registry.ts';
import { coreShare } from './models/shared-cores.ts';
import { startWorker, type WorkerChannel } from './models/worker-channel.ts';
import { type ServerOptions, type WholeOptions, whole } from './options.ts';

export interface ListenOptions {
  /** Default 8080; 0 takes one that is free. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`: this machine alone. */
  readonly host?: string | undefined;
}

/** A server that has loaded its networks. */
export interface ResnetServer {
  /** Of Fastify, to add routes to, or to `inject` requests into. */
  readonly app: FastifyInstance;
  /** The networks, by name and version. */
  readonly models: Registry;
  /** @returns the address: `http://127.0.0.1:8080` */
  listen(options?: ListenOptions): Promise<string>;
  /** Reads folder and config again: loads what is new or changed, unloads what is gone, and loses no request. @returns what could not be loaded. */
  reload(): Promise<readonly string[]>;
  /** Takes no more requests, answers those that are there, and frees everything. */
  drain(): Promise<void>;
  /** Frees everything at once. */
  close(): Promise<void>;
}

/** What only tests give. */
export interface ServerParts {
  readonly startWorker?: () => WorkerChannel;
  readonly logStream?: { write(line: string): void };
}

/** A task that takes longer than this ends its worker: images of all allowed sizes take seconds. */
const STUCK_MS = 120_000;
const QUEUE_PER_WORKER = 2;
const FLUSH_MS = 200;

/**
 * Loads networks and makes a server of them, which does not listen yet.
 *
 * @throws ConfigError naming what it was told wrongly, or which network cannot be loaded and why; nothing runs then.
 */
export async function createServer(options: ServerOptions, parts: ServerParts = {}): Promise<ResnetServer> {
  const all = whole(options);
  const metrics = serverMetrics(() => registry);
  let isDraining = false;
  const serving = { options: all, isDraining: () => isDraining };
  const registry: Registry = modelRegistry({
    memoryBytes: all.memoryBytes,
    log: (level, facts, message) => app.log[level](facts, message),
    start: (spec) => {
      const log = app.log.child({ model: spec.name, version: spec.version });
      const { stage, rejected, lost } = metrics.observer(spec.name, spec.version);
      return startHost(spec, all, parts, {
        stage,
        rejected,
        lost(reason) {
          lost();
          log.warn({ reason }, 'a worker ended, and is replaced');
        },
        failed: (detail) => log.error({ detail }, 'a task failed inside'),
      });
    },
  });
  const app = await httpApp({ ...serving, registry, metrics, logStream: parts.logStream });
  const specs = async (): Promise<ModelSpec[]> => [
    ...all.models,
    ...(all.folder === undefined ? [] : await readFolder(all.folder)),
    ...(all.config === undefined ? [] : await readConfig(all.config)),
  ];
  let reloading: Promise<unknown> = Promise.resolve();
  const reload = (): Promise<readonly string[]> => {
    const next = reloading.then(async () => registry.set(await specs()));
    reloading = next.catch(() => undefined);
    return next;
  };
  let closed: Promise<void> | undefined;
  const closeApp = (): Promise<void> => (closed ??= app.close().then(() => undefined));
  const close = async (): Promise<void> => {
    isDraining = true;
    await registry.close();
    // Whoever was refused hears of it; who sends slowly is not waited for.
    const timer = setTimeout(() => app.server.closeAllConnections(), FLUSH_MS);
    await closeApp().finally(() => clearTimeout(timer));
  };

  try {
    const faults = await reload();
    if (faults.length > 0) throw new ConfigError(faults.join('\n'));
    if (registry.models.length === 0) throw new ConfigError('no model is named: expected models, a folder or a config with at least one.');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    app,
    models: registry,
    listen: ({ port = 8080, host = '127.0.0.1' } = {}) => app.listen({ port, host }),
    reload,
    async drain() {
      isDraining = true;
      await closeApp(); // when every request that has come is answered
      await registry.drain();
    },
    close,
  };
}

function startHost(
  spec: ModelSpec & { readonly version: string },
  all: WholeOptions,
  parts: ServerParts,
  observer: HostObserver,
): ModelHost {
  const backend = spec.backend ?? all.backend;
  const { workers, threads } = coreShare(all.optimize, backend, {
    workers: spec.workers ?? all.workers,
    threads: spec.threads ?? all.threads,
  });
  return modelHost({
    title: `${spec.name}, version ${spec.version}`,
    model: {
      source: spec.source,
      architecture: spec.architecture,
      preset: spec.preset,
      labels: spec.labels,
      offline: all.offline,
      backend,
      threads,
      batch: spec.batch ?? all.batch,
      maxPixels: all.maxPixels,
    },
    workers,
    capacity: spec.queue ?? all.queue ?? QUEUE_PER_WORKER * workers,
    stuckMs: STUCK_MS,
    start: parts.startWorker ?? (() => startWorker(all.isolation)),
    observer,
  });
}
