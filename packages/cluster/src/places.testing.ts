import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parameters } from '@resnetjs/core';
import { formulaWeights } from '@resnetjs/testing';
import { createManifest } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import { afterAll } from 'vitest';
import { type PackedNetwork, packNetwork } from './network/packed-network.ts';

/** A folder for one test file, gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-cluster-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The smallest network that there is, its weights filled by a formula. */
export function smallNetwork(): Promise<PackedNetwork> {
  const name = 'resnet8_cifar';
  const shapes = Object.fromEntries([...parameters(createModel(name))].map(([key, { shape }]) => [key, shape]));
  return packNetwork({
    architecture: { name, options: {} },
    alike: [],
    stateDict: formulaWeights(shapes),
    hasHead: true,
    notes: [],
    manifest: createManifest({ architecture: name }),
  });
}

/** Writes so many pictures of 8x8 pixels, each another, in folders of 100. */
export function writePictures(folder: string, count: number): string[] {
  const names = Array.from(
    { length: count },
    (_, i) => `${String(Math.floor(i / 100)).padStart(3, '0')}/${String(i).padStart(5, '0')}.ppm`,
  );
  for (const [i, name] of names.entries()) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), picture(i));
  }
  return names;
}

export function picture(seed: number): Uint8Array {
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => Math.imul(seed + 1, 2654435761 + i * 40503) >>> 24);
  return Buffer.concat([Buffer.from('P6 8 8 255\n'), pixels]);
}

/** Results by the names of their files. */
export const resultsIn = (out: string): Map<string, string> =>
  new Map(
    readdirSync(join(out, 'results'))
      .sort()
      .map((name) => [name, readFileSync(join(out, 'results', name), 'utf8')]),
  );

/** The lines of all results. */
export const linesIn = (out: string): { image: string; error?: string; predictions?: unknown[]; embedding?: number[] }[] =>
  [...resultsIn(out).values()].flatMap((text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
