import { type LoadNetworkOptions, loadNetwork, type Network, type NetworkSource } from '@resnetjs/network';
import type { CheckpointSource } from '@resnetjs/weights';
import { SHIPPED_ARCHITECTURE } from './network/shipped-name.ts';

/** `loadNetwork` of `@resnetjs/network`; without a source it loads the network that comes with this package. */
export const frontDoor =
  (shipped: () => CheckpointSource) =>
  (source?: NetworkSource, options: LoadNetworkOptions = {}): Promise<Network> =>
    loadNetwork(source, { shipped: { name: SHIPPED_ARCHITECTURE, source: shipped() }, ...options });
