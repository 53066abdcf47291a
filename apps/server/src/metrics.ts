import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as PromRegistry } from 'prom-client';
import type { HostObserver } from './models/model-host.ts';
import type { Registry } from './models/registry.ts';

/** What is counted, for Prometheus. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  answered(route: string, method: string, status: number, seconds: number): void;
  /** Requests that were turned away before any model was asked. */
  rejected(reason: string): void;
  /** Counts what happens to one version of a network. */
  observer(model: string, version: string): Pick<HostObserver, 'stage' | 'rejected'> & { lost(): void };
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OF_MODEL = ['model', 'version'] as const;

export function serverMetrics(registry: () => Registry): Metrics {
  const prom = new PromRegistry();
  collectDefaultMetrics({ register: prom });
  const registers = [prom];
  const requests = new Counter({
    name: 'resnet_requests_total',
    help: 'Requests by route and status.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'resnet_request_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const stages = new Histogram({
    name: 'resnet_stage_seconds',
    help: 'What a task waited (queue), was decoded (decode) and computed (network).',
    labelNames: [...OF_MODEL, 'stage'],
    buckets: SECONDS,
    registers,
  });
  const rejected = new Counter({
    name: 'resnet_rejected_total',
    help: 'Requests that were not computed, and why: queue full, deadline, cancelled by the client, worker lost, model closed, memory for bodies.',
    labelNames: [...OF_MODEL, 'reason'],
    registers,
  });
  const lost = new Counter({
    name: 'resnet_workers_lost_total',
    help: 'Workers that ended without being told to.',
    labelNames: OF_MODEL,
    registers,
  });
  const gauge = (name: string, help: string, value: (host: NonNullable<Registry['models'][number]['current']>) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: OF_MODEL,
      registers,
      collect() {
        this.reset();
        for (const { name: model, version, current } of registry().models) if (current) this.set({ model, version }, value(current));
      },
    });
  };
  gauge('resnet_queue_length', 'Tasks that wait for a worker.', (host) => host.waiting);
  gauge('resnet_workers', 'Workers that have loaded the network.', (host) => host.live);
  gauge('resnet_workers_busy', 'Workers that compute.', (host) => host.busy);
  gauge('resnet_model_memory_bytes', 'Held by the workers: WebAssembly and JavaScript.', (host) => host.memory.bytes);
  gauge('resnet_model_tensors', 'Tensors that the workers hold.', (host) => host.memory.tensors);
  return {
    contentType: prom.contentType,
    text: () => prom.metrics(),
    answered(route, method, status, seconds) {
      requests.inc({ route, method, status });
      durations.observe({ route }, seconds);
    },
    rejected: (reason) => rejected.inc({ model: '', version: '', reason }),
    observer: (model, version) => ({
      stage: (stage, ms) => stages.observe({ model, version, stage }, ms / 1000),
      rejected: (reason) => rejected.inc({ model, version, reason }),
      lost: () => lost.inc({ model, version }),
    }),
  };
}
