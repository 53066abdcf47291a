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

import { frontDoor } from './front-door.ts';

/** Loads a network, ready for images: by name, repository, URL, or from a file or bytes; without a source the one that comes with this package. */
export const loadNetwork = frontDoor(() => new URL('../models/resnet20-cifar10.safetensors', import.meta.url));
