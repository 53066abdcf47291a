import { createHash } from 'node:crypto';
import {
  loadNetwork,
  type Network,
  type NetworkSource,
  type ReadSourceOptions,
  type Recognized,
  readSource,
  recognizeCheckpoint,
} from '@resnetjs/network';
import { quantizedCheckpoint } from '@resnetjs/quantize';
import { createManifest, encodeCheckpoint, type Manifest } from '@resnetjs/weights';
import { ClusterError } from '../cluster-error.ts';

/** A network in one file, with all that is to be known of it: what workers load, wherever it came from. */
export interface PackedNetwork {
  /** safetensors */
  readonly bytes: Uint8Array;
  /** SHA-256 of them. */
  readonly hash: string;
}

/**
 * Packs a network that was read: the same network, however it came, is the same bytes.
 *
 * @param facts what is to be said of it instead of what its manifest says: `labels`, `preprocessing`
 */
export async function packNetwork(
  { architecture, stateDict, plan, manifest }: Recognized & { readonly manifest: Manifest | undefined },
  facts: Partial<Pick<Manifest, 'labels' | 'preprocessing'>> = {},
): Promise<PackedNetwork> {
  const whole = createManifest({ ...manifest, ...facts, architecture: architecture.name, config: { ...architecture.options } });
  const { parts } = await encodeCheckpoint(plan ? quantizedCheckpoint({ plan }, whole) : { stateDict, manifest: whole });
  const bytes = Buffer.concat(parts);
  return { bytes, hash: sha256(bytes) };
}

/** Reads a network from wherever `loadNetwork` would, and packs it. */
export async function packSource(
  source: NetworkSource,
  options: ReadSourceOptions & { readonly backbone?: boolean } = {},
): Promise<PackedNetwork> {
  const checkpoint = await readSource(source, options);
  const { architecture, backbone } = options;
  return packNetwork({ ...recognizeCheckpoint(checkpoint, { architecture, backbone }), manifest: checkpoint.manifest });
}

/**
 * Loads what was packed, on the backend that runs.
 *
 * @returns the caller disposes it.
 * @throws ClusterError if the bytes are not those of `hash`.
 */
export async function unpackNetwork({ bytes, hash }: PackedNetwork): Promise<Network> {
  if (sha256(bytes) !== hash) throw new ClusterError(`network ${hash}: its file was changed. Remove it and start predict again.`);
  return loadNetwork(bytes, { backbone: true });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
