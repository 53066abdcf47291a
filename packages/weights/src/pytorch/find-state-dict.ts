import { CheckpointError, listFaults, quote } from '../checkpoint-error.ts';
import { nameFault } from '../unsafe-names.ts';
import { type PickleValue, TensorRef } from './pickle-values.ts';

/** Where training scripts keep the weights, in the order they are looked for. */
export const STATE_DICT_KEYS = [
  'state_dict',
  'model',
  'net',
  'model_state_dict',
  'model_state',
  'network',
  'state_dict_ema',
  'model_ema',
] as const;

export interface FoundStateDict {
  readonly tensors: Map<string, TensorRef>;
  /** The numbers, strings and flags beside the weights: `epoch`, `best_prec1`, `arch`. */
  readonly extras: Map<string, string | number | boolean>;
}

/**
 * Finds the weights in what a checkpoint's pickle holds: the dict itself, or one of its well-known entries.
 *
 * @param key of the entry to take, if not the first that is known.
 * @throws CheckpointError saying what is there instead.
 */
export function findStateDict(value: PickleValue, key?: string): FoundStateDict {
  if (!(value instanceof Map)) throw new CheckpointError(`it holds ${describe(value)}, not a dict of tensors. Save model.state_dict().`);
  const extras = new Map(
    [...value].filter((entry): entry is [string, string | number | boolean] => isString(entry[0]) && isPlain(entry[1])),
  );
  const candidates = key === undefined ? [undefined, ...STATE_DICT_KEYS] : [key];
  for (const candidate of candidates) {
    const dict = candidate === undefined ? value : value.get(candidate);
    if (!(dict instanceof Map)) continue;
    const tensors = new Map([...dict].filter((entry): entry is [string, TensorRef] => isString(entry[0]) && entry[1] instanceof TensorRef));
    if (!tensors.size) continue;
    const faults = [...tensors.keys()].flatMap((name) => (nameFault(name) ? [`${quote(name)}: ${nameFault(name)}`] : []));
    if (faults.length) throw new CheckpointError(`tensors with names that are not taken: ${listFaults(faults)}.`);
    return { tensors, extras };
  }
  const there = listFaults(
    [...value].slice(0, 40).map(([name, item]) => `${isString(name) ? quote(name) : describe(name)} (${describe(item)})`),
    ', ',
  );
  throw new CheckpointError(
    key === undefined
      ? `no dict of tensors in it, nor under ${STATE_DICT_KEYS.join(', ')}. It holds ${there || 'nothing'}. Name the right one with stateDictKey.`
      : `no dict of tensors under stateDictKey ${quote(key)}. It holds ${there || 'nothing'}.`,
  );
}

const isString = (value: PickleValue): value is string => typeof value === 'string';
const isPlain = (value: PickleValue): value is string | number | boolean => ['string', 'number', 'boolean'].includes(typeof value);

function describe(value: PickleValue): string {
  if (value instanceof Map) return `a dict of ${value.size}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof TensorRef) return `a tensor [${value.shape.join(',')}]`;
  return value === null ? 'None' : `a ${typeof value}`;
}
