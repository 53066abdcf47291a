import { NetworkError, type Recognized, recognizeCheckpoint } from '@resnetjs/network';
import { type Checkpoint, loadCheckpoint } from '@resnetjs/weights';
import { CommandError } from '../command-error.ts';
import { type Progress, startProgress } from '../print/progress.ts';
import type { Terminal } from '../terminal.ts';
import { keyMapOf } from './key-map.ts';
import { inCommandWords } from './words.ts';

export interface ReadCheckpointOptions {
  /** Name of the architecture, if not the manifest's or the one that fits. */
  readonly model?: string | undefined;
  readonly keyMap?: string | undefined;
  /** Entry of a PyTorch checkpoint that holds the weights, if not one of the usual names. */
  readonly stateDictKey?: string | undefined;
  /** Only the backbone is wanted: whatever stands in the head's place is left out. */
  readonly backbone?: boolean | undefined;
}

/** A checkpoint and the network that it is of; its state dict is in the network's own names. */
export type NetworkCheckpoint = Checkpoint & Recognized;

/** Smaller files are read before a bar could be seen. */
const WORTH_A_BAR_BYTES = 16 * 2 ** 20;

/**
 * Reads a checkpoint file and finds out which network it is of: the manifest says, or `model`, or its parameters do.
 *
 * @throws CheckpointError if the file cannot be read; CommandError if it is of no such network.
 */
export async function readCheckpoint(
  file: string,
  { model, keyMap, stateDictKey, backbone }: ReadCheckpointOptions,
  terminal: Terminal,
): Promise<NetworkCheckpoint> {
  const map = keyMap === undefined ? undefined : await keyMapOf(keyMap);
  let progress: Progress | undefined;
  let checkpoint: Checkpoint;
  try {
    checkpoint = await loadCheckpoint(file, {
      ...(map !== undefined && { keyMap: map }),
      ...(stateDictKey !== undefined && { stateDictKey }),
      onProgress: ({ doneBytes, totalBytes }) => {
        if (totalBytes >= WORTH_A_BAR_BYTES) progress ??= startProgress(terminal, 'Reading', totalBytes);
        progress?.update(doneBytes);
      },
    });
  } finally {
    progress?.stop();
  }
  try {
    const recognized = recognizeCheckpoint(checkpoint, { architecture: model, backbone });
    return { ...checkpoint, ...recognized, notes: recognized.notes.map(inCommandWords) };
  } catch (cause) {
    throw cause instanceof NetworkError ? new CommandError(`${file}: ${cause.message}`, { cause }) : cause;
  }
}
