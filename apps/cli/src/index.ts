export {
  type ClassifyOptions,
  type FeatureMap,
  type ImageInput,
  type LoadNetworkOptions,
  type LoadProgress,
  type Network,
  NetworkError,
  type NetworkSource,
} from '@resnetjs/network';
export { exitCodeOf } from './exit-code-of.ts';
export { shippedCheckpoint } from './network/shipped.ts';
export { bar } from './print/bar.ts';
export { run } from './run.ts';
export { processTerminal, type Screen, showsColour, type Terminal } from './terminal.ts';
export { UsageError } from './usage-error.ts';

import { frontDoor } from './front-door.ts';
import { shippedCheckpoint } from './network/shipped.ts';

/** Loads a network, ready for images: by name, repository, path, URL, or from bytes; without a source the one that comes with this package. */
export const loadNetwork = frontDoor(shippedCheckpoint);
