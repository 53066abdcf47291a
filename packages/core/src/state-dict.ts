import { formatShape, StateDictError } from './errors.ts';
import type { Module } from './module.ts';
import { parameters } from './named-modules.ts';

/** One stored tensor: `data` is row-major in `shape`, which is PyTorch's layout (`OIHW`, `[out, in]`). */
export interface StoredTensor {
  readonly shape: number[];
  readonly data: Float32Array;
}

/** Every parameter and buffer of a model by its dotted name, in PyTorch's names and layout. */
export type StateDict = Map<string, StoredTensor>;

/**
 * Copies a model's parameters and buffers out of the backend, in PyTorch's names, order and layout.
 * `num_batches_tracked` is not among them: nothing here uses it.
 *
 * @throws StateDictError if the model has no values yet.
 */
export async function stateDict(model: Module): Promise<StateDict> {
  const dict: StateDict = new Map();
  for (const [name, parameter] of parameters(model)) dict.set(name, { shape: [...parameter.shape], data: await parameter.read() });
  return dict;
}

export interface LoadReport {
  /** In the model, not in the dict; these keep what they had. */
  readonly missing: string[];
  /** In the dict, not in the model. */
  readonly unexpected: string[];
  /** In both, with other shapes: the message says which. */
  readonly misshapen: string[];
}

/**
 * Gives a model the values of a state dict.
 *
 * @param dict in PyTorch's names and layout; `num_batches_tracked` entries are passed over.
 * @param options `strict` (default): everything must fit, or nothing is loaded. Otherwise what fits is loaded.
 * @returns what did not fit.
 * @throws StateDictError listing everything that is missing, unexpected or misshapen at once.
 */
export function loadStateDict(model: Module, dict: StateDict, { strict = true }: { strict?: boolean } = {}): LoadReport {
  const wanted = parameters(model);
  const report: LoadReport = { missing: [], unexpected: [], misshapen: [] };
  for (const name of dict.keys()) if (!wanted.has(name) && !name.endsWith('num_batches_tracked')) report.unexpected.push(name);
  for (const [name, { shape }] of wanted) {
    const stored = dict.get(name);
    if (!stored) report.missing.push(name);
    else if (formatShape(stored.shape) !== formatShape(shape) || stored.data.length !== wanted.get(name)?.size)
      report.misshapen.push(`${name}: expected ${formatShape(shape)} but received ${formatShape(stored.shape)}`);
  }
  const faults = describe(report);
  if (strict && faults)
    throw new StateDictError(`The state dict does not fit the model: ${faults}. Pass { strict: false } to load the rest.`);
  const misshapen = new Set(report.misshapen.map((fault) => fault.slice(0, fault.indexOf(':'))));
  for (const [name, parameter] of wanted) {
    const stored = dict.get(name);
    if (stored && !misshapen.has(name)) parameter.assign(stored.data);
  }
  return report;
}

/** `2 missing (fc.weight, fc.bias), 1 misshapen (conv1.weight: …)`; nothing where all fits. */
const describe = (report: LoadReport): string =>
  (['missing', 'unexpected', 'misshapen'] as const)
    .filter((fault) => report[fault].length)
    .map((fault) => `${report[fault].length} ${fault} (${report[fault].join(', ')})`)
    .join(', ');
