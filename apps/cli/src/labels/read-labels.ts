import { readFile } from 'node:fs/promises';
import { CommandError } from '../command-error.ts';
import { fileFault } from '../file-fault.ts';

/**
 * Reads class names: a JSON list, or a text with one name a line.
 *
 * @throws CommandError if it cannot be read or is neither.
 */
export async function readLabels(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path}: ${fileFault(error)}.`, { cause: error });
  });
  if (!text.trimStart().startsWith('[')) return lines(text, path);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path}: not JSON (${(cause as Error).message}). Give a JSON list of names, or one name a line.`, { cause });
  }
  if (!Array.isArray(list) || !list.every((name) => typeof name === 'string'))
    throw new CommandError(`${path}: expected a JSON list of names, in the order of the network's outputs.`);
  return list;
}

function lines(text: string, path: string): string[] {
  const names = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length === 0) throw new CommandError(`${path}: no names in it. Expected one a line, in the order of the network's outputs.`);
  return names;
}
