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

/** Where a state dict and what is wanted of it differ. */
export interface StateDictDifferences {
  /** Wanted, not in the dict. */
  readonly missing: readonly string[];
  /** In the dict, not wanted. */
  readonly unexpected: readonly string[];
  /** In both, with other shapes. */
  readonly misshapen: readonly MisshapenTensor[];
}

export interface MisshapenTensor {
  readonly name: string;
  readonly expected: readonly number[];
  readonly received: readonly number[];
  /** How many numbers there are, where they do not fill even the received shape. */
  readonly count?: number;
}

/**
 * Compares names and shapes, and takes no memory. `num_batches_tracked` entries are passed over.
 *
 * @param wanted shapes by name, such as `parameters(model)`.
 */
export function compareStateDict(
  wanted: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  dict: StateDict,
): StateDictDifferences {
  const misshapen = [...wanted].flatMap(([name, { shape: expected }]): MisshapenTensor[] => {
    const stored = dict.get(name);
    if (!stored) return [];
    const { shape: received, data } = stored;
    const isFull = data.length === received.reduce((size, length) => size * length, 1);
    if (isFull && formatShape(received) === formatShape(expected)) return [];
    return [{ name, expected, received, ...(!isFull && { count: data.length }) }];
  });
  return {
    missing: [...wanted.keys()].filter((name) => !dict.has(name)),
    unexpected: [...dict.keys()].filter((name) => !wanted.has(name) && !name.endsWith('num_batches_tracked')),
    misshapen,
  };
}

/**
 * `2 missing (fc.weight, fc.bias), 1 misshapen (conv1.weight: expected [64,3,7,7] but received [64,1,7,7])`; nothing where
 * all fits.
 *
 * @param options `most` names of each kind; the rest is counted.
 */
export function formatDifferences(
  { missing, unexpected, misshapen }: StateDictDifferences,
  { most = Number.POSITIVE_INFINITY }: { readonly most?: number } = {},
): string {
  return Object.entries({ missing, unexpected, misshapen: misshapen.map(formatMisshapen) })
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => {
      const rest = names.length > most ? ` and ${names.length - most} more` : '';
      return `${names.length} ${kind} (${names.slice(0, most).join(', ')}${rest})`;
    })
    .join(', ');
}

const formatMisshapen = ({ name, expected, received, count }: MisshapenTensor): string =>
  `${name}: expected ${formatShape(expected)} but received ${formatShape(received)}${count === undefined ? '' : ` of ${count} numbers`}`;

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
 * @param options `strict` (default): everything must fit, or nothing is loaded. Otherwise what fits is loaded. `adopt`: the model keeps
 *   the dict's arrays, which must not change any more, instead of copying them; each takes the backend's memory when it is computed with.
 * @returns what did not fit.
 * @throws StateDictError listing everything that is missing, unexpected or misshapen at once.
 */
export function loadStateDict(
  model: Module,
  dict: StateDict,
  { strict = true, adopt = false }: { readonly strict?: boolean; readonly adopt?: boolean } = {},
): LoadReport {
  const wanted = parameters(model);
  const differences = compareStateDict(wanted, dict);
  const faults = formatDifferences(differences);
  if (strict && faults)
    throw new StateDictError(`The state dict does not fit the model: ${faults}. Pass { strict: false } to load the rest.`);
  const misshapen = new Set(differences.misshapen.map(({ name }) => name));
  for (const [name, parameter] of wanted) {
    const stored = dict.get(name);
    if (!stored || misshapen.has(name)) continue;
    if (adopt) parameter.adopt(stored.data);
    else parameter.assign(stored.data);
  }
  const { missing, unexpected } = differences;
  return { missing: [...missing], unexpected: [...unexpected], misshapen: differences.misshapen.map(formatMisshapen) };
}
