import { readFile } from 'node:fs/promises';
import { KNOWN_KEY_MAPS, type KnownKeyMapName, type LoadCheckpointOptions } from '@resnetjs/weights';
import { CommandError } from '../command-error.ts';
import { fileFault } from '../file-fault.ts';
import { UsageError } from '../usage-error.ts';

export const KEY_MAP_NAMES = Object.keys(KNOWN_KEY_MAPS) as KnownKeyMapName[];

/**
 * What `--key-map` means: a known map by name, `none`, or a JSON file with a table of names and prefixes
 * (`{ "linear.": "fc." }`).
 *
 * @throws UsageError if it is none of these; CommandError if the file is not such a table.
 */
export async function keyMapOf(value: string): Promise<NonNullable<LoadCheckpointOptions['keyMap']>> {
  if (value === 'none') return false;
  if ((KEY_MAP_NAMES as string[]).includes(value)) return value as KnownKeyMapName;
  if (!value.endsWith('.json'))
    throw new UsageError(`--key-map: expected ${KEY_MAP_NAMES.join(', ')}, none or a .json file, but received '${value}'.`);
  const text = await readFile(value, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${value}: ${fileFault(error)}.`, { cause: error });
  });
  const map = parse(text);
  if (!isTable(map)) throw new CommandError(`${value}: expected a JSON object of names, such as { "linear.": "fc." }.`);
  return map;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isTable = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((name) => typeof name === 'string');
