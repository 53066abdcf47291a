import { type Checkpoint, KNOWN_KEY_MAPS, loadCheckpoint } from '@resnetjs/weights';
import { type Progress, startProgress } from '../print/progress.ts';
import type { Terminal } from '../terminal.ts';
import { type Architecture, describeArchitecture, findArchitecture, manifestArchitecture } from './architecture.ts';
import { keyMapOf } from './key-map.ts';

export interface ReadCheckpointOptions {
  /** Name of the architecture, if not the manifest's or the one that fits. */
  readonly model?: string | undefined;
  readonly keyMap?: string | undefined;
}

/** A checkpoint and the network that it is of. */
export interface NetworkCheckpoint extends Checkpoint {
  readonly architecture: Architecture;
  /** What was assumed, for the user to check. */
  readonly notes: readonly string[];
}

/** Smaller files are read before a bar could be seen. */
const WORTH_A_BAR_BYTES = 16 * 2 ** 20;

/**
 * Reads a checkpoint file and finds out which network it is of: the manifest says, or `model`, or its parameters do.
 *
 * @throws CheckpointError if the file cannot be read; CommandError if it is of no such network.
 */
export async function readCheckpoint(
  file: string,
  { model, keyMap }: ReadCheckpointOptions,
  terminal: Terminal,
): Promise<NetworkCheckpoint> {
  const map = keyMap === undefined ? undefined : await keyMapOf(keyMap);
  let progress: Progress | undefined;
  let checkpoint: Checkpoint;
  try {
    checkpoint = await loadCheckpoint(file, {
      ...(map !== undefined && { keyMap: map }),
      onProgress: ({ doneBytes, totalBytes }) => {
        if (totalBytes >= WORTH_A_BAR_BYTES) progress ??= startProgress(terminal, 'Reading', totalBytes);
        progress?.update(doneBytes);
      },
    });
  } finally {
    progress?.stop();
  }
  const notes: string[] = [];
  if (checkpoint.keyMap) notes.push(`Parameters renamed from those of ${KNOWN_KEY_MAPS[checkpoint.keyMap].source}.`);
  const { manifest, stateDict } = checkpoint;
  if (manifest && (model === undefined || model === manifest.architecture))
    return { ...checkpoint, notes, architecture: manifestArchitecture(file, stateDict, manifest) };
  const architecture = findArchitecture(file, stateDict, model);
  if (model === undefined) {
    const others = architecture.alike.length > 0 ? `, and of ${architecture.alike.join(' and ')}: --model chooses` : '';
    notes.push(`No manifest: these ${stateDict.size} parameters are those of ${describeArchitecture(architecture)}${others}.`);
  }
  return { ...checkpoint, notes, architecture };
}
