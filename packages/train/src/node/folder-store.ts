import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateDict } from '@resnetjs/core';
import type { SnapshotStore } from '../callbacks/checkpointing.ts';
import { stateFromJson, stateToJson } from '../fit/state-json.ts';
import { TrainingError } from '../fit/training-error.ts';

/** How checkpoint files are written and read: `saveCheckpoint` and `readSafetensors` of `@resnetjs/weights`. */
export interface CheckpointFiles {
  /** Must leave the old file as it is until the new one is whole. */
  saveCheckpoint(
    path: string,
    checkpoint: { readonly stateDict: StateDict; readonly metadata: Readonly<Record<string, string>> },
  ): Promise<unknown>;
  readSafetensors(path: string): Promise<{ readonly tensors: StateDict; readonly metadata: ReadonlyMap<string, string> }>;
}

/** Where a training's state is in safetensors' metadata, as JSON: one file holds all. */
const STATE_KEY = 'resnetjs.training';
const ENDING = '.safetensors';

/**
 * Keeps snapshots in a folder, each as one safetensors file with the training's state in its metadata.
 * What a process that was killed while writing has left over is removed when the folder is opened.
 */
export async function folderStore(folder: string, { saveCheckpoint, readSafetensors }: CheckpointFiles): Promise<SnapshotStore> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (/\.safetensors\.[^.]+\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
  const pathOf = (name: string) => join(folder, name + ENDING);
  return {
    async save(name, { tensors, state }) {
      await saveCheckpoint(pathOf(name), { stateDict: tensors, metadata: { [STATE_KEY]: stateToJson(state) } });
      return pathOf(name);
    },
    load: (name) => loadSnapshot(pathOf(name), { readSafetensors }),
    list: async () => (await readdir(folder)).filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length)),
    remove: (name) => rm(pathOf(name), { force: true }),
  };
}

/** Reads one checkpoint file. @throws TrainingError if it holds weights alone. */
export async function loadSnapshot(path: string, { readSafetensors }: Pick<CheckpointFiles, 'readSafetensors'>) {
  const { tensors, metadata } = await readSafetensors(path);
  const json = metadata.get(STATE_KEY);
  if (json === undefined)
    throw new TrainingError(
      `${path} holds weights but no training to resume. Load it with loadCheckpoint and train from its weights instead.`,
    );
  // Batch norms are written with PyTorch's counters, which nothing here uses.
  const own = [...tensors].filter(([name]) => !name.endsWith('num_batches_tracked'));
  return { tensors: new Map(own), state: stateFromJson(json) };
}
