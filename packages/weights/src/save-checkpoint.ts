import { writeFilesAtomically } from './atomic-write.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { embedManifest } from './manifest/embedded-manifest.ts';
import { type Manifest, parseManifest } from './manifest/manifest.ts';
import { sidecarPath } from './manifest/sidecar-manifest.ts';
import { type FloatDType, layOut, type TensorsToWrite } from './safetensors/write-safetensors.ts';
import { createSha256 } from './sha256.ts';

export interface CheckpointToSave {
  /** In PyTorch's names and layout, as core's `stateDict()` gives it; integers stay such. */
  readonly stateDict: TensorsToWrite;
  /** Its `sha256` is filled in here. */
  readonly manifest?: Manifest;
  /** More strings for safetensors' `__metadata__`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How float32 numbers are written: `F16` and `BF16` take half the bytes, and are read as float32 again. Default `F32`. */
  readonly dtype?: FloatDType;
}

export interface EncodedCheckpoint {
  /** The file in pieces, for `new Blob(parts)`. They may be views of the state dict's memory: use them before it changes. */
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
export async function encodeCheckpoint({
  stateDict,
  manifest,
  metadata = {},
  dtype = 'F32',
}: CheckpointToSave): Promise<EncodedCheckpoint> {
  const { data, headerWith } = layOut(stateDict, { counters: true, dtype });
  const hash = await createSha256();
  for (const part of data) hash.update(part);
  const filled = manifest && parseManifest({ ...manifest, sha256: hash.hex() });
  return { parts: [headerWith({ ...metadata, ...(filled && embedManifest(filled)) }), ...data], manifest: filled };
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
