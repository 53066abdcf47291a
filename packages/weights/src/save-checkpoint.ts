import type { StateDict } from '@resnetjs/core';
import { writeFilesAtomically } from './atomic-write.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { embedManifest } from './manifest/embedded-manifest.ts';
import { type Manifest, parseManifest } from './manifest/manifest.ts';
import { sidecarPath } from './manifest/sidecar-manifest.ts';
import { safetensorsParts } from './safetensors/write-safetensors.ts';
import { createSha256 } from './sha256.ts';

export interface CheckpointToSave {
  /** In PyTorch's names and layout, as core's `stateDict()` gives it. */
  readonly stateDict: StateDict;
  /** Its `sha256` is filled in here. */
  readonly manifest?: Manifest;
  /** More strings for safetensors' `__metadata__`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface EncodedCheckpoint {
  /** The file in pieces, for `new Blob(parts)`. They are views of the state dict's memory: use them before it changes. */
  readonly parts: Uint8Array<ArrayBuffer>[];
  /** The manifest with its SHA-256. */
  readonly manifest: Manifest | undefined;
}

/**
 * A checkpoint as safetensors in PyTorch's layout, an int64 0 `num_batches_tracked` beside every `running_var`
 * as PyTorch has it, and the manifest in its metadata.
 *
 * @throws CheckpointError listing what is wrong with the manifest or the tensors.
 */
export async function encodeCheckpoint({ stateDict, manifest, metadata = {} }: CheckpointToSave): Promise<EncodedCheckpoint> {
  const [, ...data] = safetensorsParts(stateDict, { counters: true });
  const hash = await createSha256();
  for (const part of data) hash.update(part);
  const filled = manifest && parseManifest({ ...manifest, sha256: hash.hex() });
  const parts = safetensorsParts(stateDict, { counters: true, metadata: { ...metadata, ...(filled && embedManifest(filled)) } });
  return { parts, manifest: filled };
}

/**
 * Writes `NAME.safetensors`, and its manifest beside it as `NAME.json` (Node only). Where that fails, the old files stay.
 * A crash in between leaves a pair whose SHA-256 disagree, which `loadCheckpoint` refuses.
 *
 * @returns the manifest with its SHA-256.
 * @throws CheckpointError listing what is wrong, or that the disk refused.
 */
export async function saveCheckpoint(path: string, checkpoint: CheckpointToSave): Promise<Manifest | undefined> {
  if (!path.endsWith('.safetensors'))
    throw new CheckpointError(`${path}: checkpoints are written as safetensors. Let the name end in .safetensors.`);
  const { parts, manifest } = await encodeCheckpoint(checkpoint);
  const json = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
  await writeFilesAtomically([{ path, parts }, ...(manifest ? [{ path: sidecarPath(path), parts: [json] }] : [])]);
  return manifest;
}
