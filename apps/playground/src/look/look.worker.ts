import type { Prediction } from '@resnetjs/core';
import { expose, transfer } from 'comlink';
import { type BackendInUse, startBackend, supportedBackends } from '../network/backends.ts';
import { infoOf } from '../network/classifier.ts';
import { type Choices, type NetworkRequest, readRequest } from '../network/network-request.ts';
import type { Channel } from './channels.ts';
import { type HeatMap, type HeatQuestion, type LookedInto, type Looker, lookerOf, type Opened } from './looker.ts';

export type LookAnswer = { readonly ready: LookedInto; readonly backend: BackendInUse } | Choices;

let looker: Looker | undefined;
let tell: (share: number) => void = () => {};
let asking = new AbortController();

const loaded = (): Looker => {
  if (looker) return looker;
  throw new Error('No network is loaded yet.');
};

// As in `network.worker.ts`: one network a worker.
const look = {
  /** @param hear is told, from 0 to 1, how far a map is that takes many passes. */
  follow(hear: (share: number) => void): void {
    tell = hear;
  },

  /** @throws CheckpointError, BackendError, NetworkError saying what is wrong. */
  async load(request: NetworkRequest): Promise<LookAnswer> {
    const [read, backend] = await Promise.all([readRequest(request), startBackend(request.backend)]);
    if ('choices' in read) return read;
    looker = await lookerOf(read);
    const { names, layers, stages, blocks, closed } = looker;
    return { ready: { ...infoOf(looker), names, layers, stages, blocks, ...(closed !== undefined && { closed }) }, backend };
  },

  /** @throws ImageError if it is no image that can be read here. */
  async open(photo: Blob | ImageBitmap): Promise<Opened> {
    asking.abort(); // whatever is computed is of the photo before
    const opened = await loaded().open(photo);
    if (!(photo instanceof Blob)) photo.close();
    return transfer(opened, [opened.picture.data.buffer]);
  },

  /** @returns nothing if it was stopped, or another map was asked for meanwhile. */
  async heat(question: HeatQuestion): Promise<HeatMap | undefined> {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const map = await loaded().heat(question, { onProgress: (share) => signal.aborted || tell(share), signal });
      return transfer(map, [map.heat.data.buffer]);
    } catch (error) {
      if (signal.aborted && error === signal.reason) return undefined;
      throw error;
    }
  },

  stop(): void {
    asking.abort();
  },

  async channels(layer: string): Promise<Channel[]> {
    const channels = await loaded().channels(layer);
    return transfer(
      channels,
      channels.map(({ picture }) => picture.data.buffer),
    );
  },

  predictWithout: (names: readonly string[]): Promise<Prediction[]> => loaded().predictWithout(names),

  supportedBackends,
};

export type LookWorker = typeof look;

expose(look);
