import { element } from '../element.ts';
import type { Message } from '../message.ts';
import type { BackendInUse, BackendSupport } from '../network/backends.ts';
import { chosenNetwork, rememberNetwork } from '../network/chosen-network.ts';
import type { ClassifierInfo } from '../network/classifier.ts';
import { ArchitectureUnknown } from '../network/network.ts';
import type { NetworkRequest } from '../network/network-request.ts';
import { shippedWeights } from '../network/shipped.ts';
import { describeNetwork } from './describe-network.ts';
import { deviceInput } from './device-input.ts';
import { isWeightsFile, weightsInput } from './weights-input.ts';

/** A network in a worker, whatever else a page does with it. */
export interface ChosenNetwork extends ClassifierInfo {
  readonly backend: BackendInUse;
  supportedBackends(): Promise<BackendSupport[]>;
  dispose(): void;
}

export interface NetworkChoiceOptions<N extends ChosenNetwork> {
  /** @throws ArchitectureUnknown if only the user can say which network it is; Error saying what is wrong. */
  readonly open: (request: NetworkRequest) => Promise<N>;
  /** A network is ready, in the place of the one before. */
  readonly onNetwork: (network: N) => unknown;
  readonly said: Message;
  readonly signal: AbortSignal;
}

export interface NetworkChoice<N> {
  /** The network, and what it runs on. */
  readonly root: HTMLElement;
  /** Settles when the first network is there, or is known not to be. */
  readonly loaded: Promise<unknown>;
  current(): N | undefined;
  /** Takes those that hold weights. @returns whether there were any. */
  take(files: readonly File[]): boolean;
  dispose(): void;
}

/** Chooses a network and what it runs on; begins with the one that was chosen last. */
export function networkChoice<N extends ChosenNetwork>({ open, onNetwork, said, signal }: NetworkChoiceOptions<N>): NetworkChoice<N> {
  const shipped = shippedWeights();
  let request = chosenNetwork();
  let refused: NetworkRequest | undefined; // weights that wait for the user to say what they are of
  let network: N | undefined;
  let turn = 0; // the network asked for last wins, however long one before it takes

  const load = async (wanted: NetworkRequest, busy: string) => {
    const mine = ++turn;
    said.busy(busy);
    try {
      const next = await open(wanted);
      if (mine !== turn) return next.dispose();
      network?.dispose();
      [network, request] = [next, wanted];
      rememberNetwork(wanted);
      weights.showNetwork(describeNetwork(next), wanted.weights === shipped);
      device.showBackend(next.backend);
      await onNetwork(next);
    } catch (error) {
      if (mine !== turn) return;
      if (network) device.showBackend(network.backend);
      else if (wanted.weights !== shipped) weights.offerShipped();
      if (error instanceof ArchitectureUnknown) {
        refused = wanted;
        weights.askArchitecture(error.choices);
      }
      const reason = (error as Error).message;
      said.failed(network ? reason : `The network could not be loaded. ${reason} Reload the page to try again.`);
    }
  };
  const take = (files: readonly File[]): boolean => {
    const weightsFiles = files.filter(isWeightsFile);
    if (weightsFiles.length > 0) load({ weights: weightsFiles, backend: request.backend }, `Loading ${weightsFiles[0]?.name} …`);
    return weightsFiles.length > 0;
  };
  const weights = weightsInput({
    onFiles: (files) => take(files) || said.failed(`${files[0]?.name}: weights end in .safetensors, .pth, .pt, .th, .bin or .onnx.`),
    onSource: (source) => load({ weights: source, backend: request.backend }, `Fetching ${source} …`),
    onArchitecture: (chosen) => refused && load({ ...refused, chosen }, `Loading it as ${chosen} …`),
    onShipped: () => load({ weights: shipped, backend: request.backend }, 'Loading the network …'),
  });
  const device = deviceInput((backend) => load({ ...request, backend }, `Starting ${backend.backend} …`), signal);
  const loaded = load(request, request.weights === shipped ? 'Loading the network (1.1 MB) …' : 'Loading the network …').then(async () => {
    if (network) device.showSupport(await network.supportedBackends());
  });

  return {
    root: element('div', { className: 'cards' }, weights.root, device.root),
    loaded,
    current: () => network,
    take,
    dispose() {
      turn++; // what is still on its way is for nobody
      network?.dispose();
    },
  };
}
