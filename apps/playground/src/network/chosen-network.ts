import type { NetworkRequest } from './network-request.ts';
import { shippedWeights } from './shipped.ts';

let chosen: NetworkRequest | undefined;

/** The network that was loaded last, on whichever page: the next page begins with it. At first the one that comes with the page. */
export const chosenNetwork = (): NetworkRequest => chosen ?? { weights: shippedWeights(), backend: { backend: 'wasm' } };

export function rememberNetwork(request: NetworkRequest): void {
  chosen = request;
}
