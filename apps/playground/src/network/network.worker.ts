import { NetworkError, type Recognized, readSource, recognizeCheckpoint } from '@resnetjs/network';
import { type Checkpoint, loadCheckpoint } from '@resnetjs/weights';
import { expose, transfer } from 'comlink';
import { type BackendChoice, type BackendInUse, startBackend, supportedBackends } from './backends.ts';
import { type Classification, type Classifier, type ClassifierInfo, classifierOf } from './classifier.ts';
import { readWeightsFiles } from './weights-files.ts';

/** Weights to load, and what is known of them. */
export interface NetworkRequest {
  /** Their name, repository or address, or the user's files: one with the weights, and maybe the manifest that lay beside it. */
  readonly weights: string | readonly File[];
  /** Which network they are of, where several have the same parameters. */
  readonly chosen?: string;
  readonly backend: BackendChoice;
}

/** A network that is ready, or what is needed to know first. */
export type NetworkAnswer =
  | { readonly ready: ClassifierInfo; readonly backend: BackendInUse }
  /** Only the user can say which of these networks the weights are of. */
  | { readonly choices: readonly string[] };

let classifier: Classifier | undefined;

// One network a worker: another one, or another backend, is another worker, and all memory of the last is given back.
const network = {
  /** @throws CheckpointError, BackendError, NetworkError saying what is wrong. */
  async load({ weights, chosen, backend }: NetworkRequest): Promise<NetworkAnswer> {
    const [checkpoint, inUse] = await Promise.all([readCheckpoint(weights), startBackend(backend)]);
    const found = recognized(checkpoint, chosen);
    if ('choices' in found) return found;
    classifier = await classifierOf(found, checkpoint.manifest);
    const { architecture, classes, labels, inputSize, params, accuracy, notes } = classifier;
    return { ready: { architecture, classes, labels, inputSize, params, accuracy, notes }, backend: inUse };
  },

  /** @throws ImageError if the file is no image that can be read here. */
  async classify(file: Blob, name: string, top: number): Promise<Classification> {
    if (!classifier) throw new Error('No network is loaded yet.');
    const result = await classifier.classify(file, name, top);
    return transfer(result, [result.seen.data.buffer]);
  },

  supportedBackends,
};

function recognized(
  checkpoint: Omit<Checkpoint, 'format'>,
  chosen: string | undefined,
): Recognized | { readonly choices: readonly string[] } {
  try {
    const found = recognizeCheckpoint(checkpoint, { architecture: chosen });
    const isUnsure = !checkpoint.manifest && chosen === undefined && found.alike.length > 0;
    return isUnsure ? { choices: [found.architecture.name, ...found.alike] } : found;
  } catch (error) {
    if (error instanceof NetworkError && error.candidates.length > 0) return { choices: error.candidates };
    throw error;
  }
}

async function readCheckpoint(weights: NetworkRequest['weights']): Promise<Omit<Checkpoint, 'format'>> {
  if (typeof weights === 'string') return readSource(weights);
  const { weights: file, manifest } = await readWeightsFiles(weights);
  return loadCheckpoint(file, { ...(manifest && { manifest }) });
}

export type NetworkWorker = typeof network;

expose(network);
