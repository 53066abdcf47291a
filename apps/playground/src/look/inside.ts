import type { Prediction } from '@resnetjs/core';
import { proxy, transfer } from 'comlink';
import type { BackendInUse, BackendSupport } from '../network/backends.ts';
import { ArchitectureUnknown } from '../network/network.ts';
import type { NetworkRequest } from '../network/network-request.ts';
import { workerClient } from '../worker-client.ts';
import type { Channel } from './channels.ts';
import type { LookAnswer, LookWorker } from './look.worker.ts';
import type { HeatMap, HeatQuestion, LookedInto, Opened } from './looker.ts';

/** A network that is looked into, in a worker. */
export interface Inside extends LookedInto {
  readonly backend: BackendInUse;
  /** Takes another photo, or what a camera sees, which is the worker's from then on. */
  open(photo: Blob | ImageBitmap): Promise<Opened>;
  /** A map of the photo. @returns nothing if it was stopped, or another was asked for meanwhile. */
  heat(question: HeatQuestion): Promise<HeatMap | undefined>;
  /** Ends the map that is being computed. */
  stop(): Promise<void>;
  channels(layer: string): Promise<Channel[]>;
  predictWithout(names: readonly string[]): Promise<Prediction[]>;
  supportedBackends(): Promise<BackendSupport[]>;
  /** Ends it, also in the middle of something. */
  dispose(): void;
}

/**
 * Loads a network to look into, in a worker of its own.
 *
 * @param onProgress is told, from 0 to 1, how far a map is that takes many passes.
 * @throws ArchitectureUnknown if only the user can say which network it is; Error saying what is wrong.
 */
export async function lookInside(request: NetworkRequest, onProgress: (share: number) => void): Promise<Inside> {
  const client = workerClient<LookWorker>(new Worker(new URL('./look.worker.ts', import.meta.url), { type: 'module' }));
  try {
    const answer = await client.call<LookAnswer>((worker) => worker.load(request));
    if ('choices' in answer) throw new ArchitectureUnknown(answer.choices);
    await client.call((worker) => worker.follow(proxy(onProgress)));
    return {
      ...answer.ready,
      backend: answer.backend,
      open: (photo) => client.call((worker) => worker.open(photo instanceof Blob ? photo : transfer(photo, [photo]))),
      heat: (question) => client.call((worker) => worker.heat(question)),
      stop: () => client.call((worker) => worker.stop()),
      channels: (layer) => client.call((worker) => worker.channels(layer)),
      predictWithout: (names) => client.call((worker) => worker.predictWithout(names)),
      supportedBackends: () => client.call((worker) => worker.supportedBackends()),
      dispose: () => client.dispose(),
    };
  } catch (error) {
    client.dispose();
    throw error;
  }
}
