import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A photo that is in the repository. */
export const photo = (name: string): string => inRepository(`packages/testing/photos/${name}`);

/** Data that may not be in the repository. */
export const shared = (path: string): string => join(process.env.RESNETJS_SHARED ?? inRepository('../shared'), path);

/** Why a test that needs shared data cannot run; `undefined` if it can. */
export const absence = (...paths: readonly string[]): string | undefined => {
  const missing = paths.filter((path) => !existsSync(shared(path)));
  return missing.length > 0 ? `not in ${shared('')}: ${missing.join(', ')}` : undefined;
};

/** A folder for one test file, gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
