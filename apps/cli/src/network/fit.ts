import { formatShape, type Module, parameters, type StateDict } from '@resnetjs/core';

/** Where a state dict and a model differ. */
export interface Fit {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** `conv1.weight is [64,1,7,7] instead of [64,3,7,7]` */
  readonly misshapen: readonly string[];
  /** Differences in all; 0 is a fit. */
  readonly faults: number;
}

/** Compares names and shapes, and takes no memory. */
export function fitOf(model: Module, dict: StateDict): Fit {
  const wanted = parameters(model);
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, { shape }] of wanted) {
    const stored = dict.get(name);
    if (!stored) missing.push(name);
    else if (!isSame(stored.shape, shape)) misshapen.push(`${name} is ${formatShape(stored.shape)} instead of ${formatShape(shape)}`);
  }
  const unexpected = [...dict.keys()].filter((name) => !wanted.has(name));
  return { missing, unexpected, misshapen, faults: missing.length + unexpected.length + misshapen.length };
}

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((side, i) => side === b[i]);

/** Of one kind: enough to see a pattern, few enough to read. */
const MAX_NAMED = 12;

/** `2 missing (fc.weight, fc.bias); 1 misshapen (…)` */
export const describeFit = (fit: Fit): string =>
  (['missing', 'unexpected', 'misshapen'] as const)
    .filter((kind) => fit[kind].length > 0)
    .map((kind) => {
      const names = fit[kind];
      const rest = names.length - MAX_NAMED;
      return `${names.length} ${kind} (${names.slice(0, MAX_NAMED).join(', ')}${rest > 0 ? `, and ${rest} more` : ''})`;
    })
    .join('; ');
