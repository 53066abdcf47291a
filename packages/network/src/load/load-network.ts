import { type BackendName, useBackend, useBest } from '@resnetjs/backend-auto';
import * as tf from '@tensorflow/tfjs-core';
import { type Network, type NetworkOptions, networkOf } from '../network.ts';
import { NetworkError } from '../network-error.ts';
import { recognizeCheckpoint } from '../recognize/recognize-checkpoint.ts';
import { type NetworkSource, type ReadSourceOptions, readSource } from './read-source.ts';

export interface LoadNetworkOptions extends ReadSourceOptions, NetworkOptions {
  /** Which network of the zoo it is, if neither its manifest nor its parameters tell. */
  readonly architecture?: string | undefined;
  /** Only features are wanted: whatever stands in the head's place is left out, and `classify` has nothing to tell. */
  readonly backbone?: boolean | undefined;
  /** What to compute on. Default: the backend that is running, else the best that works here. */
  readonly backend?: BackendName | undefined;
}

/**
 * Loads a network, ready for images: finds its weights, its architecture, how images are prepared and what its classes are
 * called, and folds it for inference.
 *
 * @param source a network's name (`resnet50`: its best published weights), a repository of the Hugging Face hub
 *   (`timm/resnet50.a1_in1k`, with `@revision`), a path, a URL, a `File` or bytes.
 * @returns the caller disposes it.
 * @throws NetworkError, CheckpointError or BackendError naming what is wrong; nothing stays in memory then.
 */
export async function loadNetwork(source?: NetworkSource, options: LoadNetworkOptions = {}): Promise<Network> {
  const { architecture, backbone, signal } = options;
  signal?.throwIfAborted();
  const started = startBackend(options.backend);
  started.catch(() => undefined); // waited for below, where reading has not failed first
  const checkpoint = await readSource(source, options);
  signal?.throwIfAborted();
  await started;
  try {
    return await networkOf(recognizeCheckpoint(checkpoint, { architecture, backbone }), checkpoint.manifest, options);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    const { candidates } = cause;
    throw new NetworkError(`${checkpoint.sourceName}: ${cause.message}`, { cause, candidates });
  }
}

async function startBackend(backend: BackendName | undefined): Promise<void> {
  if (backend !== undefined) await useBackend(backend);
  else if (!tf.getBackend()) await useBest();
}
