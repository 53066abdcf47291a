import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Data and checkpoints that may not be in the repository lie beside it, or where RESNETJS_SHARED says. */
const folder = process.env.RESNETJS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));

/** Where a shared file or folder is, if it is there. */
export const shared = (path: string): string => join(folder, path);

/** Why a test that needs these shared files and folders is skipped; `false` if all are there. */
export function notShared(...paths: readonly string[]): string | false {
  const missing = paths.filter((path) => !existsSync(shared(path)));
  return missing.length > 0 && `not in ${folder}: ${missing.join(', ')}; set RESNETJS_SHARED to the folder that has them`;
}
