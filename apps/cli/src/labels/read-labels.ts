import { readFile } from 'node:fs/promises';
import { parseClassNames } from '@resnetjs/data';
import { CommandError } from '../command-error.ts';
import { fileFault } from '../file-fault.ts';
import { type Labels, withIdentifiers } from './labels-for.ts';

/**
 * Reads class names in any of the forms that `parseClassNames` knows.
 *
 * @throws CommandError if there is no such file, DatasetError if it holds something else.
 */
export async function readLabels(path: string): Promise<Labels> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path}: ${fileFault(error)}.`, { cause: error });
  });
  const labels = parseClassNames(bytes, path);
  return labels.identifiers ? labels : withIdentifiers(labels.names);
}
