import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { PresetName } from '@resnetjs/network';
import * as v from 'valibot';
import { BACKENDS, ConfigError, MODEL_NAME, type ModelSpec } from './model-spec.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const name = v.pipe(v.string(), v.regex(MODEL_NAME, 'expected letters, digits, _, . and - only'));
const schema = v.strictObject({
  models: v.array(
    v.strictObject({
      name,
      version: v.optional(name),
      source: v.string(),
      architecture: v.optional(v.string()),
      preset: v.optional(v.custom<PresetName>((value) => typeof value === 'string', 'expected a name')), // checked where it is loaded,
      labels: v.optional(v.array(v.string())),
      backend: v.optional(v.picklist(BACKENDS)),
      workers: v.optional(count),
      threads: v.optional(count),
      queue: v.optional(count),
      batch: v.optional(v.union([count, v.literal('auto')])),
    }),
  ),
});

/** The networks of a JSON file: `{"models": [{"name", "version", "source", …}]}`; a path is relative to it. @throws ConfigError listing all faults. */
export async function readConfig(path: string): Promise<ModelSpec[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigError(`${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}.`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${path}: not JSON (${(cause as Error).message}).`, { cause });
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success)
    throw new ConfigError(`${path}: ${parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`).join('; ')}.`);
  return parsed.output.models.map((spec) => {
    const file = resolve(dirname(path), spec.source);
    return { ...spec, source: existsSync(file) ? file : spec.source };
  });
}
