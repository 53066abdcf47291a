import {
  type LoadProgress,
  NetworkError,
  type Recognized,
  readSource,
  recognizeCheckpoint,
  type SourceCheckpoint,
} from '@resnetjs/network';
import { CommandError } from '../command-error.ts';
import { type Progress, startProgress } from '../print/progress.ts';
import type { Terminal } from '../terminal.ts';
import { keyMapOf } from './key-map.ts';
import { SHIPPED_ARCHITECTURE, shippedCheckpoint } from './shipped.ts';
import { inCommandWords } from './words.ts';

export interface ReadCheckpointOptions {
  /** Name of the architecture, if not the manifest's or the one that fits. */
  readonly model?: string | undefined;
  readonly keyMap?: string | undefined;
  /** Entry of a PyTorch checkpoint that holds the weights, if not one of the usual names. */
  readonly stateDictKey?: string | undefined;
  /** Only the backbone is wanted: whatever stands in the head's place is left out. */
  readonly backbone?: boolean | undefined;
  /** Ask no server. */
  readonly offline?: boolean | undefined;
}

/** A checkpoint and the network that it is of; its state dict is in the network's own names. */
export type NetworkCheckpoint = SourceCheckpoint & Recognized;

/** Smaller files are read before a bar could be seen. */
const WORTH_A_BAR_BYTES = 16 * 2 ** 20;

/**
 * Reads weights and finds out which network they are of: the manifest says, or `model`, or the parameters do.
 *
 * @param source a file, a URL, a repository of the hub, or a network's name; the shipped network where it is left out.
 * @throws CheckpointError if they cannot be read; CommandError if they are of no such network.
 */
export async function readCheckpoint(
  source: string | undefined,
  { model, keyMap, stateDictKey, backbone, offline }: ReadCheckpointOptions,
  terminal: Terminal,
): Promise<NetworkCheckpoint> {
  const map = keyMap === undefined ? undefined : await keyMapOf(keyMap);
  const bars = progressBars(terminal);
  let name = source ?? shippedCheckpoint();
  try {
    const checkpoint = await readSource(source, {
      ...(map !== undefined && { keyMap: map }),
      ...(stateDictKey !== undefined && { stateDictKey }),
      offline,
      onProgress: bars.update,
      shipped: { name: SHIPPED_ARCHITECTURE, source: shippedCheckpoint() },
    });
    bars.stop();
    name = source ?? checkpoint.sourceName;
    const recognized = recognizeCheckpoint(checkpoint, { architecture: model, backbone });
    return { ...checkpoint, ...recognized, notes: recognized.notes.map(inCommandWords) };
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw new CommandError(cause.message.startsWith(name) ? cause.message : `${name}: ${cause.message}`, { cause });
  } finally {
    bars.stop();
  }
}

/** @throws CommandError if the network is in 8 bits, whose weights cannot be trained or converted. */
export function assertFloat({ plan, architecture }: Pick<NetworkCheckpoint, 'plan' | 'architecture'>, source: string): void {
  if (plan)
    throw new CommandError(
      `${source}: this ${architecture.name} is in 8 bits, norms folded in: it predicts, and that is all. Give the weights that it was made from.`,
    );
}

/** One bar for each file that is large enough to be waited for. */
function progressBars(terminal: Terminal): { update(progress: LoadProgress): void; stop(): void } {
  let bar: Progress | undefined;
  let shown = '';
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update({ stage, name, doneBytes, totalBytes }) {
      if ((totalBytes ?? 0) < WORTH_A_BAR_BYTES) return;
      const what = `${stage} ${name}`;
      if (what !== shown) {
        stop();
        shown = what;
        bar = startProgress(terminal, stage === 'download' ? 'Downloading' : 'Reading', totalBytes as number, 'bytes');
      }
      bar?.update(doneBytes);
    },
    stop,
  };
}
