import { readFile } from 'node:fs/promises';
import { CommandError } from '../command-error.ts';
import { fileFault } from '../file-fault.ts';
import { RECIPE_FIELDS, type RecipeChoices } from './recipe.ts';

/** A recipe file: `{ "data": "cifar10", "model": "resnet20_cifar", "lr": 0.2 }`. */
export interface RecipeFile {
  readonly data?: string;
  readonly choices: RecipeChoices;
}

/**
 * Reads a recipe from a JSON file.
 *
 * @throws CommandError listing every entry that is unknown or wrong.
 */
export async function readRecipe(file: string): Promise<RecipeFile> {
  const json = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${file}: ${fileFault(error)}.`, { cause: error });
  });
  let entries: unknown;
  try {
    entries = JSON.parse(json);
  } catch (cause) {
    throw new CommandError(`${file}: not JSON (${(cause as Error).message}).`, { cause });
  }
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries))
    throw new CommandError(`${file}: expected a JSON object such as { "model": "resnet20_cifar", "lr": 0.2 }.`);
  const { data, ...rest } = entries as Record<string, unknown>;
  const faults: string[] = [];
  if (data !== undefined && typeof data !== 'string') faults.push('data: Expected a name.');
  const choices: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    const field = Object.hasOwn(RECIPE_FIELDS, key) ? RECIPE_FIELDS[key as keyof typeof RECIPE_FIELDS] : undefined;
    if (!field) faults.push(`${key}: there is no such entry`);
    else
      try {
        choices[key] = field.parse(value);
      } catch (error) {
        faults.push(`${key}: ${(error as Error).message} It is ${JSON.stringify(value)}`);
      }
  }
  if (faults.length) throw new CommandError(`${file}: ${faults.join('; ')}. Entries are ${Object.keys(RECIPE_FIELDS).join(', ')}, data.`);
  return { choices, ...(typeof data === 'string' && { data }) };
}
