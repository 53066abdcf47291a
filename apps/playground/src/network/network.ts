import { workerClient } from '../worker-client.ts';
import type { BackendInUse, BackendSupport } from './backends.ts';
import type { Classification, ClassifierInfo } from './classifier.ts';
import type { NetworkAnswer, NetworkWorker } from './network.worker.ts';
import type { NetworkRequest } from './network-request.ts';

/** A network in a worker, so that the page stays alive while it computes. */
export interface Network extends ClassifierInfo {
  readonly backend: BackendInUse;
  classify(file: Blob, name: string): Promise<Classification>;
  /** Which backends could run here, and what the others miss. */
  supportedBackends(): Promise<BackendSupport[]>;
  /** Ends it, also in the middle of something. */
  dispose(): void;
}

/** Weights that could be of several networks: which of these are they of? */
export class ArchitectureUnknown extends Error {
  override readonly name = 'ArchitectureUnknown';
  readonly choices: readonly string[];

  constructor(choices: readonly string[]) {
    super('These weights have no manifest. By their names and shapes they could be of the networks listed: choose one.');
    this.choices = choices;
  }
}

const TOP = 5;

/**
 * Loads a network in a worker of its own.
 *
 * @throws ArchitectureUnknown if only the user can say which network it is; Error saying what is wrong.
 */
export async function loadNetwork(request: NetworkRequest): Promise<Network> {
  const client = workerClient<NetworkWorker>(new Worker(new URL('./network.worker.ts', import.meta.url), { type: 'module' }));
  try {
    const answer = await client.call<NetworkAnswer>((worker) => worker.load(request));
    if ('choices' in answer) throw new ArchitectureUnknown(answer.choices);
    return {
      ...answer.ready,
      backend: answer.backend,
      classify: (file, name) => client.call((worker) => worker.classify(file, name, TOP)),
      supportedBackends: () => client.call((worker) => worker.supportedBackends()),
      dispose: () => client.dispose(),
    };
  } catch (error) {
    client.dispose();
    throw error;
  }
}
