import type { OpCase } from './op-case.testing.ts';
import type { Operand } from './operand.testing.ts';
import type { Outcome } from './outcome.testing.ts';

/** Half a unit in the last place of float32. */
const ROUNDING = 2 ** -24;
/** The smallest normal float32: below it XNNPACK gives zero. */
const SMALLEST = 2 ** -126;
/** What a function that is not told otherwise may round. */
const ROUNDINGS = 8;

const largest = (values: readonly number[]): number =>
  values.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);

const finite = (v: number | string | undefined): number => (typeof v === 'number' && Number.isFinite(v) ? Math.abs(v) : 0);

/** Where and how two tensors differ; nothing if they do not. `bound` is in magnitudes, of which a few roundings are allowed. */
function difference(actual: Operand, expected: Operand, bound: (i: number) => number, roundings: number): string | undefined {
  if (actual.dtype !== expected.dtype) return `dtype ${actual.dtype} instead of ${expected.dtype}`;
  if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape}] instead of [${expected.shape}]`;
  if (actual.values.length !== expected.values.length) return `${actual.values.length} values instead of ${expected.values.length}`;
  for (let i = 0; i < expected.values.length; i++) {
    const [a, e] = [actual.values[i] as number, expected.values[i] as number];
    if (Object.is(a, e) || a === e) continue;
    // cpu's true + true is 2.
    if (expected.dtype === 'bool' && Boolean(a) === Boolean(e)) continue;
    const isFloat = expected.dtype === 'float32' || expected.dtype === 'complex64';
    if (isFloat && Math.abs(a - e) <= roundings * ROUNDING * bound(i) + SMALLEST) continue;
    return `${a} instead of ${e} at ${i} of [${expected.shape}]`;
  }
  return undefined;
}

export interface Reference {
  readonly cpu: Outcome;
  /** cpu's outcomes for the magnitudes of inputs and cotangents, and of cotangents alone. */
  readonly ofMagnitudes?: Outcome;
  readonly ofCotangents?: Outcome;
  /** The gradient of the first input, where it is known by other means. */
  readonly gradient?: Operand;
}

/** What is different between a backend's outcome and what is right; nothing if all is well. */
export function compare(op: OpCase, wasm: Outcome, reference: Reference): string | undefined {
  if (wasm.overwritten) return 'writes where no tensor is';
  const found = compareValues(op, wasm, reference) ?? compareGradients(op, wasm, reference);
  // Where a gradient throws, tfjs' engine forgets what it kept for it.
  const leaked = wasm.gradientError === undefined ? wasm.leaked - reference.cpu.leaked : 0;
  return found ?? (leaked > 0 ? `${leaked} tensors' values were left behind` : undefined);
}

function compareValues(op: OpCase, wasm: Outcome, { cpu, ofMagnitudes }: Reference): string | undefined {
  const expected = op.truth ? [op.truth] : cpu.values;
  if (!expected) return wasm.values && `gives ${short(wasm.values)}; cpu throws: ${cpu.error}`;
  const isFloat = op.inputs.every(({ dtype }) => dtype === 'float32');
  if (!wasm.values) return wasm.refused && !isFloat ? undefined : `throws: ${wasm.error}`;
  if (wasm.values.length !== expected.length) return `${wasm.values.length} results instead of ${expected.length}`;
  for (const [i, value] of expected.entries()) {
    const sum = ofMagnitudes?.values?.[i];
    const most = op.rounding === 'largest' ? largest(value.values as number[]) : 0;
    const bound = (at: number) => finite(value.values[at]) + finite(sum?.values[at]) + most;
    const found = difference(wasm.values[i] as Operand, value, bound, op.roundings ?? ROUNDINGS);
    if (found) return found;
  }
  return undefined;
}

function compareGradients(op: OpCase, wasm: Outcome, { cpu, ofMagnitudes, ofCotangents, gradient }: Reference): string | undefined {
  if (wasm.refused) return undefined;
  const expected = gradient ? [gradient] : cpu.gradients;
  if (!expected) return wasm.gradients && cpu.gradientError && `gives a gradient; cpu throws: ${cpu.gradientError}`;
  if (!wasm.gradients) return `its gradient throws: ${wasm.gradientError}`;
  // 1 - y² and the like: what is lost there is a part of the cotangent, not of the result.
  const lost = largest((wasm.cotangent?.values ?? []) as number[]);
  for (const [i, value] of expected.entries()) {
    const sums = [ofMagnitudes?.gradients?.[i], ofCotangents?.gradients?.[i]];
    const bound = (at: number) => sums.reduce((sum, of) => sum + finite(of?.values[at]), finite(value.values[at]) + lost);
    // What is broadcast gets a sum of as many terms.
    const terms = Math.max(1, ...(wasm.values ?? []).map(({ values }) => values.length)) / Math.max(1, value.values.length);
    const found = difference(wasm.gradients[i] as Operand, value, bound, Math.max(4, terms) * (op.roundings ?? ROUNDINGS));
    if (found) return `gradient of ${String.fromCharCode(97 + i)}: ${found}`;
  }
  return undefined;
}

const short = (values: readonly Operand[] | undefined): string =>
  (values ?? []).map((v) => `${v.dtype} [${v.shape}] ${v.values.slice(0, 6).join(', ')}`).join('; ');
