import { type Checkpoint, loadCheckpoint } from '@resnetjs/weights';
import { listModels } from '@resnetjs/zoo';
import { expose, transfer } from 'comlink';
import { type BackendChoice, type BackendInUse, startBackend, supportedBackends } from './backends.ts';
import { type ChosenArchitecture, type Classification, type Classifier, type ClassifierInfo, classifierOf } from './classifier.ts';
import { type FittingArchitecture, fittingArchitectures } from './fitting-architectures.ts';
import { readWeightsFiles } from './weights-files.ts';

/** Weights to load, and what is known of them. */
export interface NetworkRequest {
  /** Their address, or the user's files: one with the weights, and maybe the manifest that lay beside it. */
  readonly weights: string | readonly File[];
  /** Which network they are of, where no manifest says it. */
  readonly chosen?: ChosenArchitecture;
  readonly backend: BackendChoice;
}

/** A network that is ready, or what is needed to know first. */
export type NetworkAnswer =
  | { readonly ready: ClassifierInfo; readonly backend: BackendInUse }
  /** The weights have no manifest: these of all networks they could be of. */
  | { readonly choices: readonly FittingArchitecture[]; readonly all: readonly string[]; readonly tensors: number };

let classifier: Classifier | undefined;

// One network a worker: another one, or another backend, is another worker, and all memory of the last is given back.
const network = {
  /** @throws CheckpointError, BackendError, StateDictError saying what is wrong. */
  async load({ weights, chosen, backend }: NetworkRequest): Promise<NetworkAnswer> {
    const [checkpoint, inUse] = await Promise.all([readCheckpoint(weights), startBackend(backend)]);
    const { manifest, stateDict } = checkpoint;
    if (!manifest && !chosen) return { choices: fittingArchitectures(stateDict), all: listModels(), tensors: stateDict.size };
    classifier = await classifierOf(checkpoint, chosen);
    const { architecture, classes, labels, inputSize, params, accuracy } = classifier;
    return { ready: { architecture, classes, labels, inputSize, params, accuracy }, backend: inUse };
  },

  /** @throws ImageError if the file is no image that can be read here. */
  async classify(file: Blob, name: string, top: number): Promise<Classification> {
    if (!classifier) throw new Error('No network is loaded yet.');
    const result = await classifier.classify(file, name, top);
    return transfer(result, [result.seen.data.buffer]);
  },

  supportedBackends,
};

async function readCheckpoint(weights: NetworkRequest['weights']): Promise<Checkpoint> {
  if (typeof weights === 'string') return loadCheckpoint(weights);
  const { weights: file, manifest } = await readWeightsFiles(weights);
  return loadCheckpoint(file, { ...(manifest && { manifest }) });
}

export type NetworkWorker = typeof network;

expose(network);
