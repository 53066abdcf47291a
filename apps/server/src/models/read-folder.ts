import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { byVersion, ConfigError, MODEL_NAME, type ModelSpec } from './model-spec.ts';

const WEIGHTS = /\.(safetensors|pth|pt|th)$/i;

/** The networks in a folder: `NAME.safetensors`, version 1, or `NAME/VERSION/….safetensors`. @throws ConfigError */
export async function readFolder(folder: string): Promise<ModelSpec[]> {
  const specs: ModelSpec[] = [];
  for (const entry of await entriesOf(folder)) {
    if (entry.isFile && WEIGHTS.test(entry.name)) specs.push({ name: entry.name.replace(WEIGHTS, ''), source: join(folder, entry.name) });
    if (entry.isFile) continue;
    for (const version of await entriesOf(join(folder, entry.name))) {
      if (version.isFile) continue;
      const files = (await entriesOf(join(folder, entry.name, version.name))).filter(({ isFile, name }) => isFile && WEIGHTS.test(name));
      const path = join(folder, entry.name, version.name);
      if (files.length !== 1)
        throw new ConfigError(`${path}: expected one file of weights (.safetensors, .pth), but there are ${files.length}.`);
      specs.push({ name: entry.name, version: version.name, source: join(path, files[0]?.name as string) });
    }
  }
  const wrong = specs.find(({ name, version = '1' }) => !MODEL_NAME.test(name) || !MODEL_NAME.test(version));
  if (wrong) throw new ConfigError(`${wrong.source}: names and versions stand in addresses: letters, digits, _, . and - only.`);
  return specs;
}

async function entriesOf(folder: string): Promise<{ readonly name: string; readonly isFile: boolean }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigError(`${folder}: ${cause.code === 'ENOENT' ? 'there is no such folder' : cause.message}.`, { cause });
  });
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .map((entry) => ({ name: entry.name, isFile: !entry.isDirectory() }))
    .sort((a, b) => byVersion(a.name, b.name));
}
