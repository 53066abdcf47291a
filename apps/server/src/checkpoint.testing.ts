import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parameters } from '@resnetjs/core';
import { formulaWeights } from '@resnetjs/testing';
import { createManifest, saveCheckpoint } from '@resnetjs/weights';
import { createModel, listModels } from '@resnetjs/zoo';
import { afterAll } from 'vitest';

/** A photo that is in the repository. */
export const photo = (name: string): string => fileURLToPath(new URL(`../../../packages/testing/photos/${name}`, import.meta.url));

/** A folder for one test file, gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-server-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** Writes the smallest network that there is, which answers by `scale` differently. */
export async function smallNetwork(path: string, scale = 1): Promise<string> {
  const name = 'resnet8_cifar';
  const shapes = Object.fromEntries([...parameters(createModel(name))].map(([key, { shape }]) => [key, shape]));
  const stateDict = formulaWeights(shapes);
  const head = stateDict.get('fc.weight') ?? [...stateDict].findLast(([, { shape }]) => shape.length === 2)?.[1];
  if (!head) throw new Error(`${name} has no head; there are ${listModels().join(', ')}`);
  for (let i = 0; i < head.data.length; i++) head.data[i] = (head.data[i] as number) * scale;
  await saveCheckpoint(path, { stateDict, manifest: createManifest({ architecture: name, labels: CLASSES }) });
  return path;
}
