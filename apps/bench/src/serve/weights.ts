import { join } from 'node:path';
import { parameters } from '@resnetjs/core';
import { formulaWeights } from '@resnetjs/testing/formula';
import { createManifest, saveCheckpoint } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';

/** Writes a network whose weights are filled by a formula: what it says is nothing, what it takes is what the real one does. */
export async function writeNetwork(name: string, folder: string): Promise<string> {
  const shapes = Object.fromEntries([...parameters(createModel(name))].map(([key, { shape }]) => [key, shape]));
  const path = join(folder, `${name}.safetensors`);
  await saveCheckpoint(path, { stateDict: formulaWeights(shapes), manifest: createManifest({ architecture: name }) });
  return path;
}
