import { NetworkError, type Recognized, readSource, recognizeCheckpoint, type SourceCheckpoint } from '@resnetjs/network';
import type { Manifest } from '@resnetjs/weights';
import type { BackendChoice } from './backends.ts';
import { readWeightsFiles } from './weights-files.ts';

/** Weights to load, and what is known of them. */
export interface NetworkRequest {
  /** Their name, repository or address, or the user's files: one with the weights, and maybe the manifest that lay beside it. */
  readonly weights: string | readonly File[];
  /** Which network they are of, where several have the same parameters. */
  readonly chosen?: string;
  readonly backend: BackendChoice;
}

/** Only the user can say which of these networks the weights are of. */
export interface Choices {
  readonly choices: readonly string[];
}

/** The network that weights are of. */
export interface Read {
  readonly recognized: Recognized;
  readonly manifest: Manifest | undefined;
}

/**
 * Reads the weights of a request, and says which network they are of.
 *
 * @throws CheckpointError, NetworkError saying what is wrong.
 */
export async function readRequest({ weights, chosen }: NetworkRequest): Promise<Read | Choices> {
  const checkpoint = await readCheckpoint(weights, chosen);
  try {
    const recognized = recognizeCheckpoint(checkpoint, { architecture: chosen });
    const isUnsure = !checkpoint.manifest && chosen === undefined && recognized.alike.length > 0;
    if (isUnsure) return { choices: [recognized.architecture.name, ...recognized.alike] };
    return { recognized, manifest: checkpoint.manifest };
  } catch (error) {
    if (error instanceof NetworkError && error.candidates.length > 0) return { choices: error.candidates };
    throw error;
  }
}

async function readCheckpoint(weights: NetworkRequest['weights'], architecture: string | undefined): Promise<SourceCheckpoint> {
  if (typeof weights === 'string') return readSource(weights, { architecture });
  const { weights: file, manifest } = await readWeightsFiles(weights);
  return readSource(file, { architecture, ...(manifest && { manifest }) });
}
