import { basename } from 'node:path';
import type { BackendName } from '@resnetjs/backend-auto';
import type { PresetName } from '@resnetjs/network';

/** A network that is to be served. What is not said is the server's own. */
export interface ModelSpec {
  readonly name: string;
  /** Default `1`. */
  readonly version?: string | undefined;
  /** What `loadNetwork` takes: a network's name, a repository, a path or an address. */
  readonly source: string;
  readonly architecture?: string | undefined;
  readonly preset?: PresetName | undefined;
  /** Names of the classes. */
  readonly labels?: readonly string[] | undefined;
  readonly backend?: BackendName | undefined;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  readonly queue?: number | undefined;
  readonly batch?: number | 'auto' | undefined;
}

/** What the server was told is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What Node can compute on. */
export const BACKENDS = ['wasm', 'webgpu', 'node-gpu', 'node', 'cpu'] as const satisfies readonly BackendName[];

/** Names and versions stand in addresses. */
export const MODEL_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Of an option: `resnet50`, `timm/resnet50.a1_in1k`, `runs/model.safetensors`, `flowers=runs/model.safetensors` or `flowers:2=…`. */
export function readModelOption(text: string): ModelSpec {
  const [, name, version, source = text] = /^([A-Za-z0-9_][\w.-]*)(?::([\w.-]+))?=(.+)$/.exec(text) ?? [];
  const spec = { name: name ?? nameOf(source), source, ...(version !== undefined && { version }) };
  if (!MODEL_NAME.test(spec.name))
    throw new ConfigError(`${text}: '${spec.name}' cannot be a model's name. Give it one of letters, digits, _, . and -: NAME=${source}`);
  return spec;
}

/** The last part, without `@revision` and the ending. */
const nameOf = (source: string): string =>
  basename(source)
    .replace(/@[^@]*$/, '')
    .replace(/\.(safetensors|pth|pt|th|tar|ckpt|bin)$/i, '');

/** Latest last: by number where they are numbers. */
export const byVersion = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
