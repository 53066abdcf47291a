import type { Module } from './module.ts';
import { namedModules, parameters } from './named-modules.ts';
import { type TraceCall, trace } from './trace.ts';

/** One part of a model, with everything inside it. */
export interface SummaryRow {
  /** Dotted name; the model itself is `''`. */
  readonly name: string;
  /** How deep it is nested; the model itself is 0. */
  readonly depth: number;
  /** `bottleneck`, `conv 3x3 /2`. */
  readonly kind: string;
  /** `[N,H,W,C]` or `[N,C]` of what it returns. */
  readonly outputShape: readonly number[];
  /** Trainable values; running statistics are not counted, as published counts have it. */
  readonly params: number;
  /** Multiply-accumulates of convolutions and linear layers for the whole batch. */
  readonly macs: number;
  /** Bytes of every float32 result made inside it: what training keeps, at most; inference frees most as it goes. */
  readonly activationBytes: number;
}

export interface Summary {
  readonly inputShape: readonly number[];
  /** The model first, then its parts, depth first. */
  readonly rows: readonly SummaryRow[];
  readonly params: number;
  readonly macs: number;
  readonly activationBytes: number;
}

const BYTES_PER_FLOAT = 4;

/**
 * Shapes, parameters, multiply-accumulates and activation memory of every part. Needs no backend and no values.
 *
 * @param inputShape `[N,H,W,C]`
 * @throws ShapeError if the model cannot take such an input.
 */
export function summarize(model: Module, inputShape: readonly number[]): Summary {
  const { nodes, calls } = trace(model, inputShape);
  const callsOf = new Map<Module, TraceCall[]>();
  for (const call of calls) callsOf.set(call.module, [...(callsOf.get(call.module) ?? []), call]);
  const rows: SummaryRow[] = [];
  for (const [name, part] of namedModules(model)) {
    const own = callsOf.get(part) ?? [];
    const last = own.at(-1);
    if (!last) continue;
    const ran = own.flatMap(({ first, end }) => nodes.slice(first, end));
    rows.push({
      name,
      depth: name === '' ? 0 : name.split('.').length,
      kind: part.kind,
      outputShape: last.output.shape,
      params: countTrainable(part),
      macs: ran.reduce((sum, node) => sum + node.macs, 0),
      activationBytes: ran.reduce((sum, node) => sum + BYTES_PER_FLOAT * node.shape.reduce((product, d) => product * d, 1), 0),
    });
  }
  const { params = 0, macs = 0, activationBytes = 0 } = rows[0] ?? {};
  return { inputShape: [...inputShape], rows, params, macs, activationBytes };
}

const countTrainable = (part: Module): number =>
  [...parameters(part).values()].reduce((sum, { role, size }) => sum + (role === 'buffer' ? 0 : size), 0);
