import { expose, transfer } from 'comlink';
import { type BackendInUse, startBackend, supportedBackends } from './backends.ts';
import { type Classification, type Classifier, type ClassifierInfo, classifierOf, infoOf } from './classifier.ts';
import { type Choices, type NetworkRequest, readRequest } from './network-request.ts';

/** A network that is ready, or what is needed to know first. */
export type NetworkAnswer = { readonly ready: ClassifierInfo; readonly backend: BackendInUse } | Choices;

let classifier: Classifier | undefined;

// One network a worker: another one, or another backend, is another worker, and all memory of the last is given back.
const network = {
  /** @throws CheckpointError, BackendError, NetworkError saying what is wrong. */
  async load(request: NetworkRequest): Promise<NetworkAnswer> {
    const [read, backend] = await Promise.all([readRequest(request), startBackend(request.backend)]);
    if ('choices' in read) return read;
    classifier = await classifierOf(read.recognized, read.manifest);
    return { ready: infoOf(classifier), backend };
  },

  /** @throws ImageError if the file is no image that can be read here. */
  async classify(file: Blob, name: string, top: number): Promise<Classification> {
    if (!classifier) throw new Error('No network is loaded yet.');
    const result = await classifier.classify(file, name, top);
    return transfer(result, [result.seen.data.buffer]);
  },

  supportedBackends,
};

export type NetworkWorker = typeof network;

expose(network);
