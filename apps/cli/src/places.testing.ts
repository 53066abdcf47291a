import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** A photo that is in the repository. */
export const photo = (name: string): string => fileURLToPath(new URL(`../../../packages/testing/photos/${name}`, import.meta.url));

/** A folder for one test file, gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
