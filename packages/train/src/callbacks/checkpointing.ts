import type { StateDict } from '@resnetjs/core';
import type { FitEvent } from '../fit/events.ts';
import type { Callback } from '../fit/fit-options.ts';
import { bestEpoch, type Metric } from '../fit/history.ts';
import type { Snapshot } from '../fit/snapshot.ts';
import type { TrainingRun } from '../fit/training-run.ts';
import { NonFiniteLossError } from '../non-finite-loss-error.ts';

/** A place for snapshots by name: a folder, or a browser's storage. */
export interface SnapshotStore {
  /** Keeps a snapshot, whole or not at all, instead of an older one of the name. @returns where it is, for messages */
  save(name: string, snapshot: Snapshot): Promise<string>;
  load(name: string): Promise<Snapshot>;
  list(): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
}

export interface CheckpointingOptions {
  /** After this many steps, again and again; not at all by default. */
  readonly everySteps?: number;
  /** After this many epochs; 0 is never. */
  readonly everyEpochs?: number;
  /** How many of the last ones are kept. */
  readonly keep?: number;
  /** Keeps the best epoch's as `best` too. */
  readonly best?: Metric;
  /** Told when one could not be saved (a full disk, say); the training goes on. Without it, the training ends there. */
  readonly onFailure?: (error: unknown) => void;
}

/** The name under which the best epoch's snapshot is kept. */
export const BEST = 'best';

const nameOf = (step: number): string => `step-${String(step).padStart(8, '0')}`;
const isStep = (name: string): boolean => /^step-\d+$/.test(name);

/**
 * Saves snapshots while a training goes on, and where it is stopped. An older one is removed only after a newer one is saved.
 *
 * @throws NonFiniteLossError in place of saving weights that are infinite or NaN, so that the last checkpoint is a good one.
 */
export function checkpointing(store: SnapshotStore, options: CheckpointingOptions = {}): Callback {
  const { everySteps = 0, everyEpochs = 1, keep = 2, best, onFailure } = options;
  const due = (event: FitEvent) => {
    if (event.type === 'step') return everySteps > 0 && event.step % everySteps === 0;
    if (event.type === 'end') return event.stopped !== undefined;
    return event.type === 'epoch' && everyEpochs > 0 && (event.summary.epoch + 1) % everyEpochs === 0;
  };
  const save = async (run: TrainingRun, isBest: boolean) => {
    const snapshot = await run.snapshot();
    assertFinite(snapshot.tensors, run.step);
    run.saved(await store.save(nameOf(run.step), snapshot));
    if (isBest) await store.save(BEST, snapshot);
    const old = (await store.list()).filter(isStep).sort().slice(0, -keep);
    for (const name of old) await store.remove(name);
  };
  return async (event, run) => {
    const isBest = event.type === 'epoch' && best !== undefined && bestEpoch(run.history, best) === run.history.length - 1;
    if (!due(event) && !isBest) return;
    try {
      await save(run, isBest);
    } catch (error) {
      if (!onFailure || error instanceof NonFiniteLossError) throw error;
      onFailure(error);
    }
  };
}

/**
 * The last snapshot that can be read, to resume from; undefined where there is none.
 *
 * @param onBroken told of those that could not be read, newer than the one that could
 */
export async function latestSnapshot(
  store: SnapshotStore,
  onBroken?: (name: string, error: unknown) => void,
): Promise<Snapshot | undefined> {
  for (const name of (await store.list()).filter(isStep).sort().reverse())
    try {
      return await store.load(name);
    } catch (error) {
      onBroken?.(name, error);
    }
  return undefined;
}

function assertFinite(tensors: StateDict, step: number): void {
  const bad = [...tensors].filter(([, { data }]) => !data.every(Number.isFinite)).map(([name]) => name);
  if (bad.length)
    throw new NonFiniteLossError(
      `After step ${step} ${bad.slice(0, 3).join(', ')}${bad.length > 3 ? ` and ${bad.length - 3} more` : ''} are not finite: no checkpoint was saved. Resume from the last one with a lower learning rate.`,
    );
}
